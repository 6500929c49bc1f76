import { jsonOf, type Json } from '../domain/json.ts';
import { intentKey, type Intent } from '../intents/intent.ts';
import type { RowOperation, RowStore } from '../ports/row-store.ts';
import { auditKey, linkRecords, NO_AUDIT, type AuditEntry, type AuditTip } from '../records/audit.ts';
import { knownIntentsOf, type KnownIntents } from './known-intents.ts';
import type { Repeats } from './guards/loop-guard.ts';
import { planKey, type Plan } from './plan.ts';
import { partitionOf, type FactRow, type Field, type TargetRef } from './target-kind.ts';

/** The right to write a channel, from `sending` until the write's outcome is known. Times are ISO 8601. */
export interface Lease {
  readonly owner: string;
  /** Key of the target that is being written. */
  readonly target: string;
  /** Until then only the owner goes on; afterwards whoever looks at that target. */
  readonly until: string;
}

/** What the head row keeps of one target of its partition. */
export interface Lane {
  /** When a wake message that somebody has already sent will arrive. */
  readonly wakeAt?: string;
  readonly activePlan?: string;
  /** Plans that are done and whose effect the data plane has still to show, oldest first. */
  readonly unproven?: readonly string[];
  /** End of the window in which new intents are gathered. */
  readonly gatherUntil?: string;
  /** What was refused or parked, by `refusalKey`: not tried again until it is asked for anew. */
  readonly refused?: string;
  /** When a service refused it, ISO 8601, where it is tried again after a while all the same. */
  readonly refusedAt?: string;
  /** The rule that keeps back what is to go back and what no intent is about, so that it is told once. */
  readonly kept?: string;
  /** The newest preview by mode, so that the same one is recorded once. */
  readonly previews: Readonly<Record<string, { readonly digest: string; readonly plan: string }>>;
  /** Baselines and last-written values of the field groups that we have touched and not yet brought back. */
  readonly fields: readonly Field[];
  /** When each subject was last written, ISO 8601. */
  readonly lastWrites?: Readonly<Record<string, string>>;
  /** When this hour's writes took effect, ISO 8601. */
  readonly recent?: readonly string[];
  /** What they have set, for the guard against loops. */
  readonly repeats?: Repeats;
}

/** One row a partition; every transition replaces it, so its version guards all rows of all its targets. */
export interface Head {
  readonly schema: 2;
  readonly revision: number;
  readonly fence: number;
  /** By write channel. */
  readonly leases: Readonly<Record<string, Lease>>;
  /** By target key. */
  readonly lanes: Readonly<Record<string, Lane>>;
  readonly audit: AuditTip;
}

/** A target's rows as they were read together. */
export interface TargetState {
  readonly head: Head;
  /** The target's own part of the head. */
  readonly lane: Lane;
  /** Absent while the partition has no rows. */
  readonly etag?: string;
  /** All intents of the partition, by row key. */
  readonly intents: ReadonlyMap<string, Intent>;
}

/** What one transition changes; all of it is written, or nothing. */
export interface Transition {
  readonly fence?: number;
  readonly lane?: Partial<Lane>;
  /** Members of the lane to remove. */
  readonly clear?: readonly ('wakeAt' | 'activePlan' | 'refused' | 'refusedAt' | 'kept' | 'gatherUntil' | 'unproven')[];
  /** Sets or, with undefined, removes the lease of a channel. */
  readonly lease?: { readonly channel: string; readonly lease: Lease | undefined };
  readonly intents?: readonly Intent[];
  readonly plan?: Plan;
  readonly facts?: readonly FactRow[];
  readonly audit?: readonly AuditEntry[];
}

export const HEAD = 'head';
const NEW_LANE: Lane = { previews: {}, fields: [] };
const NEW_HEAD: Head = { schema: 2, revision: 0, fence: 0, leases: {}, lanes: {}, audit: NO_AUDIT };

/** Reads and writes the rows of targets. */
export class TargetRows {
  readonly #rows: RowStore;
  readonly #known: KnownIntents;

  constructor(rows: RowStore) {
    this.#rows = rows;
    this.#known = knownIntentsOf(rows);
  }

