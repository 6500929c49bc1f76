/** An origin as the edge sees it: what decides who serves, and how much. */
export interface ServingOrigin {
  readonly name: string;
  readonly enabled: boolean;
  /** True while its gate answers probes with 503: it is on its way out, whatever the probes say yet. */
  readonly isShut?: boolean;
  /** True while the write that lets it in has not ended: the control plane shows it enabled, and may take that back. */
  readonly isComing?: boolean;
  /** What the probes say; undefined where that is not known, which is never taken for healthy. */
  readonly healthy: boolean | undefined;
  /** 1 is asked first. */
  readonly priority: number;
  /** 1 to 1000. */
  readonly weight: number;
}

/** How the edge divides requests among the origins of the serving tier. */
export type Division =
  /** By weight. */
  | { readonly by: 'weight'; readonly load: number }
  /** By latency: each origin has the requests that are near it, and its neighbour takes them when it does not serve. */
  | {
      readonly by: 'latency';
      /** Requests a second that are nearest to each origin. */
      readonly own: ReadonlyMap<string, number>;
      /** Who takes the requests of whom; absent: any one of the others may get them all. */
      readonly neighbour: ReadonlyMap<string, string>;
    };

/** True if neither the control plane nor a gate keeps requests from it, for certain. Pure. */
export function isServing({
  enabled,
  isShut,
  isComing,
}: Pick<ServingOrigin, 'enabled' | 'isShut' | 'isComing'>): boolean {
  return enabled && isShut !== true && isComing !== true;
}

/**
 * The origins that get requests: enabled, healthy, of the lowest priority number among those. Pure.
 *
 * @see https://learn.microsoft.com/azure/frontdoor/routing-methods
 */
export function servingTier<Origin extends ServingOrigin>(origins: readonly Origin[]): readonly Origin[] {
  const able = origins.filter((origin) => isServing(origin) && origin.healthy === true);
  const tier = Math.min(...able.map(({ priority }) => priority));
  return able.filter(({ priority }) => priority === tier);
}

/**
 * Requests a second that each serving origin gets, in the worst case where the edge does not say which. Pure.
 * @returns an entry for each origin of the serving tier.
 */
export function loadOf(origins: readonly ServingOrigin[], division: Division): ReadonlyMap<string, number> {
  const tier = servingTier(origins);
  if (division.by === 'weight') {
    const sum = tier.reduce((all, { weight }) => all + weight, 0);
    return new Map(tier.map(({ name, weight }) => [name, (division.load * weight) / sum]));
  }
  const { own, neighbour } = division;
  const serves = new Set(tier.map(({ name }) => name));
  const homeless = [...own].filter(([name]) => !serves.has(name));
  return new Map(
    tier.map(({ name }) => {
      const spilled = homeless.filter(([from]) => takes(name, from, { neighbour, serves }));
      return [name, (own.get(name) ?? 0) + spilled.reduce((sum, [, load]) => sum + load, 0)];
    }),
  );
}

/** True if an origin may get the requests of another that does not serve. */
function takes(
  name: string,
  from: string,
  { neighbour, serves }: { readonly neighbour: ReadonlyMap<string, string>; readonly serves: ReadonlySet<string> },
): boolean {
  const next = neighbour.get(from);
  return next === undefined || !serves.has(next) ? true : next === name;
}
