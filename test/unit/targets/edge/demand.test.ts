import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Origin } from '../../../../shared/domain/traffic/origin.ts';
import type { Intent } from '../../../../shared/intents/intent.ts';
import { demandKey, demandOf } from '../../../../shared/targets/edge/demand.ts';
import type { ObservedEdge } from '../../../../shared/targets/edge/index.ts';
import { EDGE, edgeOf, emergencyOf, originOf, outOf, sharesOf } from './observed.ts';

const ALL = ['a', 'b', 'c'];
const SHORT = { state: 'blocked', note: 'insufficient-capacity' } as const;
const KEPT_OUT = { state: 'leaving', note: 'insufficient-capacity' } as const;

/** Three origins of one weight share 300 requests a second, each on a cluster of its name. */
function edge(
  changes: Readonly<Record<string, Partial<Origin>>> = {},
  clusters: Readonly<Record<string, string>> = {},
): ObservedEdge {
  const observed = edgeOf(ALL.map((name) => originOf(name, changes[name])));
  const origins = observed.edge.origins.map((one) => ({ ...one, cluster: clusters[one.name] ?? one.cluster }));
  return withDivision({ ...observed, edge: { ...observed.edge, origins } }, { by: 'weight', load: 300 });
}

type Division = NonNullable<ObservedEdge['measured']>['division'];

function withDivision(observed: ObservedEdge, division: Division): ObservedEdge {
  return { ...observed, measured: { ...observed.measured!, division } };
}

/** Requests a second by cluster, with the origins that share it where there are more. */
function loads(observed: ObservedEdge, ...intents: Intent[]): unknown {
  const { byCluster = {} } = demandOf(observed, intents) ?? {};
  return Object.fromEntries(
    Object.entries(byCluster).map(([name, { load, busiest, origins }]) => [
      name,
      origins === 1 && busiest === load ? load : [load, busiest, origins],
    ]),
  );
}

it('its row is beside that of the evidence', () => {
  expect(demandKey(EDGE)).toBe(`demand|${EDGE}`);
});

describe('nothing is wanted of any cluster', () => {
  it.each<[string, readonly Intent[]]>([
    ['where nothing is drained', []],
    ['by shares', [sharesOf({ a: 5 })]],
    ['by a drill, which is to find out whether the others can carry it', [drill({ ...SHORT })]],
    ['by a drain of somebody else’s', [emergencyOf('a', { state: 'leaving', note: 'no-snapshot' })]],
    ['by a drain that is over', [emergencyOf('a', { state: 'closed', note: 'insufficient-capacity' })]],
  ])('%s', (_, intents) => {
    expect(demandOf(edge(), intents)).toEqual({ schema: 1, isDraining: false, byCluster: {} });
  });

  function drill(more: Partial<Intent>): Intent {
    return outOf('a', { value: { enabled: false, urgency: 'drill' }, ...more });
  }

  it.each<[string, Intent]>([
    ['has not been looked at', emergencyOf('a')],
    ['another rule keeps back', emergencyOf('a', { state: 'blocked', note: 'last-healthy' })],
    ['was tried in vain', emergencyOf('a', { state: 'failed', note: 'authorization' })],
    ['has left', emergencyOf('a', { state: 'leaving', note: 'recovered' })],
  ])('by a drain that %s, and what was asked for stays', (_, intent) => {
    expect(demandOf(edge(), [intent])).toEqual({ schema: 1, isDraining: true, byCluster: {} });
  });

  it('that could be told where nothing is measured', () => {
    const blind = { ...edge() };
    Reflect.deleteProperty(blind, 'measured');
    expect(demandOf(blind, [emergencyOf('a', SHORT)])).toBeUndefined();
    expect(demandOf(blind, [])?.isDraining).toBe(false);
  });
});

