import type { JsonObject } from '../../shared/domain/json.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import { merged, MINUTE_MS, minuteOf, type Meter, type MeterSeries, type Minute } from '../edge/meter.ts';
import { METRICS, type Aggregation, type Metric } from './metric-definitions.ts';
import { typeOf } from './resource-types.ts';

export interface LocalMetricsOptions {
  readonly meter: Meter;
  readonly clock: Clock;
  /** How late a minute's values can be read, in milliseconds; Front Door's come up to 3 minutes late. 0 if absent. */
  readonly lateMs?: number;
  /** Nodes of a cluster that are there, by its ARM id; undefined for a cluster without pools. */
  readonly readyNodes?: (cluster: string) => number | undefined;
}

/** Wanted values by dimension in lower case, `*` for any; all dimensions must meet theirs. */
type Filter = ReadonlyMap<string, readonly string[]>;

interface Query {
  /** Start of the first minute and end of the last, in milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  readonly aggregations: readonly Aggregation[];
  readonly filter: Filter;
  /** Series at most; the rest is not told. */
  readonly top: number;
}

/** What Azure Monitor refuses; its body is not wrapped in `error` as ARM's others are. */
class Refusal extends Error {}

/** Series in an answer to a question with `$filter` but without `top`. */
const DEFAULT_TOP = 10;
const AGGREGATIONS = ['Average', 'Total', 'Minimum', 'Maximum', 'Count'] as const;
const CLAUSE = /^\s*(\w+)\s+eq\s+'((?:[^']|'')*)'\s*$/i;

/**
 * Azure Monitor's `GET {resource}/providers/Microsoft.Insights/metrics` over what an edge has measured, minute by minute.
 *
 * A minute without values is a point without the aggregation, and a combination of dimension values without any minute
 * is not there.
 * @returns undefined for resources that have no metrics here.
 */
export function localMetrics(options: LocalMetricsOptions) {
  return (request: Request, id: string): Promise<Response | undefined> => {
    const known = METRICS[typeOf(id).toLowerCase()];
    return Promise.resolve(known === undefined ? undefined : answer(new URL(request.url), { id, known, options }));
  };
}

interface Asked {
  readonly id: string;
  readonly known: Readonly<Record<string, Metric>>;
  readonly options: LocalMetricsOptions;
}

function answer({ searchParams }: URL, { id, known, options }: Asked): Response {
  try {
    const metrics = metricsOf(searchParams.get('metricnames') ?? '', known);
    const query = queryOf(searchParams, metrics);
    const value = metrics.map(([name, metric]) => ({
      id: `${id}/providers/Microsoft.Insights/metrics/${name}`,
      type: 'Microsoft.Insights/metrics',
      name: { value: name, localizedValue: metric.localized },
      unit: metric.unit,
      timeseries: seriesOf(heldOf(id, name, { query, options }), metric, { query, options }),
      errorCode: 'Success',
    }));
    return Response.json({
      cost: Math.max(0, (query.to - query.from) / MINUTE_MS - 1) * metrics.length,
      timespan: `${timestamp(query.from)}/${timestamp(query.to)}`,
      interval: 'PT1M',
      namespace: typeOf(id),
      resourceregion: 'global',
      value,
    });
  } catch (error) {
    if (error instanceof Refusal) {
      return Response.json({ code: 'BadRequest', message: error.message }, { status: 400 });
    }
    throw error;
  }
}

/** Nodes are told as they are now, for any minute: what is there has been there. */
function heldOf(
  id: string,
  name: string,
  { query: { from, to }, options }: { readonly query: Query; readonly options: LocalMetricsOptions },
): readonly MeterSeries[] {
  const ready = options.readyNodes?.(id);
  if (ready === undefined || name !== 'kube_node_status_condition') {
    return options.meter.series(id, name);
  }
  const starts = Array.from({ length: Math.ceil((to - from) / MINUTE_MS) }, (_, index) => from + index * MINUTE_MS);
  return Object.entries({ true: ready, false: 0, unknown: 0 }).map(([status, total]): MeterSeries => {
    const minute: Minute = { count: Math.max(1, ready), total, minimum: 0, maximum: Math.min(1, total) };
    return { dimensions: { condition: 'Ready', status }, minutes: new Map(starts.map((at) => [at, minute])) };
  });
}

function metricsOf(names: string, known: Asked['known']): readonly (readonly [string, Metric])[] {
  return names.split(',').map((asked) => {
    const found = Object.entries(known).find(([name]) => name.toLowerCase() === asked.trim().toLowerCase());
    if (found === undefined) {
      throw new Refusal(
        `Failed to find metric configuration for ${asked}. Valid metrics: ${Object.keys(known).join(',')}`,
      );
    }
    return found;
  });
}

