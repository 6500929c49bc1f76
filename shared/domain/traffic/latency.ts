import type { OriginReading } from '../../ports/edge-readings.ts';

/** Requests a minute below which the time of an answer is chance: a single slow one would be the mean. */
export const TIMED_REQUESTS = 10;

/**
 * How long the answers of those take that have answered enough, in milliseconds: the percentile where one is measured, or
 * the mean. How many is not known is few. Pure.
 */
export function knownLatencies(origins: readonly OriginReading[]): readonly number[] {
  return origins
    .filter(({ requestsPerMinute = 0 }) => requestsPerMinute >= TIMED_REQUESTS)
    .flatMap(({ p95Ms, averageMs }) => p95Ms ?? averageMs ?? []);
}
