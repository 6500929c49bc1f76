import { usable, type CapacityQuestion } from './capacity.ts';
import { servingTier, type ServingOrigin } from './serving.ts';
import { MIN_WEIGHT } from './weights.ts';

/**
 * The least weight of an origin with which the others are not overloaded, or undefined if that is more than it has, if nobody
 * else serves, or if weights do not decide. Pure.
 */
export function partialWeight(
  origins: readonly ServingOrigin[],
  name: string,
  { division, capacity, headroom }: CapacityQuestion,
): number | undefined {
  const sick = origins.find((origin) => origin.name === name);
  if (division.by !== 'weight' || sick === undefined) {
    return undefined;
  }
  const others = servingTier(origins.filter((origin) => origin.name !== name));
  if (others.length === 0) {
    return undefined;
  }
  const sum = others.reduce((all, { weight }) => all + weight, 0);
  // load * w / (sum + x) <= room of each, for the weight x that stays.
  const needed = others.map(({ name: other, weight }) => {
    const room = usable(capacity.get(other), headroom);
    return room > 0 ? (division.load * weight) / room - sum : Infinity;
  });
  const least = Math.max(MIN_WEIGHT, Math.ceil(Math.max(...needed) - ROUNDING));
  return Number.isFinite(least) && least <= sick.weight ? least : undefined;
}

/** Binary fractions of whole numbers. */
const ROUNDING = 1e-9;
