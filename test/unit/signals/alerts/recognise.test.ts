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

  it('that are fired for ever have an id for each of their words, though alert and time are one', () => {
    const active = sample('alert-common-servicehealth-incident-active.json');
    const ended = sample('alert-common-servicehealth-incident-resolved-still-fired.json');
    expect([ended.source, ended.time]).toEqual([active.source, active.time]);
    expect(ended.id).not.toBe(active.id);
  });

  it('of a later version are marked, not refused', () => {
    expect(sample('hostile-alert-future-essentialsversion.json').data).toMatchObject({ isVersionKnown: false });
  });

  it.each([
    ['data.essentials.monitorCondition', 'Suspended'],
    ['data.essentials.severity', 'Sev9'],
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

describe('one odd field of an alert', () => {
  const TARGETS = ['/subscriptions/00000000-0000-0000-0000-000000000001/resourcegroups/rg-edge'];
  it.each<[string, unknown, Readonly<Record<string, unknown>>]>([
    ['alertRule', 5, { rule: undefined }],
    ['alertRule', 'x'.repeat(16 * 1024 + 1), { rule: undefined }],
    ['alertRuleId', 'https://evil.example', { ruleId: undefined }],
    ['description', ['text'], { description: undefined }],
    ['resolvedDateTime', 'yesterday', { resolvedAt: undefined }],
    ['essentialsVersion', 1, { essentialsVersion: undefined, isVersionKnown: true }],
    ['alertTargetIDs', ['../..', ...TARGETS, null], { targets: TARGETS }],
  ])('%s %j is left out and named', (field, value, expected) => {
    const [decoded] = decodeEvents(changed(METRIC, `data.essentials.${field}`, value));
    const { data } = (decoded as { readonly signal: { readonly data: Readonly<Record<string, unknown>> } }).signal;
    expect(Object.fromEntries(Object.keys(expected).map((name) => [name, data[name]]))).toEqual(expected);
    expect(data['odd']).toEqual([expect.stringContaining(`data.essentials.${field}`), ...oddTargets(field)]);
  });

  it('that nobody reads changes nothing', () => {
    expect(recognise('data.essentials.signalType', 'Quantum')).toEqual(decodeEvents(METRIC)[0]);
  });

  it('in the time of its end makes the end that of its beginning, and loses no end', () => {
    const resolved = changed(
      parsedPayload('alert-common-metric-resolved.json'),
      'data.essentials.resolvedDateTime',
      'yesterday',
    );
    expect(decodeEvents(resolved)).toMatchObject([{ outcome: 'known', signal: { data: { state: 'over' } } }]);
  });

  /** Each malformed id has a name of its own. */
  function oddTargets(field: string): readonly unknown[] {
    return field === 'alertTargetIDs' ? [expect.stringContaining('alertTargetIDs.2')] : [];
  }
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
