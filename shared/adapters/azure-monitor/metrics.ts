import * as z from 'zod';

import type { ArmReader } from '../arm-reader.ts';

/** Whole minutes, in milliseconds since 1970; `to` is not part of it. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface MetricQuestion {
  /** `OriginRequestCount`: the name in the REST API. */
  readonly metric: string;
  readonly aggregation: 'average' | 'total' | 'maximum';
  /** Names of the dimensions to tell apart. */
  readonly dimensions: readonly string[];
  readonly span: Span;
}

/** Values of one combination of dimension values. */
export interface MetricSeries {
  /** Dimension's name and value, both in lower case: Azure does not keep to one spelling. */
  readonly dimensions: ReadonlyMap<string, string>;
  /** By start of the minute. A minute that is missing has no data, which is no zero. */
  readonly values: ReadonlyMap<number, number>;
}

export const MINUTE_MS = 60_000;

/** https://learn.microsoft.com/rest/api/monitor/metrics/list */
const API_VERSION = '2024-02-01';
/** Without `top` a filtered question is answered with ten series. */
const MAX_SERIES = 1_000;

const answer = z.object({
  value: z.array(
    z.object({
      name: z.object({ value: z.string() }),
      errorCode: z.string().optional(),
      timeseries: z
        .array(
          z.object({
            metadatavalues: z.array(z.object({ name: z.object({ value: z.string() }), value: z.string() })).optional(),
            data: z.array(z.looseObject({ timeStamp: z.string() })).optional(),
          }),
        )
        .optional(),
    }),
  ),
});

type Answer = z.infer<typeof answer>['value'][number];

/**
 * One metric of one resource, minute by minute, with a series for each combination of values of `dimensions`.
 *
 * @param resource - ARM id.
 * @returns undefined if the metric itself could not be told (its `errorCode`), or not in full.
 * @throws NotFoundError, RateLimitedError, UpstreamError.
 */
export async function readMetric(
  arm: ArmReader,
  resource: string,
  { metric, aggregation, dimensions, span }: MetricQuestion,
): Promise<readonly MetricSeries[] | undefined> {
  const { value } = await arm.get(`read metric ${metric}`, {
    resource,
    path: '/providers/Microsoft.Insights/metrics',
    query: {
      'api-version': API_VERSION,
      timespan: `${new Date(span.from).toISOString()}/${new Date(span.to).toISOString()}`,
      interval: 'PT1M',
      metricnames: metric,
      aggregation,
      ...(dimensions.length === 0
        ? {}
        : { $filter: dimensions.map((name) => `${name} eq '*'`).join(' and '), top: String(MAX_SERIES) }),
    },
    shape: answer,
  });
  // `localizedValue` is the language's, and the order of the answer is nobody's promise.
  const own = value.find(({ name }) => name.value.toLowerCase() === metric.toLowerCase());
  if (own?.errorCode !== 'Success') {
    return undefined;
  }
  const series = own.timeseries ?? [];
  return series.length < MAX_SERIES ? series.map((one) => toSeries(one, { aggregation, span })) : undefined;
}

type Told = NonNullable<Answer['timeseries']>[number];

function toSeries(
  { metadatavalues = [], data = [] }: Told,
  { aggregation, span }: Pick<MetricQuestion, 'aggregation' | 'span'>,
): MetricSeries {
  const values = data.flatMap((point) => {
    const at = Date.parse(point.timeStamp);
    const value = point[aggregation];
    const isData = typeof value === 'number' && Number.isFinite(value) && at >= span.from && at < span.to;
    return isData ? [[at, value] as const] : [];
  });
  return {
    dimensions: new Map(metadatavalues.map(({ name, value }) => [name.value.toLowerCase(), value.toLowerCase()])),
    values: new Map(values),
  };
}

/** The newest `count` whole minutes that are old enough to be told in full. Pure. */
export function wholeMinutes(now: Date, { lagMs, count }: { readonly lagMs: number; readonly count: number }): Span {
  const to = Math.floor((now.getTime() - lagMs) / MINUTE_MS) * MINUTE_MS;
  return { from: to - count * MINUTE_MS, to };
}

/**
 * Start of the newest minute in which every series that has any value has one: in a minute that came in part, what is
 * missing would look like a 0. Pure.
 */
export function newestFull(series: readonly MetricSeries[]): number | undefined {
  const [first, ...others] = series.filter(({ values }) => values.size > 0);
  const full = [...(first?.values.keys() ?? [])].filter((minute) => others.every(({ values }) => values.has(minute)));
  return full.length === 0 ? undefined : Math.max(...full);
}
