import { partialWeight } from '../../domain/traffic/partial.ts';
import type { Goal } from '../../domain/traffic/moves.ts';
import type { Origin } from '../../domain/traffic/origin.ts';
import type { Intent } from '../../intents/intent.ts';
import type { Field } from '../../reconcile/target-kind.ts';
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
 * As much of the traffic of what goes out as the others can take; undefined if that is nothing. Pure.
 *
 * @param fields - what we have written: a part that has been taken already stays taken.
 */
export function withPart(
  goals: ReadonlyMap<string, Goal>,
  { origins, edge }: ObservedEdge,
  { measured, fields }: { readonly measured: Measured; readonly fields: readonly Field[] },
): ReadonlyMap<string, Goal> | undefined {
  const out = origins.filter(({ id, enabled }) => enabled && goals.get(id)?.enabled === false);
  const [origin] = out;
  if (origin === undefined || out.length > 1) {
    return undefined;
  }
  const question = { division: measured.division, capacity: measured.capacity, headroom: edge.policy.safety.headroom };
  const weight = partialWeight(origins, origin.name, question);
  const isTaken = fields.some(({ subject, group }) => subject === origin.id && group === 'weight');
  return weight === undefined || (weight === origin.weight && !isTaken)
    ? undefined
    : new Map([...goals, [origin.id, { enabled: true, weight, via: [], isUrgent: false }]]);
}
