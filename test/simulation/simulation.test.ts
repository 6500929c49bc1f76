import { describe, expect, it } from 'vitest';

import type { EdgeKind } from '../../shared/targets/edge/index.ts';
import { drawCase } from './draw-case.ts';
import { play } from './player.ts';
import { describe as told } from './report.ts';
import { shrink } from './shrink.ts';

/** Played here as well, where a debugger and coverage see them. */
const HERE = 20;
const LONG_MS = 900_000;
/** Seeds that found something once; `npm run simulate` plays others. */
const FOUND: readonly number[] = [
  259, 260, 261, 310, 370, 398, 1312, 2011, 6605, 6677, 6785, 6963, 20992, 32022, 50835, 48001295, 85000610, 95002994,
  100001076,
];

/** The same, of edges with a second origin group. */
const FOUND_TWINS: readonly number[] = [141, 1495, 4200208];

/** The same, of clusters that may grow. */
const FOUND_GROWN: readonly number[] = [90, 252, 3301336];

/** The same, with clusters and approvers that are removed besides. */
const FOUND_ALL: readonly number[] = [81000262, 81000409, 84001410];

describe('random fleets, plans and faults', () => {
  it(
    'break no invariant',
    async () => {
      const first = Array.from({ length: HERE }, (_, index) => index + 1);
      const plain = [...first, ...FOUND].map((seed) => drawCase(seed, []));
      const twins = [...first, ...FOUND_TWINS].map((seed) => drawCase(seed, ['twin']));
      const grown = [...first, ...FOUND_GROWN].map((seed) => drawCase(seed, ['scale-up']));
      const all = FOUND_ALL.map((seed) => drawCase(seed, ['removal', 'twin', 'scale-up']));
      const broken: string[] = [];
      for (const given of [...plain, ...twins, ...grown, ...all]) {
        const outcome = await play(given);
        if (outcome.violation !== undefined) {
          broken.push(told({ given, outcome }, given.events.length));
        }
      }
      expect(broken).toEqual([]);
    },
    LONG_MS,
  );

  it('are the same for the same seed', async () => {
    const [one, two] = [await play(drawCase(8, [])), await play(drawCase(8, []))];
    expect(one.writes).toBeGreaterThan(0);
    expect(two).toEqual(one);
  });

  it(
    'find a rule that is broken, and the few events that show it',
    async () => {
      for (let seed = 1; ; seed += 1) {
        expect(seed, 'it was not found').toBeLessThan(100);
        const given = drawCase(seed, []);
        const outcome = await play(given, everywhereWell);
        if (outcome.violation?.invariant === 'last-healthy') {
          const { given: least, outcome: same } = await shrink(given, outcome, everywhereWell);
          expect(same.violation?.invariant).toBe('last-healthy');
          expect(least.events.length).toBeLessThanOrEqual(5);
          return;
        }
      }
    },
    LONG_MS,
  );
});

/** The rule that a healthy origin stays is broken: everything looks well to it. */
function everywhereWell(kind: EdgeKind): EdgeKind {
  return {
    ...kind,
    look: (observed, situation) =>
      kind.look({ ...observed, origins: observed.origins.map((origin) => ({ ...origin, healthy: true })) }, situation),
  };
}
