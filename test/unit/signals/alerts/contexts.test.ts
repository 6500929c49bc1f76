import { describe, expect, it } from 'vitest';

import { parsedPayload } from '../payloads.ts';
import { memberOf, read, SAMPLES, type Sample } from './alerts.ts';

const FIRED_AT = '2026-09-14T05:00:24.371Z';

function alertIdOf(sample: Sample): string {
  return memberOf(parsedPayload(SAMPLES[sample]), 'data.essentials.alertId') as string;
}

function conditionWith(changes: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return { 'alertContext.condition.allOf': [{ metricName: 'OriginLatency', dimensions: [], ...changes }] };
}

describe('kinds that Azure Monitor resolves', () => {
  const KINDS = ['metric', 'availabilityTest', 'logV1', 'logV2', 'simpleLog', 'prometheus'] as const;

  it.each(KINDS)('%s are bad while fired and over when resolved, under one incident', (sample) => {
    const fired = read(sample);
    const resolved = read(sample, { 'essentials.monitorCondition': 'Resolved' });
    expect([fired.state, resolved.state]).toEqual(['bad', 'over']);
    expect([fired.incident, resolved.incident]).toEqual([alertIdOf(sample), alertIdOf(sample)]);
  });

  it.each(KINDS)('%s without a context are still known', (sample) => {
    expect(read(sample, { alertContext: undefined })).toMatchObject({ state: 'bad', dimensions: [], odd: [] });
  });
});

describe('kinds that nobody resolves', () => {
  it.each([
    ['smartDetector', 'bad'],
    ['budget', 'bad'],
    ['activityLog', 'unknown'],
  ] as const)('%s are %s whatever the monitor condition', (sample, state) => {
    expect(read(sample).state).toBe(state);
    expect(read(sample, { 'essentials.monitorCondition': 'Resolved' }).state).toBe(state);
  });
});

describe('metric alerts', () => {
  it.each([
    [
      { threshold: '312.4', metricValue: 2950.7 },
      { threshold: 312.4, value: 2950.7 },
    ],
    [
      { threshold: 25, metricValue: '1e3' },
      { threshold: 25, value: 1000 },
    ],
    [
      { threshold: '-1.5', metricValue: 0 },
      { threshold: -1.5, value: 0 },
    ],
    [{ threshold: 'NaN', metricValue: null }, {}],
    [{ threshold: '', metricValue: undefined }, {}],
  ])('with %j measured %j', (numbers, measured) => {
    const alert = read('metric', conditionWith(numbers));
    expect(alert.measured).toEqual({ metric: 'OriginLatency', ...measured });
    expect(alert.odd).toEqual([]);
  });

  it.each([
    ['threshold', '12,5'],
    ['threshold', '0x10'],
    ['threshold', '1e999'],
    ['metricValue', [1]],
    ['metricValue', true],
    ['metricValue', Infinity],
    ['operator', 7],
    ['metricNamespace', {}],
    ['metricNamespace', 'x'.repeat(513)],
  ])('leave out %s %j and name it', (key, value) => {
    const alert = read('metric', conditionWith({ [key]: value }));
    expect(alert.measured).toEqual({ metric: 'OriginLatency' });
    expect(alert.odd).toEqual([`data.alertContext.condition.allOf.0.${key}`]);
  });

  it('tell the first condition that names a metric', () => {
    const allOf = [{ metricName: null }, { metricName: 'B', threshold: '1' }, { metricName: 'C' }];
    expect(read('metric', { 'alertContext.condition.allOf': allOf }).measured).toEqual({ metric: 'B', threshold: 1 });
    expect(read('metric', { 'alertContext.condition.allOf': [{}] })).not.toHaveProperty('measured');
  });

  it('measure nothing for logs', () => {
    expect(read('logV2')).not.toHaveProperty('measured');
  });
});

