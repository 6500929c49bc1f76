import { expect, it } from 'vitest';

import { VirtualClock } from '../../../../local/time/virtual-clock.ts';
import { InMemoryNodePools } from '../../../../shared/adapters/in-memory/node-pools.ts';

const CLUSTER = '/subscriptions/s/resourcegroups/rg/providers/microsoft.containerservice/managedclusters/shop';
const id = `${CLUSTER}/agentpools/apps`;

function open() {
  const clock = new VirtualClock();
  const pools = new InMemoryNodePools({ clock, durationMs: 60_000, nodesMs: 60_000 });
  pools.seed(CLUSTER, [{ id, count: 2, autoscaler: { min: 1, max: 9 }, isServing: true }]);
  return { clock, pools };
}

it('a pool whose autoscaler somebody takes away gets no nodes, and nothing of it is undone', async () => {
  const { clock, pools } = open();
  const operation = await pools.begin(id, { minCount: 5 });
  pools.seed(CLUSTER, [{ id, count: 2, isServing: true }]);
  pools.fail({ on: 'poll', ends: 'failed' });
  const state = operation.status === 'running' ? operation.state : '';
  await clock.advance(120_000);
  expect(await pools.read(CLUSTER)).toEqual([{ id, count: 2, isServing: true, isTerminal: true }]);
  expect(await pools.poll(id, state)).toMatchObject({ status: 'failed' });
  expect(await pools.read(CLUSTER)).toEqual([{ id, count: 2, isServing: true, isTerminal: true }]);
});

it('a write without a duration has ended with its answer, and its nodes are there', async () => {
  const pools = new InMemoryNodePools({ clock: new VirtualClock() });
  pools.seed(CLUSTER, [{ id, count: 2, autoscaler: { min: 1, max: 9 }, isServing: true }]);
  expect(await pools.begin(id, { minCount: 5 })).toEqual({ status: 'succeeded' });
  expect((await pools.read(CLUSTER))[0]?.count).toBe(5);
});

it('nobody changes a pool that is not there', () => {
  expect(() => open().pools.change(`${id}x`, { count: 3 })).toThrow(/does not exist/);
});
