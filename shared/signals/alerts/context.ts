import type { AlertContext, AlertType } from './alert.ts';
import { readActivityLogContext } from './contexts/activity-log.ts';
import { readBudgetContext } from './contexts/budget.ts';
import { readLogV1Context, readLogV2Context } from './contexts/log.ts';
import { readMetricContext } from './contexts/metric.ts';
import { readPrometheusContext } from './contexts/prometheus.ts';
import type { ContextReader, Occasion } from './contexts/reader.ts';
import { readResourceHealthContext } from './contexts/resource-health.ts';
import { readServiceHealthContext } from './contexts/service-health.ts';
import { readSmartDetectorContext } from './contexts/smart-detector.ts';
import { at, type Part } from './part.ts';
import { readProperties } from './properties.ts';

/** https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-payload-samples */
const READERS: Readonly<Record<AlertType, ContextReader>> = {
  metric: readMetricContext,
  'metric-dynamic': readMetricContext,
  'availability-test': readMetricContext,
  'log-v1': readLogV1Context,
  'log-v2': readLogV2Context,
  'simple-log': readLogV2Context,
  'activity-log/administrative': readActivityLogContext,
  'activity-log/policy': readActivityLogContext,
  'activity-log/autoscale': readActivityLogContext,
  'activity-log/security': readActivityLogContext,
  'activity-log/recommendation': readActivityLogContext,
  'service-health': readServiceHealthContext,
  'resource-health': readResourceHealthContext,
  prometheus: readPrometheusContext,
  'smart-detector': readSmartDetectorContext,
  budget: readBudgetContext,
};

/**
 * Reads what an alert says besides its essentials. Never throws and refuses nothing: what is odd is left out and named.
 *
 * @param alert - the `data` of the alert, with `alertContext` and `customProperties`; either may be missing.
 */
export function readContext(type: AlertType, alert: Part, occasion: Occasion): AlertContext {
  const { ruleProperties, incident, ...said } = READERS[type](at(alert, 'alertContext'), occasion);
  const sources = [at(alert, 'customProperties'), ...(ruleProperties === undefined ? [] : [ruleProperties])];
  const properties = readProperties(sources);
  return {
    regions: [],
    dimensions: [],
    ...said,
    incident: incident ?? `${occasion.alertId}@${occasion.firedAt.toISOString()}`,
    properties,
    odd: [...alert.odd],
  };
}
