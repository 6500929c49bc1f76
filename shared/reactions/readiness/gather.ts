import { evidenceKey, NO_EVIDENCE, type EdgeEvidence } from '../../domain/traffic/evidence.ts';
import type { OutWish } from '../../domain/traffic/wishes.ts';
import { ReflexError } from '../../errors.ts';
import type { FleetEdge } from '../../fleet/model.ts';
import { intentKey } from '../../intents/intent.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RowStore } from '../../ports/row-store.ts';
import { isStopped } from '../../reconcile/guards/kill-switch.ts';
import type { Plan } from '../../reconcile/plan.ts';
import { readSwitches } from '../../reconcile/guards/switches.ts';
import { partitionOf, type TargetRef } from '../../reconcile/target-kind.ts';
import { TargetRows, type TargetState } from '../../reconcile/target-rows.ts';
import type { AuditRecord } from '../../records/audit.ts';
import type { PoolGrowth, ProbeSettings, ReadinessFacts, ScopeAccess, SeenEdge } from './schema.ts';

/** What the facts are read through. */
export interface ReadinessPorts {
  /** Of the fleet that is in force. */
  readonly edges: () => Promise<readonly FleetEdge[]>;
  readonly target: (edge: FleetEdge) => TargetRef;
  /** Control plane and measurements: `observe` of the edge target. @throws ReflexError */
  readonly observe: (edge: FleetEdge) => Promise<SeenEdge>;
  /** @returns undefined where nobody can tell. @throws ReflexError */
  readonly probe: (edge: FleetEdge) => Promise<ProbeSettings | undefined>;
  /** Routes that lead to the edge; undefined where the service has none. @throws ReflexError */
  readonly routes: (edge: FleetEdge) => Promise<readonly string[] | undefined>;
  /** What the clusters behind it could carry with more nodes; empty where none of them may get any. Never throws a ReflexError. */
  readonly growth: (edge: FleetEdge) => Promise<readonly PoolGrowth[]>;
  /** What our identity may do of what a failover of it needs. Never throws a ReflexError. */
  readonly access: (edge: FleetEdge) => Promise<readonly ScopeAccess[]>;
  readonly rows: RowStore;
  readonly clock: Clock;
}

/**
 * Gathers what the checks of an edge ask for. Changes nothing.
 * @throws StorageUnavailableError: without the rows nothing can be said. What Azure refuses is a fact, and is not thrown.
 */
export async function gatherEdge(edge: FleetEdge, ports: ReadinessPorts): Promise<ReadinessFacts> {
  const { rows, clock } = ports;
  const target = ports.target(edge);
  const partition = partitionOf(target);
  const [seen, probe, routes, stopped, switches, state, known, growth, access] = await Promise.all([
    refusedInWords(ports.observe(edge)),
    refusedInWords(ports.probe(edge)),
    refusedInWords(ports.routes(edge)),
    isStopped(rows),
    readSwitches(rows),
    new TargetRows(rows).load(target),
    rows.get(partition, evidenceKey(edge.id)),
    ports.growth(edge),
    ports.access(edge),
  ]);
  const lastDrillAt = newest(await drillWrites(rows, partition, drillsOf(edge, state)));
  const lastWriteAt = newest(Object.values(state.lane.lastWrites ?? {}));
  const deniedAt = newest(await denials(rows, partition, edge));
  return {
    now: clock.now().getTime(),
    policy: edge.policy,
    seen,
    growth,
    access,
    isStopped: stopped,
    switches,
    intents: [...state.intents.values()].filter((intent) => intent.state !== 'closed' && isOf(edge, intent.subject)),
    fields: state.lane.fields,
    evidence: { ...NO_EVIDENCE, ...(known?.value as unknown as EdgeEvidence | undefined) },
    ...(probe === undefined || typeof probe === 'string' ? {} : { probe }),
    ...(routes === undefined || typeof routes === 'string' ? {} : { routes }),
    ...(lastDrillAt === undefined ? {} : { lastDrillAt }),
    ...(lastWriteAt === undefined ? {} : { lastWriteAt }),
    ...(deniedAt === undefined ? {} : { deniedAt }),
  };
}

/** What a service refuses is an answer too. */
async function refusedInWords<T>(answer: Promise<T>): Promise<T | string> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ReflexError) {
      return error.message;
    }
    throw error;
  }
}

function isOf({ id }: FleetEdge, subject: unknown): boolean {
  return typeof subject === 'string' && (subject === id || subject.startsWith(`${id}/`));
}

/** Keys of the intents of drills, which stay as tombstones when they are over. */
function drillsOf(edge: FleetEdge, { intents }: TargetState): ReadonlySet<string> {
  const drills = [...intents.values()].filter(
    ({ kind, value, subject }) =>
      kind === 'out' && (value as unknown as OutWish).urgency === 'drill' && isOf(edge, subject),
  );
  return new Set(drills.map(intentKey));
}

/** A drill counts when it has written something. */
async function drillWrites(rows: RowStore, partition: string, drills: ReadonlySet<string>): Promise<readonly string[]> {
  if (drills.size === 0) {
    return [];
  }
  const plans = (await rows.list(partition, 'plan|')).map(({ value }) => value as unknown as Plan);
  return plans
    .filter(({ serves }) => serves.some(({ key }) => drills.has(key)))
    .flatMap(({ journal }) => journal)
    .flatMap(({ state, endedAt }) => (state === 'written' && endedAt !== undefined ? [endedAt] : []));
}

/** Writes that were refused; an edge that may not be read is another check's matter. */
async function denials(rows: RowStore, partition: string, edge: FleetEdge): Promise<readonly string[]> {
  const records = (await rows.list(partition, 'audit|')).map(({ value }) => value as unknown as AuditRecord);
  return records
    .filter(({ facts }) => isOf(edge, facts['subject']) || isOf(edge, facts['edge']))
    .filter(({ facts }) =>
      [facts['reason'], facts['note']].some((said) => typeof said === 'string' && said.startsWith('authorization:')),
    )
    .map(({ at }) => at);
}

/** The newest of several times in ISO 8601, in milliseconds since 1970. */
function newest(times: readonly string[]): number | undefined {
  const last = times.toSorted().at(-1);
  return last === undefined ? undefined : Date.parse(last);
}
