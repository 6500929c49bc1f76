import { NotFoundError, ReflexError, UpstreamError } from '../../errors.ts';
import type { FleetCluster, FleetEdge } from '../../fleet/model.ts';
import type { NodePool, NodePools } from '../../ports/node-pools.ts';
import type { Permissions } from '../../ports/permissions.ts';
import { clustersBehind, needsOf, type ScopeAccess } from '../../reactions/readiness/index.ts';

interface AccessPorts {
  readonly clusters: readonly FleetCluster[];
  readonly nodePools: NodePools;
  readonly permissions: Permissions;
  /** Where gate documents lie by a role: ARM ids of containers, names of stores whose id is not said. */
  readonly stores: readonly string[];
}

/**
 * What Azure lets us do of what a failover of an edge needs. Each resource is asked about once; what cannot be told is
 * an answer too.
 */
export async function accessOf(edge: FleetEdge, ports: AccessPorts): Promise<readonly ScopeAccess[]> {
  const { clusters, nodePools, permissions, stores } = ports;
  const behind = clustersBehind(edge, clusters);
  const pools = await Promise.all(
    behind.map(async ({ name, resourceId }) => [name, await readPools(resourceId.key, nodePools)] as const),
  );
  const needs = needsOf(edge, { clusters, pools: new Map(pools), stores });
  const scopes = [...new Set(needs.map(({ scope }) => scope))];
  const answers = await Promise.all(scopes.map(async (scope) => [scope, await ask(scope, permissions)] as const));
  const answerOf = new Map(answers);
  return needs.map((need) => ({ ...need, answer: answerOf.get(need.scope) ?? { why: 'no-answer' } }));
}

/** That they cannot be read shows in what may be done on their cluster. */
async function readPools(cluster: string, nodePools: NodePools): Promise<readonly NodePool[]> {
  try {
    return await nodePools.read(cluster);
  } catch (error) {
    if (error instanceof ReflexError) {
      return [];
    }
    throw error;
  }
}

async function ask(scope: string, permissions: Permissions): Promise<ScopeAccess['answer']> {
  if (!scope.startsWith('/')) {
    return { why: 'no-id' };
  }
  try {
    return await permissions.read(scope);
  } catch (error) {
    if (!(error instanceof ReflexError)) {
      throw error;
    }
    if (error instanceof NotFoundError) {
      return { why: 'not-found' };
    }
    const isDenied = error instanceof UpstreamError && (error.status === 401 || error.status === 403);
    return { why: isDenied ? 'denied' : 'no-answer' };
  }
}
