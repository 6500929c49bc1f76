import type { Fleet, FleetEdge } from '../../fleet/model.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RowStore } from '../../ports/row-store.ts';
import { EDGES, keptKey, readKept, resolveEdge, type InForce } from '../../targets/edge/index.ts';

/** What tells the edges that are looked at: the fleet in force, and what is kept of those that have left it. */
export interface KnownFleetTools<Named extends Fleet = Fleet> {
  readonly rows: RowStore;
  readonly clock: Clock;
  readonly fleet: () => Promise<Named>;
  /** True if the deployment still lets an edge be written; everything may be if absent. */
  readonly isWritable?: InForce['isWritable'];
}

/**
 * The fleet in force together with what it no longer names and is still followed: edges and origins that are marked as
 * `removed`, and the clusters behind them. Edges that the fleet names come first.
 *
 * @throws StorageUnavailableError; whatever reading the fleet throws.
 */
export async function knownFleet<Named extends Fleet>({
  rows,
  clock,
  fleet,
  isWritable = always,
}: KnownFleetTools<Named>): Promise<Named> {
  const [named, stored] = await Promise.all([fleet(), rows.list(EDGES, 'kept|')]);
  const kept = stored.flatMap(({ value }) => readKept(value) ?? []);
  if (kept.length === 0) {
    return named;
  }
  const inForce = { revision: named.revision, now: clock.now(), isWritable };
  const keptOf = new Map(kept.map((one) => [one.edge.id, one]));
  const known = named.edges.map((edge) => resolveEdge(keptOf.get(edge.id), edge, inForce) ?? edge);
  const names = new Set(named.edges.map(({ id }) => id));
  const left = kept.filter(({ edge }) => !names.has(edge.id));
  const gone = left.flatMap((one) => resolveEdge(one, undefined, inForce) ?? []);
  const namedClusters = new Set(named.clusters.map(({ name }) => name));
  const others = kept.flatMap((one) => one.clusters).filter(({ name }) => !namedClusters.has(name));
  const clusters = new Map(others.toReversed().map((cluster) => [cluster.name, cluster]));
  return {
    ...named,
    edges: [...known, ...gone],
    clusters: [...named.clusters, ...[...clusters.values()].toReversed()],
  };
}

/**
 * One edge as `knownFleet` has it, by one row.
 *
 * @param id - ARM id, lower case.
 * @returns undefined if the fleet does not name it and nothing of it is followed.
 * @throws StorageUnavailableError; whatever reading the fleet throws.
 */
export async function knownEdge(
  id: string,
  { rows, clock, fleet, isWritable = always }: KnownFleetTools,
): Promise<FleetEdge | undefined> {
  const [{ edges, revision }, row] = await Promise.all([fleet(), rows.get(EDGES, keptKey(id))]);
  const named = edges.find((edge) => edge.id === id);
  return resolveEdge(readKept(row?.value), named, { revision, now: clock.now(), isWritable });
}

function always(): boolean {
  return true;
}
