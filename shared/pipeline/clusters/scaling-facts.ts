import type { Burden } from '../../domain/traffic/burden.ts';
import type { Demand } from '../../domain/traffic/demand.ts';
import { ReflexError } from '../../errors.ts';
import type { Fleet, FleetCluster, FleetEdge } from '../../fleet/model.ts';
import type { Intent } from '../../intents/intent.ts';
import type { NodePool, NodePools } from '../../ports/node-pools.ts';
import type { RowStore } from '../../ports/row-store.ts';
import type { ScaleUpFacts, ScalingCluster, ScalingEdge } from '../../reactions/scale-up/index.ts';
import type { FloorWish } from '../../targets/cluster/index.ts';
import { burdenKey, demandKey, EDGES } from '../../targets/edge/index.ts';

export interface ScalingTools {
  readonly rows: RowStore;
  readonly nodePools: NodePools;
}

/**
 * What decides about node pools: what every edge puts on its clusters and would put there, and what the clusters have.
 * Clusters are read only while something is drained.
 *
 * @param floors - that are asked for.
 * @throws StorageUnavailableError
 */
export async function gatherScaling(
  fleet: Pick<Fleet, 'edges' | 'clusters'>,
  floors: readonly Intent[],
  { rows, nodePools }: ScalingTools,
): Promise<ScaleUpFacts> {
  const [burdens, demands] = await Promise.all([rows.list(EDGES, 'burden|'), rows.list(EDGES, 'demand|')]);
  // The traffic of an edge that has left the fleet is where it is until its way back.
  const edges = fleet.edges.map((edge): ScalingEdge => {
    const burden = burdens.find(({ rowKey }) => rowKey === burdenKey(edge.id))?.value as Burden | undefined;
    const demand = demands.find(({ rowKey }) => rowKey === demandKey(edge.id))?.value as Demand | undefined;
    return {
      ...settingsOf(edge, demand),
      burden: burden?.byCluster ?? {},
      ...(demand === undefined ? {} : { demand }),
    };
  });
  const pressed = new Set(
    edges.filter(({ demand }) => demand?.isDraining === true).flatMap(({ clusters }) => clusters),
  );
  const clusters: ScalingCluster[] = [];
  for (const cluster of fleet.clusters) {
    clusters.push(...(await toScaling(cluster, pressed.has(cluster.name) ? nodePools : undefined)));
  }
  const asked = floors.map(({ subject, value, mode }) => ({
    pool: subject,
    minCount: (value as unknown as FloorWish).minCount,
    mode,
  }));
  return { edges, clusters, asked };
}

/** Without wishes, what the edge lets a machine do. */
function settingsOf(
  { id, priority, origins, policy }: FleetEdge,
  demand: Demand | undefined,
): Omit<ScalingEdge, 'burden' | 'demand'> {
  const { safety, mode, approvals } = policy;
  return {
    id,
    priority,
    headroom: safety.headroom,
    allowPartial: safety.allowPartial,
    mode: demand?.consent?.mode ?? mode.drain,
    approvals: demand?.consent?.approvals ?? { needed: approvals.drain, withinMs: approvals.withinMs },
    clusters: [...new Set(origins.map(({ cluster }) => cluster))],
  };
}

/** A cluster without a declared rate has no known capacity, however many nodes it has. */
async function toScaling(
  { name, resourceId, capacityPerNode, scaleUp }: FleetCluster,
  nodePools: NodePools | undefined,
): Promise<readonly ScalingCluster[]> {
  if (capacityPerNode === undefined) {
    return [];
  }
  const pools = nodePools === undefined ? undefined : await readPools(resourceId.key, nodePools);
  const state = pools?.find(({ id }) => id === scaleUp?.pool);
  return [
    {
      name,
      perNode: capacityPerNode,
      ...(pools === undefined ? {} : { nodes: servingNodes(pools) }),
      ...(scaleUp === undefined
        ? {}
        : {
            pool: {
              id: scaleUp.pool,
              mode: scaleUp.mode,
              ...(scaleUp.maxNodes === undefined ? {} : { maxNodes: scaleUp.maxNodes }),
              ...(state === undefined ? {} : { state: stateOf(state) }),
            },
          }),
    },
  ];
}

function servingNodes(pools: readonly NodePool[]): number {
  return pools.filter(({ isServing }) => isServing).reduce((sum, { count }) => sum + count, 0);
}

function stateOf({ count, autoscaler, isServing }: NodePool): {
  readonly count: number;
  readonly max?: number;
  readonly isServing: boolean;
} {
  return { count, isServing, ...(autoscaler === undefined ? {} : { max: autoscaler.max }) };
}

/** A region that is down must not stop us from reading the others. */
async function readPools(cluster: string, nodePools: NodePools): Promise<readonly NodePool[] | undefined> {
  try {
    const pools = await nodePools.read(cluster);
    return pools.length === 0 ? undefined : pools;
  } catch (error) {
    if (error instanceof ReflexError) {
      return undefined;
    }
    throw error;
  }
}
