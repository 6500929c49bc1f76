import type { Origin } from './origin.ts';
import { loadOf, type Division } from './serving.ts';

/** What an edge puts on the clusters behind its origins: requests a second, by the name of the cluster. */
export interface Burden {
  readonly schema: 1;
  readonly byCluster: Readonly<Record<string, number>>;
  /** Until then it is what a plan is expected to lead to, and no measurement replaces it. Milliseconds since 1970. */
  readonly expectedUntil?: number;
}

/** What an edge puts on clusters with its origins in this state. Pure. */
export function burdenOf(
  origins: readonly Origin[],
  division: Division,
  clusterOf: (name: string) => string | undefined,
): Readonly<Record<string, number>> {
  const sums = new Map<string, number>();
  for (const [name, load] of loadOf(origins, division)) {
    const cluster = clusterOf(name);
    if (cluster !== undefined) {
      sums.set(cluster, (sums.get(cluster) ?? 0) + load);
    }
  }
  return Object.fromEntries(sums);
}

/** The greater of two burdens, cluster by cluster: while traffic moves it may be at both ends. Pure. */
export function worstOf(
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const clusters = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...clusters].sort().map((name) => [name, Math.max(a[name] ?? 0, b[name] ?? 0)]));
}

/** The burden after a measurement: what a plan is expected to lead to stands until its time is over. Pure. */
export function afterMeasurement(known: Burden | undefined, measured: Burden['byCluster'], now: number): Burden {
  return known?.expectedUntil !== undefined && known.expectedUntil > now ? known : { schema: 1, byCluster: measured };
}

/** What others put on each cluster. Pure. */
export function sumOf(burdens: readonly Burden[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { byCluster } of burdens) {
    for (const [name, load] of Object.entries(byCluster)) {
      sums.set(name, (sums.get(name) ?? 0) + load);
    }
  }
  return sums;
}
