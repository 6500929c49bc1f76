import { usable, type Capacity } from './capacity.ts';
import type { Goal } from './moves.ts';
import type { Origin } from './origin.ts';
import { weightsFor } from './weights.ts';

export interface Redistribution {
  readonly capacity: ReadonlyMap<string, Capacity>;
  /** Kept free, 0 to 1. */
  readonly headroom: number;
  /** What the weights add up to. */
  readonly total: number;
}

/**
 * Goals with which those that serve get traffic by what they can carry. Pure.
 * @param serving - those of them; where nothing is known of what one of them can carry, the goals stay.
 */
export function redistributed(
  serving: readonly Origin[],
  goals: ReadonlyMap<string, Goal>,
  { capacity, headroom, total }: Redistribution,
): ReadonlyMap<string, Goal> {
  const shares = serving
    .map(({ name, id }) => ({ id, name, share: usable(capacity.get(name), headroom) }))
    .filter(({ share }) => share > 0);
  if (shares.length < serving.length || shares.length === 0) {
    return goals;
  }
  const weights = weightsFor(shares, total);
  return new Map(
    [...goals].map(([id, goal]) => {
      const name = shares.find((share) => share.id === id)?.name;
      const weight = name === undefined ? undefined : weights.get(name);
      return [id, weight === undefined ? goal : { ...goal, weight }];
    }),
  );
}
