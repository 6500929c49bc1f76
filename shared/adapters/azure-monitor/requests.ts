import type { MetricSeries } from './metrics.ts';
import type { OriginLabels } from './origin-labels.ts';

/** Requests by the metrics' name of an origin, then by start of the minute; what has no data is not there. */
export type Counts = ReadonlyMap<string, ReadonlyMap<number, number>>;

/** What an origin group's origins have answered in a window. */
export interface Requests {
  /** Requests a second of all. */
  readonly load: number;
  readonly total: number;
  readonly failed: number;
  /** By id of the origin; one that got nothing is not there. */
  readonly byOrigin: ReadonlyMap<string, { readonly perMinute: number; readonly errorRate?: number }>;
  readonly counts: Counts;
}

/**
 * Adds up `OriginRequestCount` by `Origin` and `HttpStatusGroup`. Failures are the group `5XX`: a client's mistake says
 * nothing of an origin.
 *
 * Minutes in which nothing at all was reported do not count as quiet ones: rates are over the minutes with data.
 * @param labels - ids of the group's origins by the metrics' name of them; other groups' origins are left out.
 * @returns undefined if no minute has data (no traffic and no metrics look the same), or if requests cannot be told
 *   apart: a load without them would be too small.
 */
export function countRequests(series: readonly MetricSeries[], labels: OriginLabels): Requests | undefined {
  const points = series.flatMap(({ dimensions, values }) => {
    const label = dimensions.get('origin') ?? '';
    const [origin, other] = labels.get(label) ?? [];
    const group = dimensions.get('httpstatusgroup');
    const isClear = other === undefined && group !== undefined;
    return origin === undefined
      ? []
      : [...values].map(([minute, count]) => ({
          label,
          origin,
          isClear,
          minute,
          count,
          failed: group === '5xx' ? count : 0,
        }));
  });
  const minutes = new Set(points.map(({ minute }) => minute)).size;
  if (minutes === 0 || points.some(({ isClear }) => !isClear)) {
    return undefined;
  }
  const all = sum(points);
  const byOrigin = [...Map.groupBy(points, ({ origin }) => origin)].map(([origin, own]) => {
    const { total, failed } = sum(own);
    const rate = total === 0 ? {} : { errorRate: failed / total };
    return [origin, { perMinute: total / minutes, ...rate }] as const;
  });
  const counts = [...Map.groupBy(points, ({ label }) => label)].map(([label, own]) => {
    const perMinute = [...Map.groupBy(own, ({ minute }) => minute)];
    return [label, new Map(perMinute.map(([minute, some]) => [minute, sum(some).total]))] as const;
  });
  return { load: all.total / (minutes * 60), ...all, byOrigin: new Map(byOrigin), counts: new Map(counts) };
}

function sum(points: readonly { readonly count: number; readonly failed: number }[]) {
  return {
    total: points.reduce((all, { count }) => all + count, 0),
    failed: points.reduce((all, { failed }) => all + failed, 0),
  };
}
