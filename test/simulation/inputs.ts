import { sealEnvelope } from '../../shared/pipeline/envelope.ts';
import type { Measurement } from '../../shared/pipeline/edges/edges.ts';
import type { FleetEdge } from '../../shared/fleet/model.ts';
import { START, type SimEvent } from './case.ts';

type Alert = Extract<SimEvent, { kind: 'alert' }>;

/** An alert as it lies on the queue: Azure Monitor's common schema. Times in milliseconds after the beginning. */
export function alertMessage(
  { profile }: FleetEdge,
  { id, region, isOver, firedAt, resolvedAt }: Pick<Alert, 'id' | 'region' | 'isOver' | 'firedAt' | 'resolvedAt'>,
): string {
  const iso = (at: number): string => new Date(START + at).toISOString();
  const body = {
    schemaId: 'azureMonitorCommonAlertSchema',
    data: {
      essentials: {
        alertId: `/subscriptions/00000000-0000-4000-8000-00000000000f/providers/microsoft.alertsmanagement/alerts/${id}`,
        alertRule: 'origin-health',
        severity: 'Sev1',
        signalType: 'Metric',
        monitorCondition: isOver ? 'Resolved' : 'Fired',
        monitoringService: 'Platform',
        alertTargetIDs: [profile],
        originAlertId: 'sim',
        firedDateTime: iso(firedAt),
        ...(isOver ? { resolvedDateTime: iso(resolvedAt) } : {}),
        description: '',
        essentialsVersion: '1.0',
        alertContextVersion: '1.0',
      },
      alertContext: {
        properties: null,
        conditionType: 'SingleResourceMultipleMetricCriteria',
        condition: {
          windowSize: 'PT1M',
          allOf: [
            {
              metricName: 'OriginHealthPercentage',
              metricNamespace: 'Microsoft.Cdn/profiles',
              operator: 'LessThan',
              threshold: '50',
              timeAggregation: 'Average',
              dimensions: [{ name: 'Origin', value: region }],
              metricValue: 0,
            },
          ],
        },
      },
    },
  };
  return sealEnvelope({ kind: 'events', via: 'alert:sim', receivedAt: iso(firedAt), body: JSON.stringify(body) });
}

/** One source's word. `at` in milliseconds since 1970. */
export function measurement(
  source: string,
  region: string,
  { isBad, at }: { isBad: boolean; at: number },
): Measurement {
  return { kind: 'measurement', source, region, at, isBad, hasNoData: false };
}
