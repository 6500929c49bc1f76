import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { clusterAlert, failoverFleet, FailoverStack } from './failover-stack.ts';

/** The data tier is asked again after twenty seconds; what is slow here is no failure. */
const GENEROUS_MS = 180_000;
const QUERY = 'Replicas | summarize lagSeconds = max(LagSeconds) by region';

const EDGE = {
  signals: { quorum: 1, external: false, recoverHold: '10m', sources: ['alerts'] },
  data: { rpo: '30s', evidence: { workspace: '00000000-0000-4000-8000-0000000000b1', query: QUERY } },
};

describe('a drain of what holds the newest data', { timeout: GENEROUS_MS }, () => {
  let stack: FailoverStack;

  beforeAll(async () => {
    stack = await FailoverStack.start(failoverFleet({ shop: EDGE }));
    await stack.servedBy('shop', 'shop-neu', 'shop-weu');
  });

  afterAll(async () => {
    await stack.remove();
  });

  const lag = async (...rows: readonly (readonly [string, number])[]): Promise<void> => {
    const columns = ['region', 'lagSeconds'].map((name) => ({ name, type: name === 'region' ? 'string' : 'real' }));
    const body = JSON.stringify({ when: 'Replicas', columns, rows });
    const answer = await fetch(`${stack.process.endpoints.logs.url}/_local/answers`, { method: 'PUT', body });
    expect(answer.status).toBe(200);
  };
  const isBlockedBy = async (reason: string): Promise<boolean> =>
    JSON.stringify(await stack.call('GET', 'intents', 'rita')).includes(reason);

  it('waits while nobody knows how far the replica is behind, and people are called', async () => {
    await lag(['neu', 0]);
    await stack.alert(clusterAlert('weu', 'Fired'));
    await stack.tickUntil(async () => await isBlockedBy('replication-lag unknown, rpo 30s'));
    await stack.tickUntil(async () =>
      (await stack.pages()).some((page) => JSON.stringify(page).includes('replication-lag')),
    );
    expect(await stack.writes('shop')).toEqual([]);
  });

  it('is done when it is near enough', async () => {
    await lag(['weu', 5], ['neu', 99]);
    await stack.tickUntil(async () => (await stack.writes('shop')).length > 0);
    await stack.servedBy('shop', 'shop-neu');
    expect(await stack.writes('shop')).toMatchObject([{ verb: 'PATCH', set: { enabledState: 'Disabled' } }]);
  });
});
