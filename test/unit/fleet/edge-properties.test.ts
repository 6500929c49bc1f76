import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { MAX_WEIGHT } from '../../../shared/domain/traffic/weights.ts';
import { parseCeiling } from '../../../shared/fleet/ceiling.ts';
import type { FleetEdge } from '../../../shared/fleet/model.ts';
import { cluster, edgeText, FRONT_DOOR, GROUP, TRAFFIC_MANAGER } from './edge-text.ts';
import { build } from './fleet-text.ts';

const DATA_TIER = {
  workspace: '00000000-0000-4000-8000-0000000000b1',
  query: 'print lagSeconds = 5, promotion = "done"',
};
const optional = { requiredKeys: [] };
const percent = fc.nat(100).map((number) => `${number}%`);
const fineFrom = (min: number, max: number): fc.Arbitrary<string> =>
  fc.integer({ min, max }).map((number) => `${number / 100}%`);
const duration = fc
  .tuple(fc.integer({ min: 1, max: 360 }), fc.constantFrom('s', 'm', 'h', 'd'))
  .map(([number, unit]) => `${number}${unit}`);
const wait = fc.oneof(fc.constant('0s'), duration);
const people = fc.nat(10);
const mode = fc.constantFrom('observe', 'propose', 'enforce');
const blockedDate = fc.constantFrom('12-25', '02-29', '2026-12-24', '2027-12-30..2028-03-01', '2026-01-01..2027-01-01');

const rules = fc.record(
  {
    minServing: fc.integer({ min: 1, max: 9 }),
    maxDrained: percent,
    headroom: percent,
    allowStandby: fc.boolean(),
    allowPartial: fc.boolean(),
    redistribute: fc.constant('capacity'),
    weightTotal: fc.integer({ min: 3, max: 1100 }),
    undo: fc.boolean(),
  },
  optional,
);

const damping = fc.record(
  {
    perFlap: fc.integer({ min: 1, max: 1_000_000 }),
    halfLife: fc.integer({ min: 1, max: 120 }).map((minutes) => `${minutes}m`),
    suppress: fc.integer({ min: 1500, max: 5000 }),
    reuse: fc.integer({ min: 400, max: 1600 }),
    maxSuppress: fc.integer({ min: 3, max: 9000 }).map((hours) => `${hours}h`),
  },
  optional,
);

const signals = fc.record(
  {
    sources: fc.subarray(['synthetic', 'afd-probe', 'Shop errors', 'heartbeat'], { minLength: 2 }),
    quorum: fc.constantFrom(1, 1, 2, 2, 3),
    external: fc.boolean(),
    voteTtl: duration,
    settle: wait,
    hold: wait,
    recoverHold: duration,
    maxAlertAge: duration,
    maxSkew: duration,
    severityAtMost: fc.nat(4),
    relative: fc.boolean(),
    minRequests: fc.nat(1_000_000),
    errorRateMax: fineFrom(0, 5500),
    latencyFactor: fc.double({ min: 1, minExcluded: true, max: 100, noNaN: true }),
    cooldown: fc.record({
      for: duration,
      scope: fc.constantFrom('group', 'region'),
      bypassErrorRate: fineFrom(5000, 10_000),
    }),
    damping,
  },
  optional,
);

const section = fc.record(
  {
    priority: fc.integer({ min: 1, max: 1000 }),
    rules,
    signals,
    planned: fc.record(
      { bake: wait, propagation: wait, metricLag: wait, blockedDates: fc.array(blockedDate, { maxLength: 4 }) },
      optional,
    ),
    data: fc.record(
      { first: fc.boolean(), rpo: wait, evidence: fc.constant(DATA_TIER) },
      { requiredKeys: ['evidence'] },
    ),
    mode: fc.record({ drain: mode, restore: mode }, optional),
    approvals: fc.record(
      {
        drain: people,
        restore: people,
        runbook: people,
        override: fc.integer({ min: 1, max: 10 }),
        within: duration,
      },
      optional,
    ),
  },
  optional,
);

const label = fc.constantFrom('weu', 'WEU', 'West-Europe', 'neu', 'x-9', '1', 'we.1');
const clusters = fc
  .tuple(...['one', 'two', 'three'].map((name) => fc.tuple(fc.constant(name), label, label)))
  .map((named): [string, string, string][] => named);
const word = fc.constantFrom(
  'a',
  'A',
  'b-c',
  'o-{region}',
  '{ring}-{region}',
  'r-{ring}',
  '{cluster}',
  '{cluster}',
  'o.1',
);
const typed = fc.tuple(fc.constantFrom('', 'azure:', 'external:', 'nested:'), word).map((each) => each.join(''));
const placed = (name: fc.Arbitrary<string>): fc.Arbitrary<object> =>
  fc.oneof(
    name.map((each) => ({ name: each, select: { app: 'shop' } })),
    fc.dictionary(name, fc.constantFrom('one', 'two', 'three'), { minKeys: 1, maxKeys: 3 }),
  );

