import { fold } from '../fields.ts';
import type { AlertType } from './alert.ts';

/** Services with one kind of alert, folded: `Resource Health` and `ResourceHealth` are both on the wire. */
const BY_SERVICE: ReadonlyMap<string, AlertType> = new Map<string, AlertType>([
  ['loganalytics', 'log-v1'],
  ['applicationinsights', 'log-v1'],
  ['logalertsv2', 'log-v2'],
  ['simplelogalert', 'simple-log'],
  ['activitylog-administrative', 'activity-log/administrative'],
  ['activitylog-policy', 'activity-log/policy'],
  ['activitylog-autoscale', 'activity-log/autoscale'],
  ['activitylog-security', 'activity-log/security'],
  ['activitylog-recommendation', 'activity-log/recommendation'],
  ['servicehealth', 'service-health'],
  ['resourcehealth', 'resource-health'],
  ['prometheus', 'prometheus'],
  ['smartdetector', 'smart-detector'],
  ['costalerts', 'budget'],
]);

const METRIC_KINDS: ReadonlyMap<string, AlertType> = new Map<string, AlertType>([
  ['', 'metric'],
  ['singleresourcemultiplemetriccriteria', 'metric'],
  ['multipleresourcemultiplemetriccriteria', 'metric'],
  ['dynamicthresholdcriteria', 'metric-dynamic'],
  ['webtestlocationavailabilitycriteria', 'availability-test'],
]);

/**
 * The kind of an alert by who raised it.
 *
 * @param conditionType - tells metric alerts apart.
 * @returns undefined for what nobody listed.
 */
export function kindOf(monitoringService: string, conditionType: string | undefined): AlertType | undefined {
  const service = fold(monitoringService);
  return service === 'platform' ? METRIC_KINDS.get(fold(conditionType ?? '')) : BY_SERVICE.get(service);
}
