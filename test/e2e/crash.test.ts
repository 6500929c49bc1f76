import { beforeAll, describe, expect, it } from 'vitest';

import { censusOfMoments, dieAt, isSound, pickMoments, type Aftermath } from './crash-moment.ts';

/** Two cores are shared with whatever else runs. */
const AT_A_TIME = 3;
const MOMENTS = 9;
const SEED = 20;

describe('a kill -9 between any two lines', () => {
  let moments: readonly string[];

  beforeAll(async () => {
    moments = await censusOfMoments();
  });

  it('can come before and after every kind of port call', () => {
    const kinds = new Set(moments.map((moment) => moment.replace(/:\d+$/, '')));
    for (const call of ['queue.send', 'registry.manifest', 'rows.transact', 'git.head', 'git.commit', 'blobs.put']) {
      expect(kinds).toContain(`${call}:before`);
      expect(kinds).toContain(`${call}:after`);
    }
  });

  it('leaves one commit and one record in a whole chain, after a restart and redelivery', async () => {
    // Timers make calls of their own: a moment that the census saw may not come again, and another one is taken for it.
    const picked = pickMoments(moments, 2 * MOMENTS, SEED);
    const after: Aftermath[] = [];
    while (picked.length > 0 && after.filter(({ reached }) => reached).length < MOMENTS) {
      const next = picked.splice(0, Math.min(AT_A_TIME, MOMENTS - after.filter(({ reached }) => reached).length));
      after.push(...(await Promise.all(next.map(dieAt))));
    }
    expect(after.filter((one) => !isSound(one))).toEqual([]);
    expect(after.filter(({ reached }) => reached)).toHaveLength(MOMENTS);
  }, 600_000);
});
