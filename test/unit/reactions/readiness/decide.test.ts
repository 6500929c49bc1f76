import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { checkReadiness, type Check, type ReadinessFacts } from '../../../../shared/reactions/readiness/index.ts';
import { ROLES } from './roles-rows.ts';
import { SPEAKING, type Row } from './speaking-rows.ts';
import { DAY, evidence, facts, GIVEN, intent, NOW, origin, policy, seen } from './facts.ts';

function check(name: string, given: ReadinessFacts): Check {
  return checkReadiness(given).find((one) => one.check === name)!;
}

function routing(more: object): Partial<ReadinessFacts> {
  return {
    seen: seen({ routing: { method: 'latency-then-weight', latencySensitivityMs: 0, hasAffinity: false, ...more } }),
  };
}

/** Two groups, of which `live` serves, and routes to the groups that are named. */
function pairOf(live: string, groups: readonly string[]) {
  const routes = groups.map((originGroup, index) => ({ id: `/r${index + 1}`, originGroup, terminal: true }));
  return { live, idle: '/g/og-b', held: [], routes };
}

const AGO = (days: number): string => new Date(NOW - days * DAY).toISOString();
const ELAPSED = 'a long time ago';
const CAPACITY = new Map([['east', { safe: 120, taken: 0 }]]);
const BY_WEIGHT = { by: 'weight', load: 120 } as const;
const FIELD = { subject: '/og/origins/east', baseline: { weight: 1 }, written: { weight: 250 } };

const GROWTH = ['east', 'west'].map((name) => ({ origin: name, pool: 'user', capacity: 240 }));

const NOTHING = { measured: undefined } as never;

function dataTier(asked: object, found: object): Partial<ReadinessFacts> {
  return { policy: policy(asked), seen: seen({ measured: { division: BY_WEIGHT, capacity: CAPACITY, ...found } }) };
}

