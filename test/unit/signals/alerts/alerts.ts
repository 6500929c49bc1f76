import type { AlertData } from '../../../../shared/signals/alerts/alert.ts';
import { decodeEvents } from '../../../../shared/signals/decode.ts';
import type { Decoded } from '../../../../shared/signals/signal.ts';
import { changed } from '../events.ts';
import { parsedPayload } from '../payloads.ts';

/** One sample of each kind with a context of its own. */
export const SAMPLES = {
  metric: 'alert-common-metric-fired.json',
  availabilityTest: 'alert-common-availability-test-fired.json',
  logV1: 'alert-common-log-v1-appinsights.json',
  logV2: 'alert-common-log-v2-fired.json',
  simpleLog: 'alert-common-simple-log.json',
  activityLog: 'alert-common-activitylog-administrative.json',
  serviceHealth: 'alert-common-servicehealth-incident-active.json',
  resourceHealth: 'alert-common-resourcehealth-aks-unavailable.json',
  prometheus: 'alert-common-prometheus-fired.json',
  smartDetector: 'alert-common-smartdetector.json',
  budget: 'alert-common-cost-budget-actual.json',
} as const;

export type Sample = keyof typeof SAMPLES;

/** What is read from a sample with members replaced along dotted paths below `data`. */
export function read(sample: Sample, changes: Readonly<Record<string, unknown>> = {}): AlertData {
  const body = Object.entries(changes).reduce(
    (whole, [path, value]) => changed(whole, `data.${path}`, value),
    parsedPayload(SAMPLES[sample]),
  );
  return alertIn(decodeEvents(body)[0]);
}

/** The alert of one that is known. */
export function alertIn(decoded: Decoded | undefined): AlertData {
  if (decoded?.outcome !== 'known' || decoded.signal.family !== 'alert') {
    throw new TypeError(`no known alert: ${JSON.stringify(decoded)}`);
  }
  return decoded.signal.data;
}

/** A member of a payload along a dotted path. */
export function memberOf(payload: unknown, path: string): unknown {
  return path.split('.').reduce((node, key) => (node as Record<string, unknown> | undefined)?.[key], payload);
}
