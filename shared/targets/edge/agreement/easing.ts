import { partialWeight } from '../../../domain/traffic/partial.ts';
import type { Goal } from '../../../domain/traffic/moves.ts';
import type { Origin } from '../../../domain/traffic/origin.ts';
import { atGoals } from '../../../domain/traffic/walk.ts';
import type { SharesWish } from '../../../domain/traffic/wishes.ts';
import type { Intent } from '../../../intents/intent.ts';
import type { Situation } from '../../../reconcile/target-kind.ts';
import type { Measured, ObservedEdge } from '../observe.ts';
import { byWeakness } from './weakness.ts';

/** A healthy origin that stands by serves when those that are left cannot; nobody's drain or pin is overruled. Pure. */
export function withStandby(
  goals: ReadonlyMap<string, Goal>,
  origins: readonly Origin[],
  acting: readonly Intent[],
): ReadonlyMap<string, Goal> {
  const standby = origins.filter(
    ({ id, healthy, isCalledBad }) =>
      healthy === true &&
      isCalledBad !== true &&
      goals.get(id)?.enabled === false &&
      !acting.some(({ subject }) => subject === id),
  );
  return new Map([
    ...goals,
    ...standby.map(({ id, weight }) => [id, { enabled: true, weight, via: [], isUrgent: false }] as const),
  ]);
}

/**
 * As much of the traffic of what is drained as the others can take; undefined if that is nothing. Pure.
 *
 * It follows from what is wanted and from what stood there before, and not from what a part has made of it: else two
 * parts would make way for each other for ever. So only the strongest wish gets one, and where weights follow
 * capacity none beside another drain.
 *
 * A part that has been taken stays taken when more would fit: only all of it is worth another write. Where the others
 * can no longer carry it, as much of it as they have too much comes back.
 * @param wanted - all that is wanted, kept back or not.
 * @param fields - what we have written, and what stood there before.
 */
export function withPart(
  goals: ReadonlyMap<string, Goal>,
  { origins, edge }: ObservedEdge,
  { measured, wanted, fields }: Pick<Situation, 'fields'> & { readonly measured: Measured; readonly wanted: Wanted },
): ReadonlyMap<string, Goal> | undefined {
  const [origin, ...more] = origins.filter(({ id, enabled }) => enabled && goals.get(id)?.enabled === false);
  if (origin === undefined || more.length > 0) {
    return undefined;
  }
  const drains = byWeakness(wanted, origins).filter((intent) => isDrain(intent) && goals.has(intent.subject));
  const last = drains.findLast(({ subject }) => subject === origin.id || !isKeptOut(goals.get(subject)));
  const isBeside = drains.some(({ subject }) => subject !== origin.id && isKeptOut(goals.get(subject)));
  // A part is taken of what a drain asks for, of nothing that a person has pinned, and of nothing in a stronger one's place.
  if (last?.subject !== origin.id || last.kind === 'pin' || (isBeside && edge.policy.redistribute !== undefined)) {
    return undefined;
  }
  const mark = fields.find(({ subject, group }) => subject === origin.id && group === 'weight');
  const whole = shareOf(origin, wanted.acting) ?? Number(mark?.baseline['weight'] ?? origin.weight);
  const isTaken = mark !== undefined && origin.weight < whole;
  const least = partialWeight(
    atGoals(origins, goals).map((one) => (one.id === origin.id ? { ...origin, weight: whole } : one)),
    origin.name,
    { division: measured.division, capacity: measured.capacity, headroom: edge.policy.safety.headroom },
  );
  if (least === undefined || (!isTaken && least === origin.weight)) {
    return undefined;
  }
  const weight = isTaken ? Math.max(least, origin.weight) : least;
  return new Map([...goals, [origin.id, { enabled: true, weight, via: [], isUrgent: false }]]);
}

function isKeptOut(goal: Goal | undefined): boolean {
  return goal?.enabled === false || goal?.isShut === true;
}

type Wanted = Pick<Situation, 'acting' | 'leaving'>;

function isDrain({ kind, value }: Intent): boolean {
  return kind === 'out' || (kind === 'pin' && value['pinned'] === 'out');
}

/** What somebody wants of its weight. */
function shareOf({ id }: Origin, acting: readonly Intent[]): number | undefined {
  return acting
    .filter(({ kind }) => kind === 'shares')
    .map(({ value }) => (value as unknown as SharesWish).weights[id])
    .find((weight) => weight !== undefined);
}
