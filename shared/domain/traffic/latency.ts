/** How long answers take, in milliseconds; absent is not known. */
interface Latency {
  /** 95th percentile. */
  readonly p95Ms?: number;
  /** Mean, where no percentile is measured. */
  readonly averageMs?: number;
}

/** What is measured of one origin, as far as its answers are judged by it. */
export interface TimedOrigin extends Latency {
  readonly requestsPerMinute?: number;
}

/** Requests a minute below which the time of an answer is chance: a single slow one would be the mean. */
export const TIMED_REQUESTS = 10;

/** The percentile where one is measured, or the mean. Pure. */
function latencyOf({ p95Ms, averageMs }: Latency): number | undefined {
  return p95Ms ?? averageMs;
}

/** Latencies of those that have answered enough; how many is not known is few. Pure. */
export function knownLatencies(origins: readonly TimedOrigin[]): readonly number[] {
  return origins
    .filter(({ requestsPerMinute = 0 }) => requestsPerMinute >= TIMED_REQUESTS)
    .flatMap((origin) => latencyOf(origin) ?? []);
}