describe('dimensions', () => {
  it.each([
    ['metric', 'alertContext.condition.allOf'],
    ['logV2', 'alertContext.condition.allOf'],
    ['logV1', 'alertContext.Dimensions'],
    ['prometheus', 'alertContext.labels'],
  ] as const)('of %s tell regions by the names region and location only', (sample, path) => {
    const pairs = Object.entries({
      region: 'West Europe',
      Location: 'northeurope',
      ClientRegion: 'East US',
      resourceRegion: 'East US',
    }).map(([name, value]) => ({ name, value }));
    const forms = {
      'alertContext.condition.allOf': [{ dimensions: pairs.slice(0, 1) }, { dimensions: pairs.slice(1) }],
      'alertContext.Dimensions': pairs,
      'alertContext.labels': Object.fromEntries(pairs.map(({ name, value }) => [name, value])),
    };
    const alert = read(sample, { [path]: forms[path] });
    expect(alert).toMatchObject({ regions: ['westeurope', 'northeurope'], dimensions: pairs, odd: [] });
    expect(alert.isGlobal).toBeUndefined();
  });

  it('are cut to 512 characters and 50 entries', () => {
    const labels = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`l${at}`, 'v'.repeat(600)]));
    const { dimensions, odd } = read('prometheus', { 'alertContext.labels': labels });
    expect(dimensions).toHaveLength(50);
    expect(dimensions[0]).toEqual({ name: 'l0', value: 'v'.repeat(512) });
    expect(odd).toEqual(['data.alertContext.labels.l50']);
  });

  it('keep what is well formed beside what is not', () => {
    const pairs = [
      { name: 'a', value: '' },
      { name: 'b', value: 5 },
      { value: 'c' },
      'd',
      { name: 'e' },
      { name: 'location', value: '../etc' },
      { name: 'n'.repeat(513), value: 'f' },
    ];
    const path = 'alertContext.Dimensions';
    expect(read('logV1', { [path]: pairs })).toMatchObject({
      dimensions: [
        { name: 'a', value: '' },
        { name: 'location', value: '../etc' },
      ],
      regions: [],
      odd: ['2.name', '3', '3.name', '6.name', '1.value', '4.value', '5.value'].map((at) => `data.${path}.${at}`),
    });
    expect(read('prometheus', { 'alertContext.labels': { ['n'.repeat(513)]: 'v' } }).odd).toHaveLength(1);
  });

  it.each([
    ['logV1', 'alertContext.Dimensions', { name: 'a', value: 'b' }],
    ['metric', 'alertContext.condition', []],
    ['metric', 'alertContext.condition.allOf', 'text'],
    ['logV2', 'alertContext.condition.allOf', { dimensions: [] }],
    ['prometheus', 'alertContext.labels', ['a']],
  ] as const)('of %s with an odd %s are none', (sample, path, value) => {
    expect(read(sample, { [path]: value })).toMatchObject({ state: 'bad', dimensions: [], odd: [`data.${path}`] });
  });
});

describe('resource health', () => {
  it.each([
    ['Available', 'over'],
    ['Unavailable', 'bad'],
    ['Degraded', 'bad'],
    ['Unknown', 'unknown'],
    [null, 'unknown'],
  ])('is by the status %s %s, not by the monitor condition', (status, state) => {
    const changes = { 'alertContext.properties.currentHealthStatus': status };
    for (const monitorCondition of ['Fired', 'Resolved']) {
      const alert = read('resourceHealth', { ...changes, 'essentials.monitorCondition': monitorCondition });
      expect(alert).toMatchObject({ state, odd: [] });
    }
  });

  it.each([
    ['UserInitiated', true],
    ['User Initiated', true],
    ['PlatformInitiated', undefined],
    ['Unknown', undefined],
    [undefined, undefined],
  ])('with the cause %s was caused by a user: %s', (cause, expected) => {
    const alert = read('resourceHealth', { 'alertContext.properties.cause': cause });
    expect(alert.causedByUser).toBe(expected);
    expect(alert.odd).toEqual([]);
  });

  it.each([
    ['currentHealthStatus', 'Splendid'],
    ['currentHealthStatus', 3],
    ['cause', 'Gremlins'],
  ])('leaves out %s %j and names it', (key, value) => {
    const alert = read('resourceHealth', { [`alertContext.properties.${key}`]: value });
    expect(alert.odd).toEqual([`data.alertContext.properties.${key}`]);
    expect(alert.state).toBe(key === 'cause' ? 'bad' : 'unknown');
  });
});

