import type { Occasion, Reading } from './reader.ts';

/**
 * State and identity of the kinds that Azure Monitor resolves itself: one alert instance, one id, until it is resolved.
 *
 * https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-overview#stateful-alerts
 */
export function statefulReading({ monitorCondition, alertId }: Occasion): Pick<Reading, 'state' | 'incident'> {
  return { state: monitorCondition === 'Resolved' ? 'over' : 'bad', incident: alertId };
}
