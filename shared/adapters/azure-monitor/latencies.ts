import type { MetricSeries } from './metrics.ts';
import type { OriginLabels } from './origin-labels.ts';
import type { Counts } from './requests.ts';

interface Timed {
  readonly origin: string;
  readonly ms: number;
  readonly count: number;
}

/**
 * Means of `OriginLatency` by `Origin`, each minute's average weighted by the requests of that minute and of that name:
 * an origin has a name for each of its ports, and the average of averages of a quiet minute and a busy one would be
 * neither's. Minutes without requests, and origins that the metrics do not tell apart, say nothing.
 *
 * @param counts - requests by the metrics' name of the origin.
 * @returns milliseconds by id of the origin; one of which none is known is not there.
 */
export function meanLatencies(
  series: readonly MetricSeries[],
  labels: OriginLabels,
  counts: Counts,
): ReadonlyMap<string, number> {
  const timed = series.flatMap(({ dimensions, values }) => {
    const label = dimensions.get('origin') ?? '';
    const [origin, other] = labels.get(label) ?? [];
    return origin === undefined || other !== undefined
      ? []
      : [...values].map(([minute, ms]): Timed => ({ origin, ms, count: counts.get(label)?.get(minute) ?? 0 }));
  });
  return new Map(
    [...Map.groupBy(timed, ({ origin }) => origin)].flatMap(([origin, own]) => {
      const mean = meanOf(own);
      return mean === undefined ? [] : [[origin, mean] as const];
    }),
  );
}

function meanOf(timed: readonly Timed[]): number | undefined {
  const count = timed.reduce((all, one) => all + one.count, 0);
  return count === 0 ? undefined : timed.reduce((all, one) => all + one.ms * one.count, 0) / count;
}
