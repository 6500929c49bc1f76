/** What an edge, or one origin, has served since a step took effect. */
export interface Served {
  readonly requests?: number;
  /** Share of failed requests, 0 to 1. */
  readonly errorRate?: number;
  /** How long its answers take, in milliseconds. */
  readonly latencyMs?: number;
}

export interface BakeLimits {
  readonly minRequests: number;
  readonly errorRateMax?: number;
  /** Of an answer, in milliseconds. */
  readonly latencyMaxMs?: number;
}

/** How a step has turned out: `inconclusive` is neither good nor bad, and a person must look. */
export interface BakeVerdict {
  readonly outcome: 'passed' | 'failed' | 'inconclusive';
  readonly reason: string;
}

/**
 * Judges a step by what was served since. Pure. Missing numbers are no proof of anything; too few requests neither.
 *
 * @param served - the whole edge first, then its receivers; absent where nothing could be read.
 */
export function judgeBake(
  served: readonly Served[] | undefined,
  { minRequests, errorRateMax, latencyMaxMs }: BakeLimits,
): BakeVerdict {
  if (served === undefined) {
    return { outcome: 'inconclusive', reason: 'no-data' };
  }
  const worst = Math.max(...served.map(({ errorRate = 0 }) => errorRate));
  const counts = served.flatMap(({ requests }) => requests ?? []);
  const requests = counts.length === 0 ? undefined : Math.max(...counts);
  if (minRequests > 0 && (requests === undefined || requests < minRequests)) {
    return { outcome: 'inconclusive', reason: `requests ${requests ?? 0}/${minRequests}` };
  }
  const latencies = served.flatMap(({ latencyMs }) => latencyMs ?? []);
  const slowest = Math.max(...latencies);
  if (errorRateMax !== undefined && worst > errorRateMax) {
    return { outcome: 'failed', reason: `error-rate ${worst} > ${errorRateMax}` };
  }
  if (latencyMaxMs !== undefined && slowest > latencyMaxMs) {
    return { outcome: 'failed', reason: `latency ${Math.round(slowest)} ms > ${latencyMaxMs} ms` };
  }
  const isUnknown =
    (errorRateMax !== undefined && served.every(({ errorRate }) => errorRate === undefined)) ||
    (latencyMaxMs !== undefined && latencies.length === 0);
  return isUnknown ? { outcome: 'inconclusive', reason: 'no-data' } : { outcome: 'passed', reason: 'within-limits' };
}
