import type { Goal } from '../../domain/traffic/moves.ts';
import type { Origin } from '../../domain/traffic/origin.ts';
import { redistributed } from '../../domain/traffic/redistribute.ts';
import { atGoals } from '../../domain/traffic/walk.ts';
import type { Situation } from '../../reconcile/target-kind.ts';
import type { Folded } from './fold.ts';
import type { ObservedEdge } from './observe.ts';

/** After a drain the weights of those that are left follow their capacity, where the edge's owner wants that. Pure. */
export function redistributedGoals(
  { goals }: Folded,
  observed: ObservedEdge,
  { journal, fields }: Situation,
): ReadonlyMap<string, Goal> {
  const { edge, origins, measured } = observed;
  const drained = [...goals]
    .filter(([, { enabled, isShut, isUrgent }]) => (!enabled || isShut === true) && isUrgent)
    .map(([id]) => id);
  if (edge.policy.redistribute === undefined || drained.length === 0 || measured === undefined) {
    return goals;
  }
  if (journal.length === 0 && fields.some(({ group }) => group === 'weight')) {
    // Done once: what the capacity is by now moves nothing, and neither does what the weights were before.
    return withLiveWeights(goals, origins);
  }
  return redistributed(atGoals(origins, goals), goals, {
    capacity: measured.capacity,
    headroom: edge.policy.safety.headroom,
    ...(edge.policy.weightTotal === undefined ? {} : { total: edge.policy.weightTotal }),
  });
}

/** What serves keeps the weight that it has. */
function withLiveWeights(goals: ReadonlyMap<string, Goal>, origins: readonly Origin[]): ReadonlyMap<string, Goal> {
  const serving = origins.filter(({ id, enabled }) => enabled && goals.get(id)?.enabled === true);
  const live = new Map(serving.map(({ id, weight }) => [id, weight]));
  return new Map([...goals].map(([id, goal]) => [id, { ...goal, weight: live.get(id) ?? goal.weight }]));
}