const TABLE: readonly Row[] = [
  ['control-plane', 'read', {}, 'ok', /can be read/],
  ['control-plane', 'refused', { seen: 'read origins failed with HTTP 403' }, 'fail', /HTTP 403/],
  ['control-plane', 'without an origin of the fleet', { seen: seen({ missing: ['north'] }) }, 'fail', /north/],
  ['origins', 'two', {}, 'ok', /2 of 2/],
  [
    'origins',
    'one of which nothing is known',
    { seen: seen({ origins: [origin('a'), origin('b', { healthy: undefined })] }) },
    'fail',
    /1 of 2/,
  ],
  [
    'origins',
    'one that is out',
    { seen: seen({ origins: [origin('a'), origin('b', { enabled: false })] }) },
    'fail',
    /1 of 2/,
  ],
  [
    'origins',
    'one that we have taken out',
    {
      seen: seen({ origins: [origin('east', { enabled: false }), origin('b')] }),
      intents: [intent({ kind: 'out', value: { enabled: false } })],
    },
    'warn',
    /1 of 2 .*, while east is out/,
  ],
  [
    'origins',
    'one that somebody has pinned in',
    { seen: seen({ origins: [origin('east', { enabled: false }), origin('b')] }), intents: [intent()] },
    'fail',
    /1 of 2/,
  ],
  ['origins', 'unreadable', { seen: 'x' }, 'fail', /not known/],
  ['region-loss', 'that fits', {}, 'ok', /carry each/],
  [
    'region-loss',
    'that does not',
    { policy: policy({ headroom: 0.1 }) },
    'fail',
    /east \(insufficient-capacity\), west/,
  ],
  ['region-loss', 'of which a part can move', { policy: policy({ headroom: 0.1, partial: true }) }, 'warn', /part/],
  [
    'region-loss',
    'that needs a standby',
    {
      policy: policy({ allowEnableStandby: true }),
      seen: seen({
        origins: [origin('east'), origin('west', { enabled: false }), origin('north', { priority: 2, enabled: false })],
      }),
    },
    'ok',
    /stand by are needed for east \(no-healthy-target\)/,
  ],
  [
    'region-loss',
    'that fits with more nodes',
    { policy: policy({ headroom: 0.1 }), growth: GROWTH },
    'warn',
    /only after nodes have been started elsewhere: east \(insufficient-capacity\), west/,
  ],
  [
    'region-loss',
    'that fits with more nodes in one of them',
    { policy: policy({ headroom: 0.1 }), growth: GROWTH.slice(1) },
    'fail',
    /cannot be lost: west \(/,
  ],
  ['scale-up', 'of nobody', {}, 'ok', /no cluster/],
  ['scale-up', 'of two', { growth: GROWTH }, 'ok', /^east up to 240 requests a second, west up to 240 requests/],
  [
    'scale-up',
    'of pools that cannot',
    {
      growth: [
        { origin: 'east', pool: 'user', fault: 'not-found' },
        { origin: 'west', pool: 'apps', fault: 'no-autoscaler' },
        { origin: 'north', pool: 'apps', fault: 'unreadable' },
      ],
    },
    'warn',
    /east: pool user is not there; west: pool apps has no autoscaler; north: pool apps cannot be read/,
  ],
  ['region-loss', 'that nobody measures', { seen: { ...seen(), measured: undefined } as never }, 'fail', /not known/],
  ['weights', 'that nobody uses', routing({}), 'ok', /no weights/],
  ['weights', 'with latency sensitivity', { policy: policy({ redistribute: 'capacity' }) }, 'ok', /have an effect/],
  [
    'weights',
    'that do nothing to a redistribution',
    { ...routing({}), policy: policy({ redistribute: 'capacity' }) },
    'fail',
    /sensitivity is 0/,
  ],
  [
    'weights',
    'that do nothing to a partial move',
    { ...routing({}), policy: policy({ partial: true }) },
    'fail',
    /sensitivity is 0/,
  ],
  [
    'weights',
    'that do nothing to a halving',
    { ...routing({}), policy: policy({ latencyAction: 'halve' }) },
    'fail',
    /sensitivity/,
  ],
  [
    'weights',
    'that do nothing to a ramp',
    { ...routing({}), policy: policy({ bakeSec: 300 }) },
    'warn',
    /sensitivity is 0/,
  ],
  [
    'weights',
    'by priority',
    { ...routing({ method: 'priority' }), policy: policy({ bakeSec: 300 }) },
    'warn',
    /ignores weights/,
  ],
  ['weights', 'by weight', { ...routing({ method: 'weight' }), policy: policy({ bakeSec: 300 }) }, 'ok', /effect/],
  ['probes', 'of a path', {}, 'ok', /^GET \/healthz$/],
  ['probes', 'that cannot be read', { probe: undefined } as never, 'warn', /could not be read/],
  ['probes', 'that are off', { probe: {} }, 'fail', /no health probe/],
  ['probes', 'as Front Door makes them', { probe: { path: '/', method: 'HEAD' } }, 'warn', /HEAD \//],
  [
    'probes',
    'as Front Door makes them of one origin',
    { probe: { path: '/', method: 'head' }, seen: seen({ origins: [origin('a')] }) },
    'fail',
    /single origin/,
  ],
  ['probes', 'by GET', { probe: { path: '/', method: 'GET' } }, 'ok', /GET/],
  ['probes', 'without a method', { probe: { path: '/up' } }, 'ok', /^\/up$/],
  ['affinity', 'off', {}, 'ok', /off/],
  ['affinity', 'on', routing({ hasAffinity: true }), 'warn', /sessions/],
  ['routes', 'of a service without any', { routes: undefined } as never, 'ok', /nothing/],
  ['routes', 'two', { routes: ['main', 'api'] }, 'ok', /main, api/],
  ['routes', 'none', { routes: [] }, 'warn', /no route leads/],
  ['twin', 'none', {}, 'ok', /nothing/],
  ['twin', 'alike', { seen: seen({ twin: pairOf('/g/og', ['/g/og', '/g/og']) }) }, 'ok', /nothing/],
  ['twin', 'with a route elsewhere', { seen: seen({ twin: pairOf('/g/og', ['/g/og', '/g/og-b']) }) }, 'warn', /r2/],
  [
    'twin',
    'that differs',
    {
      seen: seen({ twin: { ...pairOf('/g/og', []), fault: { reason: 'config-error:twin-origins', detail: 'east' } } }),
    },
    'warn',
    /^east$/,
  ],
  ['twin', 'of which nobody can tell who serves', { seen: seen({ twin: { held: [], routes: [] } }) }, 'fail', /nobody/],
  ['twin', 'unreadable', { seen: 'x' }, 'fail', /not known/],
  ['drift', 'none', { fields: [{ ...FIELD, group: 'weight', written: { weight: 500 } }] }, 'ok', /still stands/],
  ['drift', 'of a weight', { fields: [{ ...FIELD, group: 'weight' }] }, 'warn', /east weight: .*500.*250/],
  [
    'drift',
    'of a switch',
    { fields: [{ ...FIELD, group: 'enabled', written: { enabled: false } }] },
    'warn',
    /east enabled/,
  ],
  ['drift', 'of another group', { fields: [{ ...FIELD, group: 'tag' }] }, 'ok', /still stands/],
  ['drift', 'of an origin that is gone', { fields: [{ ...FIELD, subject: '/gone', group: 'weight' }] }, 'ok', /stands/],
  [
    'drift',
    'of a gate',
    { fields: [{ ...FIELD, group: 'gate', baseline: { isShut: false }, written: { isShut: true } }] },
    'warn',
    /east gate/,
  ],
  [
    'drift',
    'of a gate of which nobody knows',
    { seen: seen({ origins: [origin('a'), origin('b', { isShut: true })] }) },
    'warn',
    /b gate: shut, and nobody wants that/,
  ],
  ['control-plane', 'silent', { seen: seen({ isBlind: true }) }, 'fail', /does not answer/],
  [
    'origins',
    'one behind a closed gate',
    { seen: seen({ origins: [origin('a'), origin('b', { isShut: true })] }) },
    'fail',
    /1 of 2/,
  ],
  ['drift', 'while a write is under way', { seen: seen({ isTerminal: false }) }, 'warn', /under way/],
  ['long-holds', 'a fresh pin', { intents: [intent()] }, 'ok', /7 days/],
  ['long-holds', 'an old pin', { intents: [intent({ openedAt: AGO(8) })] }, 'warn', /pin of east for 8 days/],
  [
    'long-holds',
    'an old pin that has run out',
    { intents: [intent({ openedAt: AGO(8), value: { pinned: 'in', until: AGO(1) } })] },
    'ok',
    /7 days/,
  ],
  [
    'long-holds',
    'an old drain of a person',
    { intents: [intent({ kind: 'out', openedAt: AGO(8) })] },
    'warn',
    /out of east/,
  ],
  ['long-holds', 'an old hold', { intents: [intent({ kind: 'hold', openedAt: AGO(8) })] }, 'warn', /hold of east/],
  [
    'long-holds',
    'an old drain of a reaction',
    { intents: [intent({ kind: 'out', by: { reaction: 'r' }, openedAt: AGO(8) })] },
    'ok',
    /7 days/,
  ],
  ['stale-intents', 'a fresh one', { intents: [intent({ by: { reaction: 'r' } })] }, 'ok', /none/],
  [
    'stale-intents',
    'an old one',
    { intents: [intent({ by: { reaction: 'r' }, asOf: AGO(2), state: 'failed' })] },
    'fail',
    /east: failed, facts of 2 days ago/,
  ],
  [
    'stale-intents',
    'one of an unknown age',
    { intents: [intent({ by: { reaction: 'r' }, asOf: ELAPSED })] },
    'fail',
    /unknown time/,
  ],
  ['stale-intents', 'a person’s', { intents: [intent({ asOf: AGO(2) })] }, 'ok', /none/],
  ['switches', 'as they should be', {}, 'ok', /nothing/],
  ['switches', 'killed', { isStopped: true }, 'fail', /kill switch/],
  ['switches', 'without automation', { switches: { automation: 'off', firing: [] } }, 'fail', /automation/],
  ['switches', 'with alarms', { switches: { automation: 'on', firing: ['deploy'] } }, 'warn', /deploy/],
  ['drill', 'a month ago', {}, 'ok', /30 days/],
  ['drill', 'on the 90th day', { lastDrillAt: NOW - 90 * DAY }, 'ok', /90 days/],
  ['drill', 'too long ago', { lastDrillAt: NOW - 90 * DAY - 1 }, 'warn', /90 days/],
  ['drill', 'never', { lastDrillAt: undefined } as never, 'warn', /ever/],
  ...SPEAKING,
  ...ROLES,
  ['readings', 'of everything', {}, 'ok', /every origin/],
  ['readings', 'of nothing', { seen: { ...seen(), measured: undefined } as never }, 'fail', /nothing/],
  [
    'readings',
    'without a capacity',
    { seen: seen({ measured: { division: BY_WEIGHT, capacity: CAPACITY } }) },
    'warn',
    /: west/,
  ],
  [
    'readings',
    'without health',
    { seen: seen({ origins: [origin('east', { healthy: undefined }), origin('west')] }) },
    'warn',
    /: east/,
  ],
  ['data-tier', 'that nobody asks', {}, 'ok', /no drain waits/],
  ['data-tier', 'that lags a little', dataTier({ rpoSec: 30 }, { replicationLagMs: 30_000 }), 'ok', /30s behind/],
  ['data-tier', 'that lags too much', dataTier({ rpoSec: 30 }, { replicationLagMs: 30_001 }), 'fail', /more than 30s/],
  ['data-tier', 'whose lag nobody knows', dataTier({ rpoSec: 30 }, {}), 'fail', /how far/],
  [
    'data-tier',
    'of which nothing is measured',
    { ...dataTier({ rpoSec: 30 }, {}), seen: seen(NOTHING) },
    'fail',
    /measured/,
  ],
  ['data-tier', 'that nobody knows to be promoted', dataTier({ dataFirst: true }, {}), 'fail', /has moved/],
  [
    'data-tier',
    'whose lag alone is known',
    dataTier({ dataFirst: true, rpoSec: 30 }, { replicationLagMs: 0 }),
    'fail',
    /has moved/,
  ],
  ['data-tier', 'that is to be promoted', dataTier({ dataFirst: true }, { promotion: 'waiting' }), 'ok', /waits until/],
  [
    'data-tier',
    'that could not be promoted',
    dataTier({ dataFirst: true }, { promotion: 'failed' }),
    'fail',
    /not be moved/,
  ],
  [
    'data-tier',
    'that is promoted',
    dataTier({ dataFirst: true, rpoSec: 30 }, { promotion: 'done' }),
    'ok',
    /has moved/,
  ],
  [
    'data-tier',
    'that is promoted, and another lags behind it',
    dataTier({ dataFirst: true, rpoSec: 30 }, { promotion: 'done', replicationLagMs: 31_000 }),
    'fail',
    /31s behind/,
  ],
  [
    'data-tier',
    'that has left one region alone',
    dataTier({ dataFirst: true }, { readings: { east: { promotion: 'done' }, west: { promotion: 'waiting' } } }),
    'ok',
    /east: the data has moved; west: a drain waits/,
  ],
  [
    'data-tier',
    'of which nothing is known for one region',
    dataTier({ dataFirst: true }, { readings: { east: { promotion: 'done' } } }),
    'fail',
    /^west: nobody knows/,
  ],
  ['permission', 'from the last write', {}, 'ok', /30 days/],
  ['permission', 'that nobody has tried', { lastWriteAt: undefined } as never, 'warn', /ever/],
  ['permission', 'that was refused', { deniedAt: NOW - 2 * DAY }, 'fail', /403\) 2 days ago/],
  ['permission', 'that was refused before the last write', { deniedAt: NOW - 31 * DAY }, 'ok', /30 days/],
  ['permission', 'that was refused and never used', { deniedAt: NOW, lastWriteAt: undefined } as never, 'fail', /403/],
];

describe('readiness', () => {
  it('is all well where everything is well', () => {
    expect(checkReadiness(facts()).filter(({ status }) => status !== 'ok')).toEqual([]);
  });

  it.each(TABLE)('%s: %s', (name, _, given, status, detail) => {
    const found = check(name, facts(given));
    expect(found).toMatchObject({ status, detail: expect.stringMatching(detail) as string });
    expect(found.whatToDo === '').toBe(status === 'ok');
  });

  it('has a row in this table for each check that is not ok', () => {
    const failing = new Set(TABLE.filter(([, , , status]) => status !== 'ok').map(([name]) => name));
    expect(
      checkReadiness(facts())
        .map((one) => one.check)
        .filter((name) => !failing.has(name)),
    ).toEqual([]);
  });
});

const time = fc.oneof(fc.double(), fc.integer(), fc.constant(NOW));
const name = fc.constantFrom('east', 'west', 'north', '', '__proto__', 'constructor');
const maybe = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(one, { nil: undefined });
const anOrigin = fc.record({
  name,
  region: name,
  id: name,
  enabled: fc.boolean(),
  healthy: maybe(fc.boolean()),
  isShut: maybe(fc.boolean()),
  priority: fc.double(),
  weight: fc.double(),
});
const capacity = fc
  .array(fc.tuple(name, fc.record({ safe: fc.double(), taken: fc.double() })))
  .map((entries) => new Map(entries));
const division = fc.oneof(
  fc.record({ by: fc.constant('weight'), load: fc.double() }),
  fc.record({
    by: fc.constant('latency'),
    own: fc.array(fc.tuple(name, fc.double())).map((entries) => new Map(entries)),
    neighbour: fc.array(fc.tuple(name, name)).map((entries) => new Map(entries)),
  }),
);
const aSeen = fc.oneof(
  fc.string(),
  fc.record({
    origins: fc.array(anOrigin, { maxLength: 5 }),
    routing: fc.record({
      method: fc.constantFrom('latency-then-weight', 'weight', 'priority', 'other'),
      latencySensitivityMs: maybe(fc.double()),
      hasAffinity: fc.boolean(),
    }),
    missing: fc.array(name),
    isTerminal: fc.boolean(),
    measured: maybe(fc.record({ division, capacity })),
  }),
);
const json = fc.dictionary(fc.string(), fc.jsonValue() as fc.Arbitrary<never>);
const anIntent = fc.record({
  kind: fc.constantFrom('pin', 'out', 'shares', 'hold'),
  by: fc.constantFrom({ person: 'a' }, { reaction: 'b' }),
  subject: fc.string(),
  openedAt: fc.string(),
  asOf: fc.oneof(fc.string(), fc.constant(AGO(3))),
  state: fc.constantFrom('open', 'blocked'),
  value: json,
});
const aVote = fc.record({ source: name, isBad: fc.boolean(), at: time, expires: time, isOutside: fc.boolean() });
const someFacts = fc.record({
  now: time,
  policy: fc
    .record(
      {
        quorum: fc.double(),
        headroom: fc.double(),
        partial: fc.boolean(),
        minEnabled: fc.double(),
        maxDrainFraction: fc.double(),
        allowEnableStandby: fc.boolean(),
      },
      { requiredKeys: [] },
    )
    .map((given) => {
      const usable = Object.entries(given).filter(([, value]) => typeof value !== 'number' || Number.isFinite(value));
      return policy(Object.fromEntries(usable));
    }),
  seen: aSeen,
  probe: maybe(fc.record({ path: fc.string(), method: fc.string() }, { requiredKeys: [] })),
  growth: fc.array(
    fc.record({
      origin: fc.constantFrom('east', 'west'),
      pool: fc.constant('user'),
      capacity: fc.option(fc.integer({ min: 0, max: 999 }), { nil: undefined }),
      fault: fc.option(fc.constantFrom('not-found', 'no-autoscaler', 'unreadable'), { nil: undefined }),
    }),
    { maxLength: 3 },
  ),
  access: fc.array(
    fc.record({
      scope: fc.string(),
      needed: fc.record({ actions: fc.array(name), dataActions: fc.array(name) }, { requiredKeys: [] }),
      lack: fc.constantFrom('fail', 'warn'),
      answer: fc.constantFrom([], [GIVEN], { why: 'denied' }, { why: 'no-answer' }, { why: 'no-id' }),
    }),
    { maxLength: 3 },
  ),
  isStopped: fc.boolean(),
  switches: fc.record({ automation: fc.constantFrom('on', 'off'), firing: fc.array(fc.string()) }),
  intents: fc.array(anIntent, { maxLength: 4 }),
  fields: fc.array(
    fc.record({
      subject: name,
      group: fc.constantFrom('enabled', 'weight', 'gate', 'x'),
      baseline: json,
      written: json,
    }),
  ),
  evidence: fc.array(fc.tuple(name, fc.array(aVote))).map((entries) => evidence(Object.fromEntries(entries) as never)),
  lastDrillAt: maybe(time),
  lastWriteAt: maybe(time),
  deniedAt: maybe(time),
});

describe('any facts', () => {
  it('are answered, each check once', () => {
    const expected = checkReadiness(facts()).map((one) => one.check);
    fc.assert(
      fc.property(someFacts, (given) => {
        const checks = checkReadiness(given as unknown as ReadinessFacts);
        expect(checks.map((one) => one.check)).toEqual(expected);
        checks.forEach(({ status, whatToDo }) => expect(whatToDo === '').toBe(status === 'ok'));
      }),
      { numRuns: 1000 },
    );
  });
});
