import type { Capacity } from '../../domain/traffic/capacity.ts';
import type { Origin } from '../../domain/traffic/origin.ts';
import type { Division } from '../../domain/traffic/serving.ts';
import type { FleetEdge } from '../../fleet/model.ts';
import type { EdgeControl, EdgeRouting, OriginState } from '../../ports/edge-control.ts';
import type { EdgeReading, EdgeReadings, OriginReading } from '../../ports/edge-readings.ts';
import type { Switches } from '../../reconcile/switches.ts';

/** An edge as it was read: what the control plane says, and what is measured. */
export interface ObservedEdge {
  readonly edge: FleetEdge;
  readonly origins: readonly Origin[];
  readonly routing: EdgeRouting;
  /** Absent: there is no data, and nothing may be decided. */
  readonly measured?: Measured;
  /** Origins of the fleet that Azure does not have. */
  readonly missing: readonly string[];
  /** False while a write of any origin is running or queued. */
  readonly isTerminal: boolean;
  readonly switches: Switches;
}

/** What is measured, by name of the origin where it is about one. */
export interface Measured {
  readonly division: Division;
  readonly capacity: ReadonlyMap<string, Capacity>;
  readonly readings: Readonly<Record<string, OriginReading>>;
  readonly served?: EdgeReading['served'];
  readonly replicationLagMs?: number;
  readonly promotion?: EdgeReading['promotion'];
}

export interface EdgeReader {
  readonly edge: FleetEdge;
  readonly control: EdgeControl;
  readonly readings: EdgeReadings;
  readonly switches: () => Promise<Switches>;
}

/**
 * Reads an edge. The names and regions of origins are the fleet's; an origin that only Azure knows is left alone, but
 * counts as serving.
 * @throws NotFoundError, RateLimitedError, UpstreamError
 */
export async function observeEdge({ edge, control, readings, switches }: EdgeReader): Promise<ObservedEdge> {
  const [state, reading, switched] = await Promise.all([control.read(edge.id), readings.read(edge.id), switches()]);
  const origins = state.origins.map((origin) => toOrigin(origin, edge, reading));
  const known = new Set(state.origins.map(({ id }) => id));
  return {
    edge,
    origins: origins.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    routing: state.routing,
    missing: edge.origins.filter(({ id }) => !known.has(id)).map(({ name }) => name),
    isTerminal: state.origins.every(({ terminal }) => terminal),
    switches: switched,
    ...(reading === undefined ? {} : { measured: measuredOf(origins, reading) }),
  };
}

function toOrigin(
  { id, enabled, weight, priority, monitor }: OriginState,
  edge: FleetEdge,
  reading?: EdgeReading,
): Origin {
  const { name, region } = edge.origins.find((origin) => origin.id === id) ?? {
    name: id.split('/').at(-1) ?? '',
    region: '',
  };
  const probed = monitor === 'healthy' || monitor === 'unhealthy' ? monitor === 'healthy' : undefined;
  return { id, name, region, enabled, weight, priority, healthy: reading?.origins[name]?.healthy ?? probed };
}

function measuredOf(origins: readonly Origin[], reading: EdgeReading): Measured {
  const { load, origins: readings, served, replicationLagMs, promotion } = reading;
  const all = origins.map(({ name }) => ({ name, ...readings[name] }));
  const own = all.flatMap(({ name, own: near }) => (near === undefined ? [] : [[name, near] as const]));
  const neighbour = all.flatMap(({ name, takesFrom = [] }) => takesFrom.map((from) => [from, name] as const));
  const division: Division =
    own.length === 0 ? { by: 'weight', load } : { by: 'latency', own: new Map(own), neighbour: new Map(neighbour) };
  return {
    division,
    capacity: new Map(
      all.flatMap(({ name, capacity }) =>
        capacity === undefined ? [] : [[name, { safe: capacity, taken: 0 }] as const],
      ),
    ),
    readings,
    ...(served === undefined ? {} : { served }),
    ...(replicationLagMs === undefined ? {} : { replicationLagMs }),
    ...(promotion === undefined ? {} : { promotion }),
  };
}
