import type { Goal } from '../../../domain/traffic/moves.ts';
import { redistributed } from '../../../domain/traffic/redistribute.ts';
import { isServing, servingTier } from '../../../domain/traffic/serving.ts';
import { atGoals } from '../../../domain/traffic/walk.ts';
import type { OutWish } from '../../../domain/traffic/wishes.ts';
import type { Intent } from '../../../intents/intent.ts';
import { subjectsOf } from '../../../intents/subjects.ts';
import type { Situation } from '../../../reconcile/target-kind.ts';
import { handSetWeights } from '../drift.ts';
import type { ObservedEdge } from '../observe.ts';

/** A ramp moves the traffic by weights of its own, and a drill gives back what it takes. */
function isAtOnce({ kind, value }: Intent): boolean {
  const { urgency, via = [] } = value as unknown as OutWish;
  return kind === 'out' && urgency !== 'drill' && via.length === 0;
}

/**
 * After a drain the weights of those that are left follow their capacity, where the edge's owner wants that. They are
 * worked out once for each drain: what stands there afterwards stays until the drains are over. Pure.
 *
 * @param undivided - goals with the weights that stood there before anything was divided; they do not change from one
 * step to the next as what stands there does, so that the last step is the last.
 */
export function goalsByCapacity(
  goals: ReadonlyMap<string, Goal>,
  observed: ObservedEdge,
  situation: Situation,
  undivided: ReadonlyMap<string, Goal> = goals,
): ReadonlyMap<string, Goal> {
  const { edge, origins, measured } = observed;
  const { acting, leaving, journal, fields } = situation;
  const wanted = new Set(acting.filter(isAtOnce).map(({ subject }) => subject));
  const drained = [...goals]
    .filter(([id, { enabled, isShut, isUrgent }]) => (!enabled || isShut === true) && (isUrgent || wanted.has(id)))
    .map(([id]) => id);
  // Where the nearest origin gets all, weights divide nothing.
  const isDivisible = measured?.division.by === 'weight';
  if (edge.policy.redistribute === undefined || drained.length === 0 || !isDivisible) {
    return goals;
  }
  // What people or a slow region want of a weight is not overruled, nor what somebody has set by hand where ours stood,
  // and what has left the fleet goes to its baseline.
  const shared = new Set([
    ...acting.filter(({ kind }) => kind === 'shares').flatMap(subjectsOf),
    ...handSetWeights(origins, situation).map(({ subject }) => subject),
    ...(edge.removed?.origins ?? []),
    // Half a way back goes on from where it is, or waits there for people to say so.
    ...fields
      .filter(({ isPart }) => isPart)
      .map(({ subject }) => subject)
      .filter((id) => leaving.some(({ subject }) => subject === id)),
  ]);
  const isDone = origins.every((origin) => !drained.includes(origin.id) || !isServing(origin));
  // Only the plan that drains divides anew: another one beside it finds what stands there.
  const isOwn = journal.some(({ step }) => step.changes.some(({ subject }) => drained.includes(subject)));
  if (isDone && !isOwn) {
    const ours = new Set(fields.filter(({ group }) => group === 'weight').map(({ subject }) => subject));
    const stays = origins.filter(({ id }) => ours.has(id) && !shared.has(id));
    return new Map(
      [...goals].map(([id, goal]) => {
        const weight = stays.find((origin) => origin.id === id)?.weight;
        return [id, weight === undefined ? goal : { ...goal, weight }];
      }),
    );
  }
  const { weightTotal: total, safety } = edge.policy;
  const serving = servingTier(atGoals(origins, goals));
  const before = serving.reduce((sum, { id, weight }) => sum + (undivided.get(id)?.weight ?? weight), 0);
  const byCapacity = redistributed(serving, goals, {
    capacity: measured.capacity,
    headroom: safety.headroom,
    total: total ?? before,
  });
  return new Map([...byCapacity].map(([id, goal]) => [id, shared.has(id) ? (goals.get(id) ?? goal) : goal]));
}
