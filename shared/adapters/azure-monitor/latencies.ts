import type { MetricSeries } from './metrics.ts';
import type { OriginLabels } from './origin-labels.ts';
import type { Requests } from './requests.ts';

/** Mean times of an answer, in milliseconds. */
export interface Latencies {
  /** By id of the origin; one of which none is known is not there. */
  readonly byOrigin: ReadonlyMap<string, number>;
  /** Of all requests whose time is known. */
  readonly all: number | undefined;
}

interface Timed {
  readonly origin: string;
  readonly ms: number;
  readonly count: number;
}

/**
 * Means of `OriginLatency` by `Origin`, each minute's average weighted by the requests of that minute: the average of
 * averages of a quiet minute and a busy one would be neither's. Minutes without requests, and origins that the metrics
 * do not tell apart, say nothing.
 */
export function meanLatencies(
  series: readonly MetricSeries[],
  labels: OriginLabels,
  requests: Requests['byOrigin'],
): Latencies {
  const timed = series.flatMap(({ dimensions, values }) => {
    const [origin, other] = labels.get(dimensions.get('origin') ?? '') ?? [];
    return origin === undefined || other !== undefined
      ? []
      : [...values].map(([minute, ms]): Timed => ({
          origin,
          ms,
          count: requests.get(origin)?.counts.get(minute) ?? 0,
        }));
  });
  const byOrigin = [...Map.groupBy(timed, ({ origin }) => origin)].flatMap(([origin, own]) => {
    const mean = meanOf(own);
    return mean === undefined ? [] : [[origin, mean] as const];
  });
  return { byOrigin: new Map(byOrigin), all: meanOf(timed) };
}

function meanOf(timed: readonly Timed[]): number | undefined {
  const count = timed.reduce((all, one) => all + one.count, 0);
  return count === 0 ? undefined : timed.reduce((all, one) => all + one.ms * one.count, 0) / count;
}
