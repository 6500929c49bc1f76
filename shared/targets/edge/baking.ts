import { judgeBake, type BakeVerdict } from '../../domain/traffic/bake.ts';
import { isManual } from '../../reconcile/plan.ts';
import type { Situation } from '../../reconcile/target-kind.ts';
import type { ObservedEdge } from './observe.ts';

/** How the last step that needs one has baked; undefined if none does. Pure. */
export function bakeOf(
  observed: ObservedEdge,
  { journal, now, goesOnFrom }: Situation,
): BakeVerdict | { readonly outcome: 'baking'; readonly ms: number } | undefined {
  // Whoever is asked to do something after a write is asked when it has baked.
  const last = journal.findLast(({ state, step }) => state === 'written' || isManual(step));
  const { bakeMs } = last?.step ?? {};
  if (last === undefined || bakeMs === undefined) {
    return undefined;
  }
  const ms = Math.max(Date.parse(last.endedAt ?? ''), goesOnFrom?.getTime() ?? 0) + bakeMs - now.getTime();
  if (ms > 0) {
    return { outcome: 'baking', ms };
  }
  return servedVerdict(observed);
}

/** What is served now, held against the edge's limits; undefined if it has none. Pure. */
export function servedVerdict({ measured, edge }: ObservedEdge): BakeVerdict | undefined {
  const { minRequests, errorRateMax, latencyMaxMs } = edge.policy.evidence;
  const served = measured?.served === undefined ? undefined : [measured.served];
  const limits = {
    minRequests,
    ...(errorRateMax === undefined ? {} : { errorRateMax }),
    ...(latencyMaxMs === undefined ? {} : { latencyMaxMs }),
  };
  const isFree = errorRateMax === undefined && latencyMaxMs === undefined && minRequests === 0;
  return isFree ? undefined : judgeBake(served, limits);
}
