/**
 * What the data plane shows after traffic was moved. Requests are those of a minute; where an edge only answers names, its
 * DNS answers stand for them.
 */
export interface EffectReadings {
  /** What still arrives at what was drained; absent where that is not measured. */
  readonly drained: readonly number[];
  /** What arrives at what was brought back. */
  readonly returned?: readonly number[];
  /** Requests a minute in all. */
  readonly total: number;
  /** Share of failed requests of the whole edge, 0 to 1. */
  readonly errorRate?: number;
  /** How long the slowest of those that serve takes to answer, in milliseconds. */
  readonly latencyMs?: number;
  /** When the public host was last answered by what was drained, in milliseconds since 1970. */
  readonly answeredAt?: number;
  /** Since when requests were counted, in milliseconds since 1970; absent: just now. */
  readonly since?: number;
  /** What is counted are DNS answers: whoever got one goes by it until it expires. */
  readonly isKept?: boolean;
}

/** `waiting`: the edge and its metrics are not there yet. */
export type Effect = 'waiting' | 'unknown' | 'effective' | 'not-effective';

export interface EffectLimits {
  readonly errorRateMax?: number;
  readonly latencyMaxMs?: number;
  /** When the last write took effect at the control plane; milliseconds since 1970. */
  readonly writtenAt: number;
  /** How long until the edge has it. */
  readonly propagationMs: number;
  /** How long until its metrics show it. */
  readonly metricLagMs: number;
  readonly now: number;
}

/** Requests are counted over so many whole minutes: one minute of a small service is too few. */
export const COUNTED_MINUTES = 5;
const MINUTE_MS = 60_000;

/**
 * The longest time from a write to a verdict on its effect, in milliseconds: the edge has it, then as much is counted as
 * a verdict takes, in whole minutes, then its metrics show it. Pure.
 */
export function settlesMs({ propagationMs, metricLagMs }: Pick<EffectLimits, 'propagationMs' | 'metricLagMs'>): number {
  return propagationMs + (COUNTED_MINUTES + 1) * MINUTE_MS + metricLagMs;
}

/** Share of the requests that may still reach a drained origin: sessions and resolvers that remember. */
const RESIDUE = 0.01;

/** Of fewer DNS answers a single one would be more than the residue, and that there is none would be chance. */
export const LEAST_ANSWERS = 1 / RESIDUE;

/**
 * Whether a move of traffic has taken effect where it counts. Pure. The control plane's word is no proof: Front Door
 * never says when its edges have a change.
 *
 * It is proven as soon as all that was counted came after the write, and disproven only by what was counted after the
 * time that the edge may take: before that old and new requests are counted together. DNS answers prove it only when
 * whatever was answered before them has expired, which is part of the time that the edge may take.
 */
export function judgeEffect(readings: EffectReadings, limits: EffectLimits): Effect {
  const { drained, returned = [], total, errorRate, latencyMs, since, answeredAt, isKept } = readings;
  const { errorRateMax, latencyMaxMs, writtenAt, propagationMs, metricLagMs, now } = limits;
  const isStillServed = drained.some((requests) => requests > total * RESIDUE);
  const isFailing = errorRateMax !== undefined && errorRate !== undefined && errorRate > errorRateMax;
  const isSlow = latencyMaxMs !== undefined && latencyMs !== undefined && latencyMs > latencyMaxMs;
  const isTimed = latencyMaxMs === undefined || latencyMs !== undefined;
  const isAnswering = answeredAt !== undefined && answeredAt >= Math.max(since ?? 0, writtenAt + propagationMs);
  const isForgotten = isKept !== true || now >= (since ?? now) + propagationMs;
  const isBad = isStillServed || isFailing || isSlow || isAnswering;
  const isMoved = drained.length + returned.length > 0 && total > 0 && returned.every((requests) => requests > 0);
  const isUnseen = answeredAt === undefined || answeredAt < (since ?? 0);
  if (since !== undefined && since >= writtenAt && isMoved && isForgotten && isUnseen && isTimed && !isBad) {
    return 'effective';
  }
  // What is measured at the instant of a write is from before it.
  const isSoon = now <= writtenAt || now < writtenAt + propagationMs + metricLagMs;
  if (isSoon || (since !== undefined && since < writtenAt + propagationMs)) {
    return 'waiting';
  }
  if (isBad) {
    return 'not-effective';
  }
  if (!isForgotten) {
    return 'waiting';
  }
  // That nobody asks for what is back may be chance.
  const isSeen = drained.length > 0 || returned.length > 0 || errorRate !== undefined || latencyMs !== undefined;
  const isCounted = isKept !== true || total > 0;
  return isSeen && isCounted && isTimed && returned.every((requests) => requests > 0) ? 'effective' : 'unknown';
}
