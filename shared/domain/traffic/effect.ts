/** What the data plane shows after a drain. */
export interface EffectReadings {
  /** Requests a minute that still arrive at what was drained; absent where that is not measured. */
  readonly drained: readonly number[];
  /** Requests a minute in all. */
  readonly total: number;
  /** Share of failed requests of the whole edge, 0 to 1. */
  readonly errorRate?: number;
}

/** `waiting`: the edge and its metrics are not there yet. */
export type Effect = 'waiting' | 'unknown' | 'effective' | 'not-effective';

export interface EffectLimits {
  readonly errorRateMax?: number;
  /** When the last write took effect at the control plane; milliseconds since 1970. */
  readonly writtenAt: number;
  /** How long until the edge has it and its metrics show it. */
  readonly settlesInMs: number;
  readonly now: number;
}

/** Share of the requests that may still reach a drained origin: sessions and resolvers that remember. */
const RESIDUE = 0.01;

/**
 * Whether a drain has taken effect where it counts. Pure. The control plane's word is no proof: Front Door never says
 * when its edges have a change.
 */
export function judgeEffect({ drained, total, errorRate }: EffectReadings, limits: EffectLimits): Effect {
  const { errorRateMax, writtenAt, settlesInMs, now } = limits;
  if (now < writtenAt + settlesInMs) {
    return 'waiting';
  }
  const isStillServed = drained.some((requests) => requests > total * RESIDUE);
  const isFailing = errorRateMax !== undefined && errorRate !== undefined && errorRate > errorRateMax;
  if (isStillServed || isFailing) {
    return 'not-effective';
  }
  return drained.length === 0 && errorRate === undefined ? 'unknown' : 'effective';
}
