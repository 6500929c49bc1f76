import { ReflexError } from '../../errors.ts';
import type { FleetCluster, FleetEdge } from '../../fleet/model.ts';
import type { NodePool, NodePools } from '../../ports/node-pools.ts';
import type { PoolGrowth } from '../../reactions/readiness/index.ts';

/**
 * What the clusters behind an edge's origins could carry with the most nodes that their pools may get. Clusters whose pool
 * is only observed are left out: nobody would start any.
 */
export async function growthOf(
  { origins }: Pick<FleetEdge, 'origins'>,
  { clusters, nodePools }: { readonly clusters: readonly FleetCluster[]; readonly nodePools: NodePools },
): Promise<readonly PoolGrowth[]> {
  const all: PoolGrowth[] = [];
  for (const { name, resourceId, capacityPerNode = 0, scaleUp } of clusters) {
    const there = origins.filter(({ cluster }) => cluster === name);
    if (scaleUp === undefined || scaleUp.mode === 'observe' || there.length === 0) {
      continue;
    }
    const pools = await readPools(resourceId.key, nodePools);
    const grown = pools === undefined ? ('unreadable' as const) : mostNodes(pools, scaleUp);
    const found = typeof grown === 'number' ? { capacity: (grown * capacityPerNode) / there.length } : { fault: grown };
    const pool = scaleUp.pool.split('/').at(-1) ?? '';
    all.push(...there.map((origin) => ({ origin: origin.name, pool, ...found })));
  }
  return all;
}

async function readPools(cluster: string, nodePools: NodePools): Promise<readonly NodePool[] | undefined> {
  try {
    return await nodePools.read(cluster);
  } catch (error) {
    if (error instanceof ReflexError) {
      return undefined;
    }
    throw error;
  }
}

function mostNodes(
  pools: readonly NodePool[],
  { pool: id, maxNodes = Infinity }: NonNullable<FleetCluster['scaleUp']>,
): number | 'not-found' | 'no-autoscaler' {
  const pool = pools.find((one) => one.id === id);
  if (pool?.autoscaler === undefined) {
    return pool === undefined ? 'not-found' : 'no-autoscaler';
  }
  const others = pools.filter((one) => one.isServing && one.id !== id).reduce((sum, { count }) => sum + count, 0);
  return others + Math.max(pool.count, Math.min(pool.autoscaler.max, maxNodes));
}
