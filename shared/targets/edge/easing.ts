import { partialWeight } from '../../domain/traffic/partial.ts';
import type { Goal } from '../../domain/traffic/moves.ts';
import type { Origin } from '../../domain/traffic/origin.ts';
import type { SharesWish } from '../../domain/traffic/wishes.ts';
import type { Intent } from '../../intents/intent.ts';
import type { Situation } from '../../reconcile/target-kind.ts';
import type { Measured, ObservedEdge } from './observe.ts';

/** A healthy origin that stands by serves when those that are left cannot; nobody's drain or pin is overruled. Pure. */
export function withStandby(
  goals: ReadonlyMap<string, Goal>,
  origins: readonly Origin[],
  acting: readonly Intent[],
): ReadonlyMap<string, Goal> {
  const standby = origins.filter(
    ({ id, healthy }) =>
      healthy === true && goals.get(id)?.enabled === false && !acting.some(({ subject }) => subject === id),
  );
  return new Map([
    ...goals,
    ...standby.map(({ id, weight }) => [id, { enabled: true, weight, via: [], isUrgent: false }] as const),
  ]);
}

/**
 * As much of the traffic of what is drained as the others can take; undefined if that is nothing. Pure.
 *
 * A part that has been taken stays taken when more would fit: only all of it is worth another write. Where the others
 * can no longer carry it, as much of it as they have too much comes back.
 * @param fields - what we have written, and what stood there before.
 */
export function withPart(
  goals: ReadonlyMap<string, Goal>,
  { origins, edge }: ObservedEdge,
  { measured, acting, fields }: Pick<Situation, 'acting' | 'fields'> & { readonly measured: Measured },
): ReadonlyMap<string, Goal> | undefined {
  const drained = new Set(acting.filter(({ kind }) => kind === 'out').map(({ subject }) => subject));
  const [origin, ...more] = origins.filter(({ id, enabled }) => enabled && goals.get(id)?.enabled === false);
  if (origin === undefined || more.length > 0 || !drained.has(origin.id)) {
    return undefined;
  }
  const mark = fields.find(({ subject, group }) => subject === origin.id && group === 'weight');
  const whole = shareOf(origin, acting) ?? Number(mark?.baseline['weight'] ?? origin.weight);
  const isTaken = mark !== undefined && origin.weight < whole;
  const least = partialWeight(
    origins.map((one) => (one === origin ? { ...one, weight: whole } : one)),
    origin.name,
    { division: measured.division, capacity: measured.capacity, headroom: edge.policy.safety.headroom },
  );
  if (least === undefined || (!isTaken && least === origin.weight)) {
    return undefined;
  }
  const weight = isTaken ? Math.max(least, origin.weight) : least;
  return new Map([...goals, [origin.id, { enabled: true, weight, via: [], isUrgent: false }]]);
}

/** What somebody wants of its weight. */
function shareOf({ id }: Origin, acting: readonly Intent[]): number | undefined {
  return acting
    .filter(({ kind }) => kind === 'shares')
    .map(({ value }) => (value as unknown as SharesWish).weights[id])
    .find((weight) => weight !== undefined);
}