describe('service health', () => {
  const STAGE = 'alertContext.properties.stage';
  const KIND = 'alertContext.properties.incidentType';

  it.each([
    ['Active', 'bad'],
    ['Planned', 'bad'],
    ['InProgress', 'bad'],
    ['In Progress', 'bad'],
    ['Resolved', 'over'],
    ['Complete', 'over'],
    ['Canceled', 'over'],
    ['RCA', 'over'],
  ])('at the stage %s or status %s is %s', (word, state) => {
    expect(read('serviceHealth', { [STAGE]: word })).toMatchObject({ state, odd: [] });
    expect(read('serviceHealth', { [STAGE]: null, 'alertContext.status': word })).toMatchObject({ state, odd: [] });
  });

  it('is over as soon as stage or status says so, and unknown if neither says anything', () => {
    expect(read('serviceHealth', { 'alertContext.status': 'Resolved' }).state).toBe('over');
    expect(read('serviceHealth', { [STAGE]: null, 'alertContext.status': null }).state).toBe('unknown');
    expect(read('serviceHealth', { [STAGE]: 'Dreaming', 'alertContext.status': 7 })).toMatchObject({
      state: 'unknown',
      odd: [`data.${STAGE}`, 'data.alertContext.status'],
    });
  });

  it.each(['Maintenance', 'Informational', 'Security', 'ActionRequired'])('of the kind %s is unknown', (kind) => {
    expect(read('serviceHealth', { [KIND]: kind })).toMatchObject({ state: 'unknown', odd: [] });
    const operationName = `Microsoft.ServiceHealth/${kind.toLowerCase()}/action`;
    for (const told of ['Incident', null]) {
      const changes = { [KIND]: told, 'alertContext.operationName': operationName };
      expect(read('serviceHealth', changes)).toMatchObject({ state: 'unknown', odd: [] });
    }
  });

  it('is an outage where its kind is told nowhere, and unknown where nobody listed it', () => {
    expect(read('serviceHealth', { [KIND]: null, 'alertContext.operationName': null }).state).toBe('bad');
    expect(read('serviceHealth', { [KIND]: 'Party' })).toMatchObject({ state: 'unknown', odd: [`data.${KIND}`] });
  });

  it.each([
    ['West Europe', ['westeurope'], undefined],
    ['West Europe, North Europe,', ['westeurope', 'northeurope'], undefined],
    ['Global', [], true],
    ['Global, East US 2', ['eastus2'], true],
    ['', [], undefined],
    [null, [], undefined],
  ])('speaks of %j', (region, regions, isGlobal) => {
    const alert = read('serviceHealth', {
      'alertContext.properties.region': region,
      'alertContext.properties.impactedServices': null,
    });
    expect(alert).toMatchObject({ regions, odd: [] });
    expect(alert.isGlobal).toBe(isGlobal);
  });

  const IMPACTED = [
    { ServiceName: 'AKS', ImpactedRegions: [{ RegionName: 'West Europe' }, { RegionName: 'UK South' }] },
    { ServiceName: 'Front Door', ImpactedRegions: [{ RegionName: 'Global' }] },
  ];
  it.each([
    ['an array', IMPACTED],
    ['text', JSON.stringify(IMPACTED)],
  ])('speaks of the regions of impacted services in %s', (_, impactedServices) => {
    expect(read('serviceHealth', { 'alertContext.properties.impactedServices': impactedServices })).toMatchObject({
      regions: ['westeurope', 'uksouth'],
      isGlobal: true,
      odd: [],
    });
  });

  it.each([
    ['impactedServices', '[', ''],
    ['impactedServices', '{}', ''],
    ['impactedServices', '['.repeat(200_000), ''],
    ['impactedServices', [null, 5], '.1'],
    ['impactedServices', [{ ImpactedRegions: 'West Europe' }], '.0.ImpactedRegions'],
    ['impactedServices', [{ ImpactedRegions: [{ RegionName: ['x'] }] }], '.0.ImpactedRegions.0.RegionName'],
    ['region', 'Mars/Olympus', ''],
    ['region', 42, ''],
  ])('leaves out %s %.40j and names it', (key, value, below) => {
    const changes = {
      'alertContext.properties.region': null,
      'alertContext.properties.impactedServices': null,
      [`alertContext.properties.${key}`]: value,
    };
    const odd = [`data.alertContext.properties.${key}${below}`];
    expect(read('serviceHealth', changes)).toMatchObject({ state: 'bad', regions: [], odd });
  });

  it('speaks of 100 regions at most', () => {
    const region = Array.from({ length: 120 }, (_, at) => `r${at}`).join();
    const alert = read('serviceHealth', { 'alertContext.properties.region': region });
    expect(alert.regions).toHaveLength(100);
    expect(alert.odd).toContain('data.alertContext.properties.region');
  });
});

