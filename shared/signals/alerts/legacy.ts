const REMEDY = 'switch on the common alert schema for this receiver of the action group (useCommonAlertSchema: true)';

/**
 * Tells an alert in a schema from before the common one.
 *
 * Each kind has a shape of its own and says less; they are recognised only to tell the operator which switch to set.
 * https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-non-common-schema-definitions
 */
export function recogniseLegacyAlert(
  body: Readonly<Record<string, unknown>>,
): { readonly type: string; readonly reason: string } | undefined {
  const type = legacyType(body);
  return type === undefined ? undefined : { type, reason: `alert in the old schema: ${REMEDY}` };
}

/** What whoever sends a legacy alert has to set; undefined for everything else, also what is no JSON. Pure. */
export function legacyRemedy(text: string): string | undefined {
  try {
    const body: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    const isRecord = typeof body === 'object' && body !== null && !Array.isArray(body);
    return isRecord ? recogniseLegacyAlert(body as Readonly<Record<string, unknown>>)?.reason : undefined;
  } catch {
    return undefined;
  }
}

function legacyType({ schemaId, AlertRuleName, SearchQuery }: Readonly<Record<string, unknown>>): string | undefined {
  switch (schemaId) {
    case 'AzureMonitorMetricAlert':
      return 'legacy/metric';
    case 'Microsoft.Insights/activityLogs':
      return 'legacy/activity-log';
    case 'Microsoft.Insights/LogAlert':
      return 'legacy/log-v1';
    case 'AIP Budget Notification':
      return 'legacy/budget';
    case undefined:
      return typeof AlertRuleName === 'string' && typeof SearchQuery === 'string' ? 'legacy/log-v1' : undefined;
    default:
      return undefined;
  }
}