interface Made {
  readonly clusters: readonly (readonly [string, string, string])[];
  readonly origins: object;
  readonly section: object;
  readonly isFrontDoor: boolean;
}

const made: fc.Arbitrary<Made> = fc.boolean().chain((isFrontDoor) =>
  fc.record({
    clusters,
    origins: placed(isFrontDoor ? word : typed),
    section,
    isFrontDoor: fc.constant(isFrontDoor),
  }),
);

function textOf({ clusters: named, origins: places, section: settings, isFrontDoor }: Made): string {
  const service = isFrontDoor ? { frontDoor: FRONT_DOOR } : { trafficManager: TRAFFIC_MANAGER };
  const entries = named.map(([name, region, ring]) => [name, cluster(name, { app: 'shop', region, ring })]);
  const edge = { ...service, origins: places, ...settings };
  return edgeText(edge, { clusters: Object.fromEntries(entries) as object, defaults: { mode: 'propose' } });
}

/** Every number in a value, with its path. */
function numbersIn(value: unknown, path = ''): readonly (readonly [string, number])[] {
  if (typeof value === 'number') {
    return [[path, value]];
  }
  return typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, each]) => numbersIn(each, `${path}.${key}`))
    : [];
}

function expectSound({ id, profile, origins: places, policy }: FleetEdge): void {
  for (const key of ['id', 'name'] as const) {
    expect(new Set(places.map((origin) => origin[key].toLowerCase())).size).toBe(places.length);
  }
  for (const origin of places) {
    expect(origin.id).toBe(origin.id.toLowerCase());
    expect(origin.id.startsWith(`${id}/`) && id.startsWith(profile)).toBe(true);
    expect(origin.id.slice(id.length + 1).split('/')).toHaveLength(2);
    expect(origin.name).not.toMatch(/[{}:/]/);
    expect(origin.region).toMatch(/^[a-z0-9._-]+$/);
  }
  for (const [path, number] of numbersIn(policy)) {
    expect([path, Number.isFinite(number) && number >= 0]).toEqual([path, true]);
    expect([path, number <= 1 || !/Fraction$|headroom$|rror/.test(path)]).toEqual([path, true]);
  }
  const { evidence, weightTotal = places.length, blockedDates } = policy;
  expect(evidence.quorum).toBeLessThanOrEqual(evidence.sources?.length ?? 10);
  expect(weightTotal >= places.length && weightTotal <= MAX_WEIGHT * places.length).toBe(true);
  expect(blockedDates.every((day) => /^(\d{4}-)?\d\d-\d\d$/.test(day))).toBe(true);
  expect(new Set(blockedDates).size).toBe(blockedDates.length);
}

describe('any edge that is valid', () => {
  it('has distinct origins and finite numbers', () => {
    let valid = 0;
    fc.assert(
      fc.property(made, (each) => {
        const { fleet } = build(textOf(each));
        valid += fleet === undefined ? 0 : 1;
        fleet?.edges.forEach(expectSound);
      }),
      { numRuns: 300 },
    );
    // If all that is made were refused, nothing would have been shown.
    expect(valid).toBeGreaterThan(60);
  });

  it('is the same fleet whatever the order of its clusters and origins', () => {
    fc.assert(
      fc.property(made, (each) => {
        const turned = { ...each, clusters: each.clusters.toReversed() };
        const places =
          'select' in each.origins ? each.origins : Object.fromEntries(Object.entries(each.origins).reverse());
        expect(build(textOf({ ...turned, origins: places })).fleet?.revision).toBe(build(textOf(each)).fleet?.revision);
      }),
    );
  });
});

const ceiling = fc.record(
  {
    modes: fc.dictionary(fc.constantFrom('*', 'region-failover', 'region-failover.drain'), mode),
    rules: fc.record(
      {
        minServing: fc.integer({ min: 1, max: 9 }),
        maxDrained: percent,
        headroom: percent,
        allowStandby: fc.boolean(),
        allowPartial: fc.boolean(),
        undo: fc.boolean(),
      },
      optional,
    ),
    signals: fc.record(
      { quorum: fc.integer({ min: 1, max: 10 }), external: fc.boolean(), recoverHold: duration },
      optional,
    ),
    approvals: fc.record({ drain: people, restore: people, runbook: people, override: people }, optional),
    targets: fc.record({ resources: fc.subarray(['one', 'two', 'Shop', 'shop/originGroups/apps', '']) }, optional),
  },
  optional,
);

