import type { Mode } from '../../domain/mode.ts';
import { neededNodes, type Growth, type Need } from '../../domain/traffic/demand.ts';
import type { PoolVerdict, ScaleUpFacts, ScalingCluster, ScalingEdge } from './schema.ts';

/**
 * Which node pools are to keep more nodes, so that the traffic of a lost region finds room. Pure.
 *
 * What was asked for is raised, or let act where more is allowed by now, and never lowered while any of that traffic is
 * there; it is released with the last of it.
 * Where nodes cannot be read nothing is asked for, and nothing is released.
 */
export function decideScaleUp(facts: ScaleUpFacts): readonly PoolVerdict[] {
  const { edges, clusters, asked } = facts;
  const growths = clusters.flatMap(growthOf);
  const needs = neededNodes(edges, growths);
  const verdicts = clusters.flatMap((cluster): readonly PoolVerdict[] => {
    const { name, pool, nodes } = cluster;
    if (pool === undefined) {
      return [];
    }
    const isDrained = edges.some((edge) => edge.demand?.isDraining === true && edge.clusters.includes(name));
    if (!isDrained) {
      return [{ decision: 'release', pool: pool.id }];
    }
    const need = needs.find((one) => one.name === name);
    if (need?.nodes === undefined || nodes === undefined) {
      return [{ decision: 'keep', pool: pool.id }];
    }
    const others = nodes - (pool.state?.isServing === true ? pool.state.count : 0);
    const minCount = need.nodes - others;
    const before = asked.find((one) => one.pool === pool.id);
    const how = asTheyLet(pool.mode, need, edges);
    const isFreer = before !== undefined && strengthOf(how.mode) > strengthOf(before.mode);
    return before !== undefined && minCount <= before.minCount && !isFreer
      ? [{ decision: 'keep', pool: pool.id }]
      : [
          {
            ...{ decision: 'raise', pool: pool.id, minCount: Math.max(minCount, before?.minCount ?? 0) },
            ...how,
            edges: need.edges,
          },
        ];
  });
  const known = new Set(verdicts.map(({ pool }) => pool));
  const strangers = asked.filter(({ pool }) => !known.has(pool));
  return [...verdicts, ...strangers.map(({ pool }) => ({ decision: 'release', pool }) as const)];
}

/** A cluster as far as its nodes are known. */
function growthOf({ name, perNode, nodes, pool }: ScalingCluster): readonly Growth[] {
  if (nodes === undefined) {
    return [];
  }
  const { state } = pool ?? {};
  const limit = Math.min(state?.max ?? 0, pool?.maxNodes ?? Infinity);
  const more = state?.isServing === true ? Math.max(0, limit - state.count) : 0;
  return [{ name, perNode, nodes, most: nodes + more }];
}

const STRENGTH: readonly Mode[] = ['observe', 'propose', 'enforce'];

function strengthOf(mode: Mode): number {
  return STRENGTH.indexOf(mode);
}

/** The weaker of what the pool's owner lets happen and what the edges do; of several edges the freest counts. */
function asTheyLet(
  own: Mode,
  { edges: ids }: Need,
  edges: readonly ScalingEdge[],
): Pick<Extract<PoolVerdict, { decision: 'raise' }>, 'mode' | 'approvals'> {
  const needing = edges.filter(({ id }) => ids.includes(id));
  const modes = needing.map(({ mode, approvals }) => (mode === 'enforce' && approvals.needed > 0 ? 'propose' : mode));
  const freest = modes.toSorted((a, b) => strengthOf(b) - strengthOf(a))[0] ?? 'observe';
  const mode = strengthOf(own) < strengthOf(freest) ? own : freest;
  const needed = Math.max(1, Math.min(...needing.map(({ approvals }) => approvals.needed)));
  const withinMs = Math.min(...needing.map(({ approvals }) => approvals.withinMs));
  return mode === 'propose' ? { mode, approvals: { needed, withinMs } } : { mode };
}
