import type { Capacity } from '../../domain/traffic/capacity.ts';
import type { Heard } from '../../domain/traffic/evidence.ts';
import type { Origin } from '../../domain/traffic/origin.ts';
import type { TwinState } from '../../domain/traffic/twin.ts';
import { isServing, type Division } from '../../domain/traffic/serving.ts';
import { ReflexError } from '../../errors.ts';
import type { FleetEdge } from '../../fleet/model.ts';
import type { EdgeControl, EdgeRouting, EdgeState, OriginState } from '../../ports/edge-control.ts';
import type { EdgeReading, EdgeReadings, OriginReading } from '../../ports/edge-readings.ts';
import type { GateDocuments } from '../../ports/gate-documents.ts';
import type { JournalEntry } from '../../reconcile/plan.ts';
import type { Field } from '../../reconcile/target-kind.ts';
import type { Switches } from '../../reconcile/guards/switches.ts';
import { namedOrigins } from './removal/kept.ts';
import { inTiers } from './tiers.ts';

/** An edge as it was read: what the control plane says, and what is measured. */
export interface ObservedEdge {
  readonly edge: FleetEdge;
  readonly origins: readonly Origin[];
  readonly routing: EdgeRouting;
  /** Absent: there is no data, and nothing may be decided. */
  readonly measured?: Measured;
  /** Origins of the fleet that Azure does not have. */
  readonly missing: readonly string[];
  /** True while the control plane does not answer: nothing but gates can be moved. */
  readonly isBlind: boolean;
  /** True if its origins have gates. */
  readonly hasGates: boolean;
  /** False while a write of any origin, of the group that serves or the other, or of a route is running or queued. */
  readonly isTerminal: boolean;
  /** The group that does not serve, and the routes. */
  readonly twin?: TwinState<OriginState>;
  readonly switches: Switches;
  /** Origins whose traffic waits for people, by id. */
  readonly awaited?: readonly string[];
  /** Steps of people's, by id, whose evidence is true. */
  readonly proven?: readonly string[];
}

/** What is measured, by name of the origin where it is about one. */
export interface Measured {
  readonly division: Division;
  readonly capacity: ReadonlyMap<string, Capacity>;
  readonly readings: Readonly<Record<string, OriginReading>>;
  readonly served?: EdgeReading['served'];
  /** Since when requests were counted, in milliseconds since 1970. */
  readonly since?: EdgeReading['since'];
  readonly dnsAnswers?: EdgeReading['dnsAnswers'];
  readonly replicationLagMs?: number;
  readonly promotion?: EdgeReading['promotion'];
}

export interface EdgeReader {
  readonly edge: FleetEdge;
  readonly control: EdgeControl;
  readonly readings: EdgeReadings;
  readonly switches: () => Promise<Switches>;
  /** Gate documents; absent where the edge has none. */
  readonly gates?: GateDocuments;
  /** What the other edges put on the clusters that they share with this one, by the name of the cluster. */
  readonly burdens?: (edge: FleetEdge) => Promise<ReadonlyMap<string, number>>;
  /** Our own marks, for when nothing else is known. */
  readonly fields?: readonly Field[];
  /** What the plan has sent so far. */
  readonly journal?: readonly JournalEntry[];
  /** What the control plane said when it last answered. */
  readonly lastSeen?: (edge: FleetEdge) => Promise<EdgeState | undefined>;
  /** What was said of the regions of its origins. */
  readonly heard?: (edge: FleetEdge) => Promise<Heard>;
  /** Which of the steps that people are at have evidence that is true. */
  readonly proven?: () => Promise<readonly string[]>;
}

/**
 * Reads an edge. The names and regions of origins are the fleet's; an origin that only Azure knows is left alone, but
 * counts as serving.
 * @throws NotFoundError, RateLimitedError, UpstreamError
 */
