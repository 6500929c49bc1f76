/** How often a region may come and go before its return takes longer (RFC 2439). */
export interface Damping {
  /** Added each time the region turns bad. */
  readonly perFlap: number;
  /** The penalty halves in this time. */
  readonly halfLifeMs: number;
  /** Above this the return is held back. */
  readonly suppress: number;
  /** Below this it no longer is. */
  readonly reuse: number;
  /** Longest time that it is held back. */
  readonly maxSuppressMs: number;
}

/** A penalty as it stood at a time, in milliseconds since 1970. */
export interface Penalty {
  readonly points: number;
  readonly at: number;
  /** Until then the return is held back, once the penalty has come above `suppress`. */
  readonly suppressedUntil: number;
}

export const NO_PENALTY: Penalty = { points: 0, at: 0, suppressedUntil: 0 };

/** What is left of a penalty. Pure. */
export function penaltyAt(
  { points, at }: Pick<Penalty, 'points' | 'at'>,
  now: number,
  { halfLifeMs }: Pick<Damping, 'halfLifeMs'>,
): number {
  return points * 2 ** (-Math.max(0, now - at) / halfLifeMs);
}

/** The penalty after one more flap; capped, so that it is below `reuse` again after the longest time. Pure. */
export function afterFlap(penalty: Penalty, now: number, damping: Damping): Penalty {
  const { perFlap, suppress, reuse, maxSuppressMs, halfLifeMs } = damping;
  const most = reuse * 2 ** (maxSuppressMs / halfLifeMs);
  const points = Math.min(most, penaltyAt(penalty, now, damping) + perFlap);
  const heldMs = Math.ceil(halfLifeMs * Math.log2(points / reuse));
  return { points, at: now, suppressedUntil: points > suppress ? now + heldMs : penalty.suppressedUntil };
}

/** How long a return is held back from now on; 0 if it is not. Pure. */
export function suppressedMs({ suppressedUntil }: Penalty, now: number): number {
  return Math.max(0, suppressedUntil - now);
}
