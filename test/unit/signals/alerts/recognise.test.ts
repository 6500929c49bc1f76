import { describe, expect, it } from 'vitest';

import { decodeEvents } from '../../../../shared/signals/decode.ts';
import { changed, sample } from '../events.ts';
import { parsedPayload } from '../payloads.ts';

const METRIC = parsedPayload('alert-common-metric-fired.json');

function recognise(path: string, value: unknown): unknown {
  const [decoded] = decodeEvents(changed(METRIC, path, value));
  return decoded;
}

describe('alerts of the common schema', () => {
  it('give their essentials', () => {
    expect(sample('alert-common-metric-resolved.json')).toMatchObject({
      family: 'alert',
      type: 'metric',
      sourceId: { key: '/subscriptions/00000000-0000-0000-0000-000000000001' },
      schema: 'common-alert',
      data: { monitorCondition: 'Resolved', severity: 'Sev1', monitoringService: 'Platform', isVersionKnown: true },
    });
    expect(sample('alert-common-cost-budget-actual.json').data).toMatchObject({ targets: [] });
  });

  it('have one source and two ids while they are fired and resolved', () => {
    const fired = sample('alert-common-metric-fired.json');
    const resolved = sample('alert-common-metric-resolved.json');
    expect(resolved.source).toBe(fired.source);
    expect(resolved.id).not.toBe(fired.id);
    expect(resolved.time.getTime()).toBeGreaterThan(fired.time.getTime());
  });

  it('of a later version are marked, not refused', () => {
    expect(sample('hostile-alert-future-essentialsversion.json').data).toMatchObject({ isVersionKnown: false });
  });

  it.each([
    ['data.essentials.monitorCondition', 'Suspended'],
    ['data.essentials.severity', 'Sev9'],
    ['data.essentials.signalType', 'Quantum'],
    ['data.essentials.monitoringService', 'Log Alerts V7'],
    ['data.alertContext.conditionType', 'QuantumCriteria'],
    ['schemaId', 'somebodyElsesSchema'],
  ])('with %s %j are unknown', (path, value) => {
    expect(recognise(path, value)).toMatchObject({ outcome: 'unknown', family: 'alert' });
  });

  it.each([
    ['data', null],
    ['data.essentials', null],
    ['data.essentials.alertId', 'https://evil.example'],
    ['data.essentials.monitorCondition', undefined],
    ['data.essentials.firedDateTime', 'now'],
    ['data.essentials.alertTargetIDs', ['../..']],
    ['data.essentials.alertTargetIDs', Array(51).fill('/subscriptions/00000000-0000-0000-0000-000000000001')],
  ])('with %s %j are rejected', (path, value) => {
    expect(recognise(path, value)).toMatchObject({ outcome: 'rejected', family: 'alert', code: 'invalid-data' });
  });

  it.each([
    ['data.alertContext', null, 'metric'],
    ['data.alertContext', 'text', 'metric'],
    ['data.alertContext.conditionType', 5, 'metric'],
    ['data.essentials.monitoringService', 'ResourceHealth', 'resource-health'],
    ['data.essentials.monitoringService', 'Activity Log - Autoscale', 'activity-log/autoscale'],
  ])('with %s %j are still known', (path, value, type) => {
    expect(recognise(path, value)).toMatchObject({ outcome: 'known', signal: { type } });
  });
});

describe('alerts of older schemas', () => {
  it('are answered with the switch to set', () => {
    const [decoded] = decodeEvents(parsedPayload('alert-legacy-log-v1-metric.json'));
    expect(decoded).toMatchObject({ outcome: 'unknown', family: 'alert', type: 'legacy/log-v1' });
    expect(decoded).toHaveProperty('reason', expect.stringContaining('useCommonAlertSchema'));
    expect(decodeEvents({ schemaId: 'Microsoft.Insights/LogAlert', data: {} })).toMatchObject([
      { outcome: 'unknown', type: 'legacy/log-v1' },
    ]);
  });
});
