import type { Json } from '../domain/json.ts';
import { intentKey, type Intent } from '../intents/intent.ts';
import type { RowOperation, RowStore } from '../ports/row-store.ts';
import { auditKey, linkRecords, NO_AUDIT, type AuditEntry, type AuditTip } from '../records/audit.ts';
import { planKey, type Plan } from './plan.ts';

/** The right to write a channel, from `sending` until the write's outcome is known. Times are ISO 8601. */
export interface Lease {
  readonly owner: string;
  readonly until: string;
}

/** One row a target; every transition replaces it, so its version guards the whole partition. */
export interface Head {
  readonly schema: 1;
  readonly revision: number;
  readonly fence: number;
  readonly lease?: Lease;
  /** When a wake message that somebody has already sent will arrive. */
  readonly wakeAt?: string;
  readonly activePlan?: string;
  /** Digest of the plan that was refused or parked: not tried again until the intents ask for something else. */
  readonly refused?: string;
  /** Digests of the newest previews, so that the same one is recorded once. */
  readonly previews: Readonly<Record<string, string>>;
  readonly audit: AuditTip;
}

/** A target's rows as they were read together. */
export interface TargetState {
  readonly head: Head;
  /** Absent while the target has no rows. */
  readonly etag?: string;
  readonly intents: ReadonlyMap<string, Intent>;
}

/** What one transition changes; all of it is written, or nothing. */
export interface Transition {
  readonly head?: Partial<Head>;
  /** Members of the head to remove. */
  readonly clear?: readonly ('lease' | 'wakeAt' | 'activePlan')[];
  readonly intents?: readonly Intent[];
  readonly plan?: Plan;
  readonly audit?: readonly AuditEntry[];
}

export const HEAD = 'head';
const NEW_HEAD: Head = { schema: 1, revision: 0, fence: 0, previews: {}, audit: NO_AUDIT };

/** Reads and writes the rows of targets, one partition each. */
export class TargetRows {
  readonly #rows: RowStore;

  constructor(rows: RowStore) {
    this.#rows = rows;
  }

  async load(target: string): Promise<TargetState> {
    // The head is read first: if a transition slips in between, its intents are newer than the head and the next
    // write is refused, never the other way round.
    const head = await this.#rows.get(target, HEAD);
    const rows = await this.#rows.list(target, 'intent|');
    const intents = new Map(rows.map(({ rowKey, value }) => [rowKey, value as unknown as Intent]));
    return head === undefined
      ? { head: NEW_HEAD, intents }
      : { head: head.value as unknown as Head, etag: head.etag, intents };
  }

  async plan(target: string, id: string): Promise<Plan | undefined> {
    const row = await this.#rows.get(target, planKey(id));
    return row?.value as unknown as Plan | undefined;
  }

  /**
   * Writes one transition from `state`.
   * @returns the state after it.
   * @throws RowConflictError if anybody changed the target since `state` was read.
   */
  async save(target: string, state: TargetState, transition: Transition): Promise<TargetState> {
    const records = linkRecords(state.head.audit, transition.audit ?? []);
    const tip = records.at(-1);
    const merged: Head = {
      ...state.head,
      ...transition.head,
      revision: state.head.revision + 1,
      ...(tip === undefined ? {} : { audit: { seq: tip.seq, hash: tip.hash } }),
    };
    const head = Object.fromEntries(
      Object.entries(merged).filter(([key]) => !(transition.clear ?? []).some((gone) => gone === key)),
    ) as unknown as Head;
    const value = toJson(head);
    const operations: RowOperation[] = [
      state.etag === undefined
        ? { kind: 'insert', rowKey: HEAD, value }
        : { kind: 'replace', rowKey: HEAD, etag: state.etag, value },
      ...(transition.intents ?? []).map((intent) => put(intentKey(intent), intent)),
      ...(transition.plan === undefined ? [] : [put(planKey(transition.plan.id), transition.plan)]),
      ...records.map((record) => put(auditKey(record.seq), record)),
    ];
    const [etag = ''] = await this.#rows.transact(target, operations);
    const intents = new Map(state.intents);
    for (const intent of transition.intents ?? []) {
      intents.set(intentKey(intent), intent);
    }
    return { head, etag, intents };
  }
}

function put(rowKey: string, value: object): RowOperation {
  return { kind: 'put', rowKey, value: toJson(value) };
}

/** The same value without members that are undefined, which JSON cannot hold. */
function toJson(value: object): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}