export async function observeEdge(reader: EdgeReader): Promise<ObservedEdge> {
  const { readings, switches, gates } = reader;
  const [state, reading, switched, taken, shut, heard, proven] = await Promise.all([
    readState(reader),
    readings.read(reader.edge.id),
    switches(),
    reader.burdens?.(reader.edge) ?? new Map<string, number>(),
    gates === undefined ? NONE : shutNames(reader.edge, gates),
    reader.heard?.(reader.edge) ?? UNHEARD,
    reader.proven?.() ?? NONE,
  ]);
  const edge = withDelays(reader.edge, state.routing);
  const origins = inTiers(state)
    .map((origin) => toOrigin(origin, edge, reading))
    .map((origin) => asShut(origin, shut))
    .map((origin) => withHearsay(origin, heard, edge))
    .map((origin): Origin => (isComing(origin, state, reader) ? { ...origin, isComing: true } : origin));
  const known = new Set(state.origins.map(({ id }) => id));
  const { twin } = state;
  return {
    edge,
    origins: origins.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    routing: state.routing,
    missing: namedOrigins(edge)
      .filter(({ id }) => !known.has(id))
      .map(({ name }) => name),
    isBlind: state.isBlind === true,
    hasGates: gates !== undefined,
    isTerminal: [...state.origins, ...(twin?.held ?? []), ...(twin?.routes ?? [])].every(({ terminal }) => terminal),
    ...(twin === undefined ? {} : { twin }),
    switches: switched,
    ...(proven.length === 0 ? {} : { proven }),
    ...(reading === undefined ? {} : { measured: measuredOf(origins, reading, (name) => takenAt(edge, name, taken)) }),
  };
}

/** Few resolvers keep an answer for longer: https://unbound.docs.nlnetlabs.nl/en/latest/manpages/unbound.conf.html, `cache-max-ttl`. */
const LONGEST_TTL_MS = 86_400_000;

/**
 * A change does not show before resolvers have forgotten the last answer, whatever the fleet file says; a gate's not before
 * its probes have failed either.
 */
function withDelays(edge: FleetEdge, { ttlSeconds = 0, probe }: EdgeRouting): FleetEdge {
  const { bake } = edge.policy;
  const outAfterMs = edge.hasGates === true ? (probe?.outAfterSeconds ?? 0) * 1000 : 0;
  const shownMs = outAfterMs + Math.min(ttlSeconds * 1000, LONGEST_TTL_MS);
  return shownMs <= bake.propagationMs
    ? edge
    : { ...edge, policy: { ...edge.policy, bake: { ...bake, propagationMs: shownMs } } };
}

/** A write that lets an origin in shows in it at once, and still may fail. */
function isComing({ id, enabled }: Origin, { origins }: ReadState, { fields = [], journal = [] }: EdgeReader): boolean {
  const isTerminal = origins.find((one) => one.id === id)?.terminal !== false;
  const wasOut = fields.some(
    ({ subject, group, written }) => subject === id && group === 'enabled' && written['enabled'] === false,
  );
  const isLetIn = journal.some(
    ({ state, step }) =>
      OPEN.includes(state) && step.changes.some(({ subject, to }) => subject === id && to['enabled'] === true),
  );
  return enabled && !isTerminal && (wasOut || isLetIn);
}

/** States of a write whose end nobody knows. */
const OPEN: readonly JournalEntry['state'][] = ['sending', 'running', 'overtaken'];
const NONE: readonly string[] = [];

interface ReadState extends EdgeState {
  readonly isBlind?: true;
}

/**
 * The control plane's state; while it does not answer, and there are gates that work without it, what was seen last, or
 * what the fleet and our own marks say.
 */
async function readState({ edge, control, gates, fields = [], lastSeen }: EdgeReader): Promise<ReadState> {
  try {
    return await control.read(edge.id, edge.twin);
  } catch (error) {
    if (gates === undefined || !(error instanceof ReflexError) || !error.retryable) {
      throw error;
    }
    const seen = await lastSeen?.(edge);
    return { ...(seen ?? assumed(edge, fields)), isBlind: true };
  }
}

function assumed({ origins }: FleetEdge, fields: readonly Field[]): EdgeState {
  const marked = (subject: string, group: string): Field['written'] | undefined =>
    fields.find((field) => field.subject === subject && field.group === group)?.written;
  return {
    origins: origins.map(({ id }) => ({
      id,
      enabled: marked(id, 'enabled')?.['enabled'] !== false,
      weight: Number(marked(id, 'weight')?.['weight'] ?? 1),
      priority: 1,
      terminal: true,
    })),
    routing: { method: 'other', hasAffinity: false },
  };
}

