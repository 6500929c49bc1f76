/**
 * Settings that switch every timer off, as in Azure. Their calls come when the clock says so: without them a push makes
 * the same ones each time.
 */
export const NO_TIMERS: Readonly<Record<string, string>> = Object.fromEntries(
  ['branch-tick', 'region-tick', 'registry-sweep', 'retention', 'readiness'].map((name) => [
    `AzureWebJobs.${name}.Disabled`,
    'true',
  ]),
);
