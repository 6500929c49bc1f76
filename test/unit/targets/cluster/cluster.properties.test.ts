import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { NodePool } from '../../../../shared/ports/node-pools.ts';
import { afterWrite, beforeWrite, stillMarked } from '../../../../shared/reconcile/writing/fields.ts';
import type { Field, Situation } from '../../../../shared/reconcile/target-kind.ts';
import { lookAtCluster } from '../../../../shared/targets/cluster/next.ts';
import { bare, clusterOf, floorOf, idOf, markOf, poolOf, situation } from './cluster.ts';

const NAMES = ['app', 'user', 'web'];

const anyPools = fc
  .uniqueArray(
    fc.record({
      name: fc.constantFrom(...NAMES),
      min: fc.nat(8),
      more: fc.nat(8),
      count: fc.nat(12),
      isScaled: fc.boolean(),
    }),
    { selector: ({ name }) => name },
  )
  .map((pools) =>
    pools.map(({ name, min, more, count, isScaled }) =>
      isScaled ? poolOf(name, { count, autoscaler: { min, max: min + more } }) : bare(name),
    ),
  );
const anyFloors = fc
  .uniqueArray(
    fc.record({
      name: fc.constantFrom(...NAMES),
      minCount: fc.nat(20),
      state: fc.constantFrom('open', 'blocked', 'leaving', 'failed' as const),
      cause: fc.constantFrom('one', 'two', 'three'),
    }),
    { selector: ({ name, cause }) => `${name} ${cause}` },
  )
  .map((floors) => floors.map(({ name, minCount, ...more }) => floorOf(minCount, { subject: idOf(name), ...more })));
const anyMarks = fc
  .uniqueArray(fc.record({ name: fc.constantFrom(...NAMES), baseline: fc.nat(12), written: fc.nat(12) }), {
    selector: ({ name }) => name,
  })
  .map((marks) => marks.map(({ name, baseline, written }) => markOf(baseline, written, { subject: idOf(name) })));

type Floors = readonly ReturnType<typeof floorOf>[];

function asked(floors: Floors, fields: readonly Field[]): Situation {
  return situation({
    acting: floors.filter(({ state }) => state === 'open' || state === 'blocked'),
    leaving: floors.filter(({ state }) => state === 'leaving'),
    dormant: floors.filter(({ state }) => state === 'failed'),
    fields,
  });
}

interface World {
  readonly pools: readonly NodePool[];
  readonly fields: readonly Field[];
}

/** Writes step after step, as the loop does, until nothing is left. */
function walked(world: World, floors: Floors): World & { readonly writes: number } {
  let { pools, fields } = world;
  for (let writes = 0; ; writes += 1) {
    const { change, steps, foreign = [] } = lookAtCluster(clusterOf(pools), asked(floors, fields));
    if (change === undefined || writes > 20) {
      const left = stillMarked(fields, floors).filter(({ subject }) => !foreign.some((one) => one.subject === subject));
      return { pools, fields: left, writes };
    }
    const { changes } = steps[0]!;
    fields = afterWrite(beforeWrite(fields, changes), changes, '2026-01-01T00:00:00.000Z');
    pools = pools.map((pool) =>
      pool.id === change.pool ? { ...pool, autoscaler: { ...pool.autoscaler!, min: change.minCount } } : pool,
    );
  }
}

function released(floors: Floors): Floors {
  return floors.map((floor) => ({ ...floor, state: 'leaving' as const }));
}

const RUNS = { numRuns: 500 };

describe('whatever is wanted of whichever node pools', () => {
  it('they come to rest, each written once', () => {
    fc.assert(
      fc.property(anyPools, anyFloors, anyMarks, (pools, floors, fields) => {
        const there = walked({ pools, fields }, floors);
        expect(there.writes).toBeLessThanOrEqual(pools.length);
        expect(walked(there, floors).writes).toBe(0);
      }),
      RUNS,
    );
  });

  it('each keeps the greatest floor that its autoscaler can, and no pool more than its most', () => {
    fc.assert(
      fc.property(anyPools, anyFloors, (pools, floors) => {
        for (const { id, autoscaler } of walked({ pools, fields: [] }, floors).pools) {
          const wanted = floors.filter(
            ({ subject, state }) => subject === id && (state === 'open' || state === 'blocked'),
          );
          const before = pools.find((pool) => pool.id === id)?.autoscaler;
          const greatest = Math.max(before?.min ?? 0, ...wanted.map(({ value }) => Number(value['minCount'])));
          expect(autoscaler?.min).toBe(before === undefined ? undefined : Math.min(before.max, greatest));
        }
      }),
      RUNS,
    );
  });

  it('when all is let go, all is exactly as it was, and nothing is left of us', () => {
    fc.assert(
      fc.property(anyPools, anyFloors, anyFloors, (pools, first, second) => {
        const there = walked(walked({ pools, fields: [] }, first), [...first, ...second]);
        const back = walked(there, released([...first, ...second]).toReversed());
        expect(back.pools).toEqual(pools);
        expect(walked(back, []).fields).toEqual([]);
      }),
      RUNS,
    );
  });

  it("no way back touches somebody else's value", () => {
    fc.assert(
      fc.property(anyPools, anyFloors, fc.array(fc.nat(8), { minLength: 3, maxLength: 3 }), (pools, floors, hands) => {
        const there = walked({ pools, fields: [] }, floors);
        const changed = there.pools.map((pool, index) => {
          const { autoscaler } = pool;
          return autoscaler === undefined ? pool : { ...pool, autoscaler: { ...autoscaler, min: hands[index]! } };
        });
        const back = walked({ ...there, pools: changed }, released(floors));
        for (const [index, { id, autoscaler }] of back.pools.entries()) {
          const mark = there.fields.find(({ subject }) => subject === id);
          const isTheirs = mark === undefined || mark.written['minCount'] !== hands[index];
          expect(!isTheirs || autoscaler === undefined || autoscaler.min === hands[index]).toBe(true);
        }
      }),
      RUNS,
    );
  });

  it('nothing is given back of a pool of which anybody wants a floor', () => {
    fc.assert(
      fc.property(anyPools, anyFloors, anyMarks, (pools, floors, fields) => {
        const { steps } = lookAtCluster(clusterOf(pools), asked(floors, fields));
        const wanted = new Set(floors.flatMap(({ state, subject }) => (state === 'leaving' ? [] : [subject])));
        const back = steps.filter(({ effect, changes }) => effect === 'scale-back' && wanted.has(changes[0]!.subject));
        expect(back).toEqual([]);
      }),
      RUNS,
    );
  });

  it('the order of pools, of floors and of marks is nothing', () => {
    fc.assert(
      fc.property(anyPools, anyFloors, anyMarks, (pools, floors, fields) => {
        const look = lookAtCluster(clusterOf(pools), asked(floors, fields));
        const other = lookAtCluster(clusterOf(pools.toReversed()), asked(floors.toReversed(), fields.toReversed()));
        const plain = ({ verdicts, foreign = [], ...more }: typeof look): unknown => ({
          ...more,
          verdicts: verdicts.map((one) => JSON.stringify(one)).toSorted(),
          foreign: foreign.map(({ subject }) => subject).toSorted(),
        });
        expect(plain(other)).toEqual(plain(look));
      }),
      RUNS,
    );
  });
});