describe('what a drain wants of the others', () => {
  it.each(['insufficient-capacity', 'nearest-region-overload'])('that %s keeps back: all of it', (note) => {
    expect(loads(edge(), emergencyOf('a', { state: 'blocked', note }))).toEqual({ b: 150, c: 150 });
  });

  it.each<[string, Partial<Origin>, Partial<Intent>]>([
    ['is there', { enabled: false }, { note: 'effective' }],
    ['is there by its gate', { isShut: true, healthy: undefined }, { note: 'effective' }],
    ['is there, and goes', { enabled: false }, { state: 'leaving', note: 'recovered' }],
    ['is there in part', { weight: 1 }, { note: 'effective' }],
  ])('that %s: what it puts there', (_, origin, more) => {
    expect(loads(edge({ a: origin }), emergencyOf('a', more))).toEqual({ b: 150, c: 150 });
  });

  it('of several: of those that are left', () => {
    expect(loads(edge(), emergencyOf('a', SHORT), emergencyOf('b', SHORT))).toEqual({ c: 300 });
  });

  it('of all: nothing that anybody could carry', () => {
    expect(loads(edge(), ...ALL.map((name) => emergencyOf(name, SHORT)))).toEqual({});
  });

  it('is rounded up, by origin', () => {
    const [drain, odd] = [emergencyOf('a', SHORT), edge({ b: { weight: 7 }, c: { weight: 3 } })];
    expect(loads(withDivision(odd, { by: 'weight', load: 99 }), drain)).toEqual({ b: 70, c: 30 });
  });

  it('is divided among origins that share a cluster, whether they serve or not', () => {
    const clusters = { a: 'one', b: 'two', c: 'two' };
    expect(loads(edge({ b: { weight: 200 } }, clusters), emergencyOf('a', SHORT))).toEqual({ two: [300, 200, 2] });
    expect(loads(edge({ b: { enabled: false } }, clusters), emergencyOf('a', SHORT))).toEqual({ two: [300, 300, 2] });
  });

  it('goes to the next tier where the first has nobody left', () => {
    const tiers = edge({ b: { priority: 2 }, c: { priority: 3 } });
    expect(loads(tiers, emergencyOf('a', SHORT))).toEqual({ b: 300 });
  });

  it('goes past those that are sick, or of which nothing is known', () => {
    expect(loads(edge({ b: { healthy: undefined } }), emergencyOf('a', SHORT))).toEqual({ c: 300 });
  });

  it('goes to whom the edge sends it by latency; to all of them where nobody knows', () => {
    const own = new Map(ALL.map((name) => [name, 100]));
    const near = withDivision(edge(), { by: 'latency', own, neighbour: new Map([['a', 'b']]) });
    expect(loads(near, emergencyOf('a', SHORT))).toEqual({ b: 200, c: 100 });
    const far = withDivision(edge(), { by: 'latency', own, neighbour: new Map() });
    expect(loads(far, emergencyOf('a', SHORT))).toEqual({ b: 200, c: 200 });
  });

  it('leaves out what an origin gets that only Azure knows', () => {
    const observed = edge();
    const more = { ...observed, origins: [...observed.origins, originOf('x')] };
    expect(loads(more, emergencyOf('a', SHORT))).toEqual({ b: 100, c: 100 });
  });
});

describe('what comes back and finds no room wants it where it comes from', () => {
  it.each<[string, Partial<Origin>]>([
    ['from the control plane', { enabled: false }],
    ['through its gate, behind which nobody can tell how it is', { isShut: true, healthy: undefined }],
  ])('%s', (_, origin) => {
    expect(loads(edge({ a: origin }), emergencyOf('a', KEPT_OUT))).toEqual({ a: 100, b: 100, c: 100 });
  });

  it('not while somebody else wants it out', () => {
    const observed = edge({ a: { enabled: false } });
    expect(loads(observed, emergencyOf('a', KEPT_OUT), outOf('a', { note: 'effective' }))).toEqual({ b: 150, c: 150 });
  });
});

const anyOrigin = fc.record({
  enabled: fc.boolean(),
  healthy: fc.constantFrom(true, false, undefined),
  isShut: fc.boolean(),
  weight: fc.integer({ min: 1, max: 1000 }),
  priority: fc.integer({ min: 1, max: 2 }),
});
const anyEdge = fc
  .record({
    origins: fc.tuple(anyOrigin, anyOrigin, anyOrigin),
    clusters: fc.tuple(fc.constantFrom('x', 'y'), fc.constantFrom('x', 'y'), fc.constantFrom('x', 'y')),
    load: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 5_000, noNaN: true })),
  })
  .map(({ origins, clusters, load }) => {
    const byName = <Value>(values: readonly Value[]): Record<string, Value> =>
      Object.fromEntries(ALL.map((name, index) => [name, values[index]!]));
    return withDivision(edge(byName(origins), byName(clusters)), { by: 'weight', load });
  });
const anyIntents = fc.array(
  fc
    .record({
      name: fc.constantFrom(...ALL),
      urgency: fc.constantFrom('emergency', 'planned', 'drill'),
      state: fc.constantFrom('open', 'blocked', 'failed', 'leaving', 'closed'),
      note: fc.constantFrom(undefined, 'effective', 'insufficient-capacity', 'nearest-region-overload', 'pinned'),
      cause: fc.constantFrom('one', 'two'),
    })
    .map(({ name, urgency, note, ...more }) =>
      outOf(name, { value: { enabled: false, urgency }, ...(note === undefined ? {} : { note }), ...more }),
    ),
  { maxLength: 6 },
);

describe('whatever is wanted of whichever edge', () => {
  it('the order of intents is nothing', () => {
    fc.assert(
      fc.property(
        anyEdge,
        anyIntents.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        (observed, [intents, shuffled]) => {
          expect(demandOf(observed, shuffled)).toEqual(demandOf(observed, intents));
        },
      ),
    );
  });

  it('it is whole numbers, the busiest no more than all, and all of the load if anybody serves', () => {
    fc.assert(
      fc.property(anyEdge, anyIntents, (observed, intents) => {
        const { byCluster = {} } = demandOf(observed, intents) ?? {};
        const all = Object.values(byCluster);
        for (const { load, busiest, origins } of all) {
          expect([load, busiest, origins].every(Number.isInteger)).toBe(true);
          expect(busiest).toBeLessThanOrEqual(load);
          expect(load).toBeLessThanOrEqual(busiest * origins);
        }
        const { division } = observed.measured!;
        const sum = all.reduce((total, { load }) => total + load, 0);
        const asked = division.by === 'weight' && all.length > 0 ? division.load : 0;
        expect(sum).toBeGreaterThanOrEqual(asked - 1e-6);
        expect(sum).toBeLessThanOrEqual(asked + ALL.length);
      }),
    );
  });
});