function queryOf(search: URLSearchParams, metrics: readonly (readonly [string, Metric])[]): Query {
  const [from = Number.NaN, to = Number.NaN] = (search.get('timespan') ?? '')
    .split('/')
    .map((text) => Date.parse(text));
  if (!(from < to)) {
    throw new Refusal('The timespan must be of the form start/end.');
  }
  if ((search.get('interval') ?? 'PT1M') !== 'PT1M') {
    throw new Refusal('Only the interval PT1M is answered here.');
  }
  const asked = search.get('aggregation')?.split(',') ?? metrics.map(([, { aggregation }]) => aggregation);
  const aggregations = AGGREGATIONS.filter((name) =>
    asked.some((one) => one.trim().toLowerCase() === name.toLowerCase()),
  );
  if (aggregations.length < new Set(asked).size) {
    throw new Refusal(`Invalid aggregation: ${asked.join(',')}`);
  }
  const text = search.get('$filter');
  const filter = text === null ? new Map<string, readonly string[]>() : filterOf(text);
  metrics.forEach(([name, metric]) => refuseUnknown(name, metric, filter));
  const top = Number(search.get('top') ?? DEFAULT_TOP);
  return { from: minuteOf(from), to, aggregations, filter, top: text === null ? 1 : top };
}

/** `Origin eq '*' and HttpStatusGroup eq '5XX' or HttpStatusGroup eq '4XX'`: `or` only joins values of one dimension. */
function filterOf(text: string): Filter {
  const clauses = text.split(/\s+(?:and|or)\s+/i).map((clause) => {
    const [, dimension = '', value = ''] = CLAUSE.exec(clause) ?? [];
    if (dimension === '') {
      throw new Refusal(`The filter is not valid: ${text}`);
    }
    return { dimension: dimension.toLowerCase(), value: value.replaceAll("''", "'").toLowerCase() };
  });
  return new Map(
    [...Map.groupBy(clauses, ({ dimension }) => dimension)].map(([name, all]) => [name, all.map(({ value }) => value)]),
  );
}

function refuseUnknown(name: string, { dimensions }: Metric, filter: Filter): void {
  const known = dimensions.map((dimension) => dimension.toLowerCase());
  if ([...filter.keys()].some((dimension) => !known.includes(dimension))) {
    const asked = [...filter.keys()].join(',');
    const supported = dimensions.join(',');
    throw new Refusal(
      `Metric: ${name} does not support requested dimension combination: ${asked}, supported ones are: ${supported}, TraceId: {0}`,
    );
  }
}

interface Combination {
  /** In the order of the filter. */
  readonly values: readonly (readonly [dimension: string, value: string])[];
  readonly minutes: ReadonlyMap<number, Minute>;
}

function seriesOf(
  held: readonly MeterSeries[],
  metric: Metric,
  { query, options }: { readonly query: Query; readonly options: LocalMetricsOptions },
): readonly JsonObject[] {
  const { lateMs = 0, clock } = options;
  const readable = Math.min(query.to, clock.now().getTime() - lateMs);
  return combined(held, query.filter)
    .map(({ values, minutes }) => {
      const shown = new Map([...minutes].filter(([at]) => at >= query.from && at + MINUTE_MS <= readable));
      return { values, minutes: shown };
    })
    .filter(({ minutes }) => minutes.size > 0)
    .slice(0, query.top)
    .map(({ values, minutes }) => ({
      metadatavalues: values.map(([name, value]) => ({ name: { value: name, localizedValue: name }, value })),
      data: points(minutes, query),
    }));
}

/** One series for each combination of the filter's dimensions; without a filter a single one. */
function combined(held: readonly MeterSeries[], filter: Filter): readonly Combination[] {
  const found = new Map<string, { values: Combination['values']; minutes: Map<number, Minute> }>();
  for (const { dimensions, minutes } of held) {
    const byName = new Map(Object.entries(dimensions).map(([name, value]) => [name.toLowerCase(), value]));
    const values = [...filter].map(([name]) => [name, byName.get(name) ?? ''] as const);
    if (!values.every(([name, value]) => meets(filter.get(name) ?? [], value))) {
      continue;
    }
    const key = JSON.stringify(values);
    const one = found.get(key) ?? { values, minutes: new Map<number, Minute>() };
    found.set(key, one);
    minutes.forEach((minute, at) => one.minutes.set(at, merged(one.minutes.get(at), minute)));
  }
  return [...found.values()];
}

function meets(wanted: readonly string[], value: string): boolean {
  return wanted.includes('*') || wanted.includes(value.toLowerCase());
}

function points(minutes: ReadonlyMap<number, Minute>, { from, to, aggregations }: Query): readonly JsonObject[] {
  const count = Math.ceil((to - from) / MINUTE_MS);
  return Array.from({ length: count }, (_, index) => {
    const at = from + index * MINUTE_MS;
    const minute = minutes.get(at);
    const values = minute === undefined ? [] : aggregations.map((name) => [name.toLowerCase(), valueOf(minute, name)]);
    return { timeStamp: timestamp(at), ...(Object.fromEntries(values) as JsonObject) };
  });
}

function valueOf({ count, total, minimum, maximum }: Minute, aggregation: Aggregation): number {
  return { Average: total / count, Total: total, Minimum: minimum, Maximum: maximum, Count: count }[aggregation];
}

/** `2026-09-14T04:55:00Z`. */
function timestamp(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
}