  async load(target: TargetRef): Promise<TargetState> {
    const partition = partitionOf(target);
    // The head is read first: if a transition slips in between, its intents are newer than the head and the next
    // write is refused, never the other way round.
    const row = await this.#rows.get(partition, HEAD);
    const intents = await this.#intents(partition, row?.etag);
    const head = row === undefined ? NEW_HEAD : readHead(row.value, target.key);
    const state = { head, lane: head.lanes[target.key] ?? NEW_LANE, intents };
    return row === undefined ? state : { ...state, etag: row.etag };
  }

  async #intents(partition: string, etag: string | undefined): Promise<TargetState['intents']> {
    const known = etag === undefined ? undefined : this.#known.at(partition, etag);
    if (known !== undefined) {
      return known;
    }
    const rows = await this.#rows.list(partition, 'intent|');
    const intents = new Map(rows.map(({ rowKey, value }) => [rowKey, value as unknown as Intent]));
    if (etag !== undefined) {
      this.#known.keep(partition, etag, intents);
    }
    return intents;
  }

  async plan(target: TargetRef, id: string): Promise<Plan | undefined> {
    const row = await this.#rows.get(partitionOf(target), planKey(id));
    return row?.value as unknown as Plan | undefined;
  }

  /**
   * Writes one transition from `state`.
   * @returns the state after it.
   * @throws RowConflictError if anybody changed the partition since `state` was read.
   */
  async save(target: TargetRef, state: TargetState, transition: Transition): Promise<TargetState> {
    const records = linkRecords(state.head.audit, transition.audit ?? []);
    const lane = laneAfter(state.lane, transition);
    const head = headAfter(state.head, transition, { target: target.key, lane, tip: records.at(-1) });
    const value = jsonOf(head);
    const operations: RowOperation[] = [
      state.etag === undefined
        ? { kind: 'insert', rowKey: HEAD, value }
        : { kind: 'replace', rowKey: HEAD, etag: state.etag, value },
      ...(transition.intents ?? []).map((intent) => put(intentKey(intent), intent)),
      ...(transition.plan === undefined ? [] : [put(planKey(transition.plan.id), transition.plan)]),
      ...(transition.facts ?? []).map(({ rowKey, value: fact }) => put(rowKey, fact)),
      ...records.map((record) => put(auditKey(record.seq), record)),
    ];
    const [etag = ''] = await this.#rows.transact(partitionOf(target), operations);
    const intents = new Map(state.intents);
    for (const intent of transition.intents ?? []) {
      intents.set(intentKey(intent), intent);
    }
    this.#known.keep(partitionOf(target), etag, intents);
    return { head, lane, etag, intents };
  }
}

/**
 * Rows of schema 1 knew one target a partition and no lanes. What they say of a write that was under way is left behind:
 * the next look reads the target.
 */
function readHead(value: Json, target: string): Head {
  const head = value as unknown as Head | (Pick<Head, 'revision' | 'fence' | 'audit'> & { readonly schema: 1 });
  if (head.schema === 2) {
    return head;
  }
  const { revision, fence, audit } = head;
  return { ...NEW_HEAD, revision, fence, audit, lanes: { [target]: NEW_LANE } };
}

function laneAfter(before: Lane, { lane, clear = [] }: Transition): Lane {
  const members = Object.entries({ ...before, ...lane }).filter(([key]) => !clear.some((gone) => gone === key));
  return Object.fromEntries(members) as unknown as Lane;
}

function headAfter(
  before: Head,
  { fence = before.fence, lease }: Transition,
  { target, lane, tip }: { readonly target: string; readonly lane: Lane; readonly tip: AuditTip | undefined },
): Head {
  const others = Object.entries(before.leases).filter(([channel]) => channel !== lease?.channel);
  const leases = lease?.lease === undefined ? others : [...others, [lease.channel, lease.lease] as const];
  return {
    schema: 2,
    revision: before.revision + 1,
    fence,
    leases: lease === undefined ? before.leases : Object.fromEntries(leases),
    lanes: { ...before.lanes, [target]: lane },
    audit: tip === undefined ? before.audit : { seq: tip.seq, hash: tip.hash },
  };
}

function put(rowKey: string, value: object): RowOperation {
  return { kind: 'put', rowKey, value: jsonOf(value) };
}
