/** Values of one minute, put together in every way that Azure Monitor aggregates. */
export interface Minute {
  readonly count: number;
  readonly total: number;
  readonly minimum: number;
  readonly maximum: number;
}

/** One metric of a resource, for one combination of dimension values. */
export interface MeterSeries {
  readonly dimensions: Readonly<Record<string, string>>;
  /** By start of the minute, in milliseconds since 1970. */
  readonly minutes: ReadonlyMap<number, Minute>;
}

export const MINUTE_MS = 60_000;

/** Start of the minute that holds `at`. */
export function minuteOf(at: number): number {
  return Math.floor(at / MINUTE_MS) * MINUTE_MS;
}

/** Two minutes' values as one; either may be missing, which adds nothing. */
export function merged(a: Minute | undefined, b: Minute): Minute {
  return a === undefined
    ? b
    : {
        count: a.count + b.count,
        total: a.total + b.total,
        minimum: Math.min(a.minimum, b.minimum),
        maximum: Math.max(a.maximum, b.maximum),
      };
}

interface Held {
  readonly dimensions: Readonly<Record<string, string>>;
  readonly minutes: Map<number, Minute>;
}

/** What an edge has measured, by resource, metric and minute. A minute in which nothing happened is not there. */
export class Meter {
  readonly #series = new Map<string, Map<string, Held>>();

  /** @param metric - Azure Monitor's name of it. @param at - milliseconds since 1970. */
  record(resource: string, metric: string, dimensions: Readonly<Record<string, string>>, value: number, at: number) {
    const key = `${resource.toLowerCase()} ${metric.toLowerCase()}`;
    const held = this.#series.get(key) ?? new Map<string, Held>();
    this.#series.set(key, held);
    const combination = JSON.stringify(dimensions);
    const one = held.get(combination) ?? { dimensions, minutes: new Map<number, Minute>() };
    held.set(combination, one);
    const minute = minuteOf(at);
    const values = { count: 1, total: value, minimum: value, maximum: value };
    one.minutes.set(minute, merged(one.minutes.get(minute), values));
  }

  series(resource: string, metric: string): readonly MeterSeries[] {
    return [...(this.#series.get(`${resource.toLowerCase()} ${metric.toLowerCase()}`)?.values() ?? [])];
  }
}
