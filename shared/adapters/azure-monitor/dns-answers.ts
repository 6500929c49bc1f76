import { LEAST_ANSWERS } from '../../domain/traffic/effect.ts';
import { MINUTE_MS, type MetricSeries, type Span } from './metrics.ts';

/** How often a Traffic Manager profile has named its endpoints to whoever asked for its own name. */
export interface DnsAnswers {
  /** Of all endpoints together. */
  readonly count: number;
  /** Start of the first minute that was counted, in milliseconds since 1970. */
  readonly since: number;
  /** Answers a minute by the metrics' name of the endpoint; one that was never named is not there. */
  readonly byEndpoint: ReadonlyMap<string, number>;
}

/** In a single minute a series that comes late would look like an endpoint that nobody was sent to. */
const LEAST_MINUTES = 2;

/**
 * Adds up `QpsByEndpoint` by `EndpointName`, which for all its name is a count and no rate: as few of the newest minutes
 * as tell anything, so that a busy profile is judged sooner than a quiet one.
 *
 * Minutes in which nothing at all was reported do not count as quiet ones: rates are over the minutes with data.
 * @returns undefined if no minute has data: a profile that nobody asks and one without metrics look the same.
 */
export function countDnsAnswers(series: readonly MetricSeries[], { from, to }: Span): DnsAnswers | undefined {
  const points = series.flatMap(({ dimensions, values }) =>
    [...values].map(([minute, count]) => ({ endpoint: dimensions.get('endpointname') ?? '', minute, count })),
  );
  const countSince = (start: number): number =>
    points.reduce((sum, { minute, count }) => sum + (minute >= start ? count : 0), 0);
  let since = to - LEAST_MINUTES * MINUTE_MS;
  while (since > from && countSince(since) < LEAST_ANSWERS) {
    since -= MINUTE_MS;
  }
  const counted = points.filter(({ minute, count }) => minute >= since && count > 0);
  const minutes = new Set(counted.map(({ minute }) => minute)).size;
  const byEndpoint = [...Map.groupBy(counted, ({ endpoint }) => endpoint)].map(
    ([endpoint, own]) => [endpoint, own.reduce((sum, { count }) => sum + count, 0) / minutes] as const,
  );
  return minutes === 0 ? undefined : { count: countSince(since), since, byEndpoint: new Map(byEndpoint) };
}
