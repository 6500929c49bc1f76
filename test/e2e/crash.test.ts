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
    const picked = pickMoments(moments, MOMENTS, SEED);
    const after: Aftermath[] = [];
    for (let at = 0; at < picked.length; at += AT_A_TIME) {
      after.push(...(await Promise.all(picked.slice(at, at + AT_A_TIME).map(dieAt))));
    }
    expect(after.filter((one) => !isSound(one))).toEqual([]);
    expect(after).toHaveLength(MOMENTS);
  }, 600_000);
});