function parsed({
  targets,
  ...rest
}: {
  readonly targets?: { readonly resources?: readonly string[] };
}): ReturnType<typeof parseCeiling> {
  const prefixes: Readonly<Record<string, string>> = {
    one: `${GROUP}/Microsoft.ContainerService/managedClusters/one`,
    two: `${GROUP}/Microsoft.ContainerService/managedClusters/two`,
    Shop: FRONT_DOOR.resourceId,
    'shop/originGroups/apps': `${FRONT_DOOR.resourceId}/origingroups/APPS`,
    '': GROUP,
  };
  const resources = targets?.resources?.map((name) => prefixes[name] ?? '');
  return parseCeiling({ ...rest, ...(resources === undefined ? {} : { targets: { resources } }) });
}

const MODES = ['observe', 'propose', 'enforce'];

/** Settings as numbers of which more is stricter. */
function strictness({ policy }: FleetEdge, override = 0): Readonly<Record<string, number>> {
  const { safety, evidence, approvals, mode: modes, isUndone } = policy;
  return {
    minEnabled: safety.minEnabled,
    maxDrained: -safety.maxDrainFraction,
    headroom: safety.headroom,
    standby: Number(!safety.allowStandby),
    partial: Number(!safety.allowPartial),
    undo: Number(isUndone),
    quorum: evidence.quorum,
    outside: Number(evidence.needsOutside),
    recoverHold: evidence.recoverHoldMs,
    drain: approvals.drain,
    restore: approvals.restore,
    runbook: approvals.runbook,
    override,
    drainMode: -MODES.indexOf(modes.drain),
    restoreMode: -MODES.indexOf(modes.restore),
  };
}

describe('any ceiling', () => {
  it('takes origins away and makes edges stricter, and nothing else', () => {
    let bounded = 0;
    fc.assert(
      fc.property(made, ceiling, (each, bound) => {
        const free = build(textOf(each)).fleet;
        const tight = build(textOf(each), [], parsed(bound)).fleet;
        expect(tight === undefined).toBe(free === undefined);
        for (const edge of tight?.edges ?? []) {
          bounded += 1;
          const before = free!.edges.find(({ name }) => name === edge.name)!;
          expect(before.origins).toEqual(expect.arrayContaining([...edge.origins]));
          expect(edge.origins.every((origin) => tight!.clusters.some(({ name }) => name === origin.cluster))).toBe(
            true,
          );
          const [was, is] = [free, tight].map((fleet, index) =>
            strictness(index === 0 ? before : edge, fleet!.sections.edges['shop']?.approvals.override),
          );
          for (const [name, value] of Object.entries(was!)) {
            expect([name, is![name]! >= value]).toEqual([name, true]);
          }
          expect({ ...edge.policy.evidence, quorum: 0, needsOutside: false, recoverHoldMs: 0 }).toEqual({
            ...before.policy.evidence,
            quorum: 0,
            needsOutside: false,
            recoverHoldMs: 0,
          });
        }
      }),
      { numRuns: 200 },
    );
    expect(bounded).toBeGreaterThan(15);
  });

  it('is never exceeded', () => {
    fc.assert(
      fc.property(section, ceiling, (settings, { rules: floor = {}, signals: votes = {}, approvals: needed = {} }) => {
        const bound = parseCeiling({ rules: floor, signals: votes, approvals: needed });
        const edge = build(edgeText(settings), [], bound).fleet?.edges[0];
        fc.pre(edge !== undefined);
        const { safety, evidence, approvals, isUndone } = edge.policy;
        expect(safety.minEnabled).toBeGreaterThanOrEqual(floor.minServing ?? 0);
        expect(safety.maxDrainFraction).toBeLessThanOrEqual(parseInt(floor.maxDrained ?? '100') / 100);
        expect(safety.headroom).toBeGreaterThanOrEqual(parseInt(floor.headroom ?? '0') / 100);
        expect(safety.allowStandby && floor.allowStandby === false).toBe(false);
        expect(safety.allowPartial && floor.allowPartial === false).toBe(false);
        expect(!isUndone && floor.undo === true).toBe(false);
        expect(evidence.quorum).toBeGreaterThanOrEqual(votes.quorum ?? 0);
        expect(!evidence.needsOutside && votes.external === true).toBe(false);
        for (const name of ['drain', 'restore', 'runbook'] as const) {
          expect(approvals[name]).toBeGreaterThanOrEqual(needed[name] ?? 0);
        }
      }),
      { numRuns: 100 },
    );
  });
});
