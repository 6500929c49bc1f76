import { describe, expect, it } from 'vitest';

import { VirtualClock } from '../../../../local/time/virtual-clock.ts';
import { InMemoryNodePools } from '../../../../shared/adapters/in-memory/node-pools.ts';
import { InMemoryRowStore } from '../../../../shared/adapters/in-memory/row-store.ts';
import type { JsonObject } from '../../../../shared/domain/json.ts';
import { UpstreamError } from '../../../../shared/errors.ts';
import type { Fleet, FleetCluster } from '../../../../shared/fleet/model.ts';
import { gatherScaling } from '../../../../shared/pipeline/clusters/scaling-facts.ts';
import { burdenKey, demandKey } from '../../../../shared/targets/edge/index.ts';
import { EDGE, edgeOf, originOf } from '../../targets/edge/observed.ts';
import { floorOf } from '../../targets/cluster/cluster.ts';

const PRESSURE = { load: 480, busiest: 480, origins: 1 };

/** An edge over two clusters, `here` and `there`, and what is written down of it. */
async function stage(more: Partial<FleetCluster> = {}) {
  const [rows, nodePools] = [new InMemoryRowStore(), new InMemoryNodePools({ clock: new VirtualClock() })];
  const { edge } = edgeOf([originOf('here'), originOf('there')]);
  const cluster = (name: string): FleetCluster =>
    ({
      ...{ name, capacityPerNode: 80, resourceId: { key: `/clusters/${name}` }, labels: {} },
      scaleUp: { pool: `/clusters/${name}/agentpools/user`, mode: 'enforce' },
      ...more,
    }) as unknown as FleetCluster;
  const fleet = { edges: [edge], clusters: [cluster('here'), cluster('there')] } as unknown as Fleet;
  for (const name of ['here', 'there']) {
    const pool = { count: 3, autoscaler: { min: 3, max: 10 }, isServing: true };
    const system = { id: `/clusters/${name}/agentpools/system`, count: 2, isServing: false };
    nodePools.seed(`/clusters/${name}`, [{ ...pool, id: `/clusters/${name}/agentpools/user` }, system]);
  }
  const put = async (rowKey: string, value: JsonObject): Promise<void> => {
    await rows.transact('edges', [{ kind: 'put', rowKey, value }]);
  };
  await put(burdenKey(EDGE), { schema: 1, byCluster: { here: 100 } });
  await put(demandKey(EDGE), { schema: 1, isDraining: true, byCluster: { here: PRESSURE } });
  const gather = async (edges = fleet.edges) =>
    await gatherScaling({ ...fleet, edges }, [floorOf(6)], { rows, nodePools });
  return { put, nodePools, gather, edge };
}

describe('what decides about node pools', () => {
  it('is what edges have and want, what clusters have and may have, and what was asked for', async () => {
    const { gather, edge } = await stage();
    const { edges, clusters, asked } = await gather();
    expect(edges).toEqual([
      {
        ...{ id: EDGE, priority: 1, clusters: ['here', 'there'], mode: edge.policy.mode.drain },
        ...{ headroom: edge.policy.safety.headroom, allowPartial: edge.policy.safety.allowPartial },
        approvals: { needed: edge.policy.approvals.drain, withinMs: edge.policy.approvals.withinMs },
        burden: { here: 100 },
        demand: { schema: 1, isDraining: true, byCluster: { here: PRESSURE } },
      },
    ]);
    const pool = { mode: 'enforce', state: { count: 3, max: 10, isServing: true } };
    expect(clusters).toEqual([
      { name: 'here', perNode: 80, nodes: 3, pool: { ...pool, id: '/clusters/here/agentpools/user' } },
      { name: 'there', perNode: 80, nodes: 3, pool: { ...pool, id: '/clusters/there/agentpools/user' } },
    ]);
    expect(asked).toEqual([{ pool: floorOf(6).subject, minCount: 6, mode: 'enforce' }]);
  });

  it('reads no cluster while nothing is drained', async () => {
    const { gather, put } = await stage();
    await put(demandKey(EDGE), { schema: 1, isDraining: false, byCluster: {} });
    const { clusters } = await gather();
    expect(clusters.map(({ nodes, pool }) => [nodes, pool?.state])).toEqual([
      [undefined, undefined],
      [undefined, undefined],
    ]);
  });

  it('counts an edge that the fleet no longer names and that is followed', async () => {
    const { gather, edge } = await stage();
    const removed = { origins: [], isWhole: true, isNoted: true, isWritable: true };
    expect((await gather([{ ...edge, removed }])).edges).toMatchObject([{ id: edge.id }]);
  });

  it('leaves out a cluster without a declared rate', async () => {
    const { gather } = await stage({ capacityPerNode: undefined } as unknown as Partial<FleetCluster>);
    expect((await gather()).clusters).toEqual([]);
  });

  it('goes on with the other clusters where one cannot be read', async () => {
    const { gather, nodePools } = await stage();
    nodePools.fail({ on: 'read', error: new UpstreamError('read', 503) });
    expect((await gather()).clusters.map(({ nodes }) => nodes)).toEqual([undefined, 3]);
  });

  it('takes a cluster without pools for one that was not read', async () => {
    const { gather, nodePools } = await stage();
    nodePools.read = () => Promise.resolve([]);
    expect((await gather()).clusters.map(({ nodes }) => nodes)).toEqual([undefined, undefined]);
  });

  it('hides no fault of ours', async () => {
    const { gather, nodePools } = await stage();
    nodePools.fail({ on: 'read', error: new TypeError('bug') });
    await expect(gather()).rejects.toThrow(TypeError);
  });

  it('knows a pool without an autoscaler, one that is not there, and a limit of the fleet', async () => {
    const { gather, nodePools } = await stage({
      scaleUp: { pool: '/clusters/here/agentpools/system', mode: 'enforce', maxNodes: 7 },
    });
    const { clusters } = await gather();
    expect(nodePools.accepted).toEqual([]);
    expect(clusters.map(({ pool }) => [pool?.maxNodes, pool?.state])).toEqual([
      [7, { count: 2, isServing: false }],
      [7, undefined],
    ]);
  });
});