describe('incidents without an identity of their own', () => {
  it.each([
    ['activityLog', 'alertContext.eventDataId', undefined],
    ['resourceHealth', 'alertContext.eventDataId', 7],
    ['serviceHealth', 'alertContext.properties.trackingId', ''],
    ['serviceHealth', 'alertContext.properties.trackingId', 'x'.repeat(513)],
  ] as const)('of %s without %s are told apart by their time', (sample, path, value) => {
    expect(read(sample, { [path]: value })).toMatchObject({
      incident: `${alertIdOf(sample)}@${FIRED_AT}`,
      odd: [`data.${path}`],
    });
  });

  it.each([
    ['BudgetId', null],
    ['ThresholdType', 5],
    ['NotificationThresholdAmount', 'a|b'],
    ['BudgetStartDate', ''],
  ])('of a budget with %s %j are told apart by their time', (key, value) => {
    expect(read('budget', { [`alertContext.AlertData.${key}`]: value })).toMatchObject({
      state: 'bad',
      incident: `${alertIdOf('budget')}@2026-09-14T17:49:34.022Z`,
      odd: [`data.alertContext.AlertData.${key}`],
    });
  });
});

describe('custom properties', () => {
  it('are texts, the rest is named', () => {
    const customProperties = { a: 'b', empty: '', number: 1, none: null, long: 'x'.repeat(20_000), list: ['c'] };
    const { properties, odd } = read('budget', { customProperties });
    expect(properties).toEqual({ a: 'b', empty: '' });
    expect(odd).toEqual(['number', 'long', 'list'].map((key) => `data.customProperties.${key}`));
  });

  it('are 50 at most', () => {
    const customProperties = Object.fromEntries(Array.from({ length: 51 }, (_, at) => [`p${at}`, 'v']));
    const { properties, odd } = read('metric', { customProperties });
    expect(Object.keys(properties)).toHaveLength(50);
    expect(odd).toEqual(['data.customProperties.p50']);
  });

  it.each(['metric', 'logV2'] as const)('of %s may be repeated in the context, where they count less', (sample) => {
    const { properties } = read(sample, {
      customProperties: { a: 'outside' },
      'alertContext.properties': { a: 'inside', b: 'inside' },
    });
    expect(properties).toEqual({ a: 'outside', b: 'inside' });
  });

  it.each(['activityLog', 'resourceHealth', 'serviceHealth'] as const)('of %s are not its event', (sample) => {
    expect(read(sample).properties).toEqual({});
  });

  it.each(['text', ['a'], 5])('that are %j are none', (customProperties) => {
    expect(read('metric', { customProperties })).toMatchObject({ properties: {}, odd: ['data.customProperties'] });
  });

  it('with names beyond measure are left out, and so are paths beyond measure', () => {
    const { properties, odd } = read('budget', { customProperties: { ['n'.repeat(513)]: 'v' } });
    expect(properties).toEqual({});
    expect(odd).toEqual([`data.customProperties.${'n'.repeat(600)}`.slice(0, 512)]);
    const many = Object.fromEntries(Array.from({ length: 80 }, (_, at) => [`p${at}`, at]));
    expect(read('budget', { customProperties: many }).odd).toHaveLength(50);
  });
});