/** Names of the origins whose gates are closed. */
async function shutNames(edge: FleetEdge, gates: GateDocuments): Promise<readonly string[]> {
  return (await gates.read(edge.id))?.document.closed ?? [];
}

function toOrigin(
  { id, enabled, weight, priority, monitor, hosts, hostHeaders }: OriginState,
  edge: FleetEdge,
  reading?: EdgeReading,
): Origin {
  const { name, region } = edge.origins.find((origin) => origin.id === id) ?? {
    name: id.split('/').at(-1) ?? '',
    region: '',
  };
  const probed = monitor === 'healthy' || monitor === 'unhealthy' ? monitor === 'healthy' : undefined;
  return {
    id,
    name,
    region,
    enabled,
    weight,
    priority,
    healthy: reading?.origins[name]?.healthy ?? probed,
    ...(monitor === 'always' ? { isAlwaysServed: true } : {}),
    ...(monitor === 'unhealthy' ? { isProbedSick: true } : {}),
    ...(hosts === undefined ? {} : { hosts }),
    ...(hostHeaders === undefined ? {} : { hostHeaders }),
  };
}

/** What the probes of a shut origin see is its gate. */
function asShut(origin: Origin, shut: readonly string[]): Origin {
  return shut.includes(origin.name) ? { ...origin, isShut: true, healthy: undefined } : origin;
}

const UNHEARD: Heard = { well: new Set(), bad: new Set() };

/**
 * What serves is as healthy as its probes say, and is marked where enough call it bad.
 *
 * Nobody probes what is disabled, Front Door and Traffic Manager alike, nor what is behind a shut gate: what was said of
 * its region counts. Metrics go on for minutes to show what the probes saw before, so whom enough call bad is sick
 * whatever they show. Of what has left the fleet nobody speaks any more: people alone bring it back, who answer for it.
 */
function withHearsay(origin: Origin, { well, bad }: Heard, { removed }: FleetEdge): Origin {
  const hasLeft = removed?.isWhole === true || removed?.origins.includes(origin.id) === true;
  const isBad = bad.has(origin.name) && !hasLeft;
  if (isServing(origin)) {
    return isBad ? { ...origin, isCalledBad: true } : origin;
  }
  if (isBad) {
    return { ...origin, healthy: false };
  }
  const isUnknown = origin.healthy === undefined && origin.isShut !== true;
  return isUnknown && (hasLeft || well.has(origin.name)) ? { ...origin, healthy: true, isHearsay: true } : origin;
}

/** What other edges already put on the cluster behind an origin. */
function takenAt({ origins }: FleetEdge, name: string, taken: ReadonlyMap<string, number>): number {
  const cluster = origins.find((origin) => origin.name === name)?.cluster;
  return cluster === undefined ? 0 : (taken.get(cluster) ?? 0);
}

function measuredOf(origins: readonly Origin[], reading: EdgeReading, takenBy: (name: string) => number): Measured {
  const { load, origins: readings, served, since, dnsAnswers, replicationLagMs, promotion } = reading;
  const all = origins.map(({ name }) => ({ name, ...readings[name] }));
  const own = all.flatMap(({ name, own: near }) => (near === undefined ? [] : [[name, near] as const]));
  const neighbour = all.flatMap(({ name, takesFrom = [] }) => takesFrom.map((from) => [from, name] as const));
  const division: Division =
    own.length === 0 ? { by: 'weight', load } : { by: 'latency', own: new Map(own), neighbour: new Map(neighbour) };
  return {
    division,
    capacity: new Map(
      all.flatMap(({ name, capacity }) =>
        capacity === undefined ? [] : [[name, { safe: capacity, taken: takenBy(name) }] as const],
      ),
    ),
    readings,
    ...(served === undefined ? {} : { served }),
    ...(since === undefined ? {} : { since }),
    ...(dnsAnswers === undefined ? {} : { dnsAnswers }),
    ...(replicationLagMs === undefined ? {} : { replicationLagMs }),
    ...(promotion === undefined ? {} : { promotion }),
  };
}
