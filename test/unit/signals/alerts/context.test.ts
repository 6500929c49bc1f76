import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { AlertData, AlertState } from '../../../../shared/signals/alerts/alert.ts';
import { decodeBody, decodeEvents } from '../../../../shared/signals/decode.ts';
import { changed } from '../events.ts';
import { expectations, parsedPayload, payload, payloadFiles } from '../payloads.ts';
import { alertIn, memberOf, SAMPLES } from './alerts.ts';

type Fields = Readonly<Record<string, unknown>>;

const ALERTS = payloadFiles.filter((file) =>
  expectations[file]!.some(({ outcome, family }) => outcome === 'known' && family === 'alert'),
);
const ACTIVITY_LOG = /activitylog|resourcehealth/;

function stateOf(file: string): AlertState {
  if (file.includes('activitylog')) {
    return 'unknown';
  }
  return /resolved|available/.test(file.replace('unavailable', '')) ? 'over' : 'bad';
}

function incidentOf(file: string, said: (path: string) => unknown): unknown {
  if (ACTIVITY_LOG.test(file)) {
    return said('alertContext.eventDataId');
  }
  if (file.includes('servicehealth')) {
    return said('alertContext.properties.trackingId');
  }
  const budget = said('alertContext.AlertData') as Fields | undefined;
  return budget === undefined
    ? said('essentials.alertId')
    : ['BudgetId', 'ThresholdType', 'NotificationThresholdAmount', 'BudgetStartDate']
        .map((key) => budget[key])
        .join('|');
}

function dimensionsOf(said: (path: string) => unknown): unknown[] {
  const conditions = (said('alertContext.condition.allOf') ?? []) as { dimensions: unknown[] | null }[];
  const labels = Object.entries((said('alertContext.labels') ?? {}) as Fields);
  return [
    ...conditions.flatMap(({ dimensions }) => dimensions ?? []),
    ...((said('alertContext.Dimensions') ?? []) as unknown[]),
    ...labels.map(([name, value]) => ({ name, value })),
  ];
}

function readAny(body: unknown): AlertData {
  return alertIn(decodeEvents(body)[0]);
}

describe('the context of every sample alert', () => {
  it('is there to be read', () => {
    expect(ALERTS.length).toBeGreaterThan(30);
  });

  it.each(ALERTS)('%s is read as written', (file) => {
    const said = (path: string): unknown => memberOf(parsedPayload(file), `data.${path}`);
    const alert = alertIn(decodeBody(payload(file))[0]);
    expect(alert).toMatchObject({
      state: stateOf(file),
      incident: incidentOf(file, said),
      dimensions: dimensionsOf(said),
      odd: [],
    });
    expect(alert.properties).toEqual({
      ...(file.includes('log-v2') || file.includes('ssrf') ? (said('alertContext.properties') as Fields) : {}),
      ...(said('customProperties') as Fields | null | undefined),
    });
    expect(alert.causedByUser).toBeUndefined();
  });

  it.each(ALERTS)('%s tells the regions that its service incident names', (file) => {
    const region = memberOf(parsedPayload(file), 'data.alertContext.properties.region');
    const alert = alertIn(decodeBody(payload(file))[0]);
    expect(alert.regions).toEqual(region === 'West Europe' ? ['westeurope'] : []);
    expect(alert.isGlobal).toBe(region === 'Global' ? true : undefined);
  });

  it.each(ALERTS)('%s tells what its metric measured', (file) => {
    const [condition] = (memberOf(parsedPayload(file), 'data.alertContext.condition.allOf') ?? []) as Fields[];
    const { metricName, metricNamespace, metricValue, threshold, operator } = condition ?? {};
    const measured =
      metricName === undefined
        ? undefined
        : {
            metric: metricName,
            ...(metricNamespace === null ? {} : { namespace: metricNamespace }),
            value: metricValue,
            threshold: Number(threshold),
            operator,
          };
    expect(alertIn(decodeBody(payload(file))[0]).measured).toEqual(measured);
  });
});

/** Real paths of the samples' contexts, so that odd values get to where somebody reads. */
const PATHS: readonly string[] = [
  ...new Set(ALERTS.flatMap((file) => pathsBelow(memberOf(parsedPayload(file), 'data.alertContext'), 'alertContext'))),
  'customProperties',
];

function pathsBelow(value: unknown, path: string): string[] {
  const below = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return [path, ...below.flatMap(([key, member]) => pathsBelow(member, `${path}.${key}`))];
}

const oddValue = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  fc.constantFrom<unknown>(undefined, null, NaN, Infinity, '__proto__', 'x'.repeat(5_000), '['.repeat(50_000)),
  fc.constantFrom<unknown>({ constructor: 'x' }, { toString: [] }, JSON.parse('{"__proto__":{"polluted":1}}')),
  fc.array(fc.constantFrom<unknown>(null, 1, {}, { name: 'region', value: 'West Europe' }, { ImpactedRegions: {} })),
  fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 1 })),
);

describe('no context', () => {
  it('rejects an alert or throws, whatever it is', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(SAMPLES)), oddValue, oddValue, (file, context, custom) => {
        const body = changed(
          changed(parsedPayload(file), 'data.alertContext', context),
          'data.customProperties',
          custom,
        );
        expectWhole(readAny(body));
      }),
      { numRuns: 1_000 },
    );
  });

  it('rejects an alert or throws, whatever is in one of its places', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ALERTS),
        fc.constantFrom(...PATHS.filter((path) => path !== 'alertContext.conditionType')),
        oddValue,
        (file, path, value) => {
          const body = parsedPayload(file);
          const keys = ['data', ...path.split('.')];
          const key = keys.pop()!;
          const place = memberOf(body, keys.join('.'));
          if (typeof place === 'object' && place !== null) {
            Object.assign(place, { [key]: value });
          }
          expectWhole(readAny(body));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it.each(['condition.allOf', 'condition.allOf.0.dimensions'])('takes long to read, though %s be endless', (path) => {
    const body = changed(parsedPayload(SAMPLES.metric), `data.alertContext.${path}`, Array(40_000).fill({}));
    expectWhole(readAny(body));
  });

  it('reaches a prototype', () => {
    expect(Object.prototype).not.toHaveProperty('polluted');
    const { properties } = readAny(
      changed(parsedPayload(SAMPLES.metric), 'data.customProperties', { constructor: 'mine', toString: 'mine too' }),
    );
    expect({ ...properties }).toEqual({ constructor: 'mine', toString: 'mine too' });
    expect(Object.getPrototypeOf(properties)).toBeNull();
  });
});

/** Everything that the type promises, within its bounds. */
function expectWhole(alert: AlertData): void {
  const { state, regions, dimensions, measured, incident, properties, odd } = alert;
  expect(['bad', 'over', 'unknown']).toContain(state);
  expect(incident).not.toBe('');
  expect(regions.every((region) => /^[a-z][a-z0-9]*$/.test(region))).toBe(true);
  expect(dimensions.every(({ name, value }) => name.length <= 512 && value.length <= 512)).toBe(true);
  expect(Math.max(dimensions.length, Object.keys(properties).length, odd.length)).toBeLessThanOrEqual(50);
  expect(Object.values(properties).every((value) => typeof value === 'string')).toBe(true);
  expect([measured?.value ?? 0, measured?.threshold ?? 0].every(Number.isFinite)).toBe(true);
  expect(odd.every((path) => path.startsWith('data.') && path.length <= 512)).toBe(true);
}
