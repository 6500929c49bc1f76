import type { Fleet } from '../../fleet/model.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RowStore } from '../../ports/row-store.ts';
import { EDGES, readKept, resolveEdge, type InForce } from '../../targets/edge/index.ts';

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
  const known = named.edges.map(
    (edge) =>
      resolveEdge(
        kept.find((one) => one.edge.id === edge.id),
        edge,
        inForce,
      ) ?? edge,
  );
  const left = kept
    .filter(({ edge }) => !named.edges.some(({ id }) => id === edge.id))
    .flatMap((one) => resolveEdge(one, undefined, inForce) ?? []);
  const clusters = kept
    .flatMap((one) => one.clusters)
    .filter(({ name }, index, all) => all.findIndex((one) => one.name === name) === index)
    .filter(({ name }) => !named.clusters.some((one) => one.name === name));
  return { ...named, edges: [...known, ...left], clusters: [...named.clusters, ...clusters] };
}

function always(): boolean {
  return true;
}
