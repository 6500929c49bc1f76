import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { AcceptedWrite } from '../../local/arm/local-arm.ts';
import type { JsonObject } from '../../shared/domain/json.ts';
import { clusterAlert, clusterId, failoverFleet, FailoverStack } from './failover-stack.ts';
import { until } from './stack-process.ts';

const GENEROUS_MS = 600_000;
/**
 * The local edge's clients send twenty requests a second. One node less the fifth that stays free is room for one
 * region's ten and not for both; two nodes are room for all of it.
 */
const PER_NODE = 16;
const BEFORE = { count: 1, minCount: 1, maxCount: 6 };
/** Nodes come when the test says so. */
const NEVER = ['--node-start', String(24 * 3600)];
const POOL = `${clusterId('neu')}/agentPools/user`;

describe('a region is lost, and the survivor has too few nodes', { timeout: GENEROUS_MS }, () => {
  let stack: FailoverStack;
  let origin: JsonObject;

  beforeAll(async () => {
    const edges = { shop: { signals: { quorum: 1, external: false, recoverHold: '3s', sources: ['alerts'] } } };
    const capacity = { perNode: PER_NODE, scaleUp: { pool: 'user', mode: 'enforce' } };
    stack = await FailoverStack.start(failoverFleet(edges, capacity), NEVER);
    await stack.patch(POOL, BEFORE);
    await poolHas(BEFORE);
    origin = await stack.origin('shop', 'weu');
  });

  afterAll(async () => {
    await stack.remove();
  });

  /** Waits until the pool is as said, and nobody's write to it is open. */
  async function poolHas(wanted: object): Promise<void> {
    await until(async () => {
      const pool = await stack.properties(POOL);
      const isThere = Object.entries({ ...wanted, provisioningState: 'Succeeded' }).every(
        ([name, value]) => pool[name] === value,
      );
      return isThere ? true : undefined;
    });
  }

  /** What the app has had written so far, in order: it is the test that says by PATCH what a pool has. */
  async function written(): Promise<readonly AcceptedWrite[]> {
    return (await stack.writes()).filter(({ verb, id }) => verb === 'PUT' || id !== POOL.toLowerCase());
  }

  it('is asked for nodes first, and takes the traffic when they are there', async () => {
    await stack.alert(clusterAlert('weu', 'Fired'));
    const [first] = await until(async () => {
      const writes = await written();
      return writes.length > 0 ? writes : undefined;
    });
    expect(first).toMatchObject({ verb: 'PUT', id: POOL.toLowerCase(), set: { minCount: 2, maxCount: 6 } });

    await poolHas({ count: 1, minCount: 2 });
    await stack.tick();
    expect(await stack.serving('shop')).toEqual(['shop-neu', 'shop-weu']);
    expect(await written()).toHaveLength(1);

    await stack.patch(POOL, { count: 2 });
    await stack.tickUntil(async () => (await written()).length > 1);
    await stack.servedBy('shop', 'shop-neu');
    expect((await written()).slice(1)).toMatchObject([
      { verb: 'PATCH', id: expect.stringMatching(/\/shop-weu$/) as string, set: { enabledState: 'Disabled' } },
    ]);
  });

  it('shows the plan of the cluster to people', async () => {
    const target = encodeURIComponent(clusterId('neu').toLowerCase());
    const [status, { plans }] = await stack.call('GET', `plans?target=${target}`, 'rita');
    expect([status, plans]).toMatchObject([
      200,
      [{ state: 'done', titles: ['keep at least 2 nodes in pool user of shop-neu, before 1'], written: 1 }],
    ]);
    const [{ id }] = plans as unknown as [{ readonly id: string }];
    expect(await stack.call('GET', `plans/${id}`, 'rita')).toMatchObject([
      200,
      { id, steps: [{ from: { minCount: 1 }, to: { minCount: 2 } }], journal: [{ state: 'written' }] },
    ]);
  });

  it('goes back to its former least number of nodes when the region is back as it was', async () => {
    await stack.alert(clusterAlert('weu', 'Resolved'));
    await stack.servedBy('shop', 'shop-neu', 'shop-weu');
    await stack.tickUntil(async () => (await written()).length > 3);
    const back = await written();
    expect(back.slice(2)).toMatchObject([
      { verb: 'PATCH', set: { enabledState: 'Enabled' } },
      { verb: 'PUT', id: POOL.toLowerCase(), set: { minCount: 1 } },
    ]);
    await poolHas({ minCount: BEFORE.minCount, maxCount: BEFORE.maxCount });
    expect(await stack.origin('shop', 'weu')).toEqual(origin);
    // Whatever else is to be written is written by then.
    await stack.tick();
    expect(await written()).toEqual(back);
  });
});
