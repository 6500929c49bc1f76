import { digestOf } from '../domain/digest.ts';
import type { JsonObject } from '../domain/json.ts';

/** Tip of a target's chain: the sequence number and hash of its newest record; `seq` 0 before the first. */
export interface AuditTip {
  readonly seq: number;
  readonly hash: string;
}

/** What may happen to a target; `page-over`: what people were called about is over, `problem` names the record. */
export const AUDIT_KINDS = [
  ...([
    'intent-opened',
    'acted',
    'unchanged',
    'held',
    'proposed',
    'observed',
    'refused',
    'paged',
    'page-over',
  ] as const),
  ...(['approved', 'confirmed', 'rejected', 'paused', 'resumed', 'cancelled'] as const),
  ...(['plan-ended', 'plan-effective', 'intent-released'] as const),
] as const;

/** What happened to a target. `acted` has evidence, the others a reason. `at` is ISO 8601. */
export interface AuditEntry {
  readonly kind: (typeof AUDIT_KINDS)[number];
  readonly at: string;
  readonly facts: JsonObject;
}

/** One link: `hash` covers everything else, `previous` is the hash of record `seq - 1`. */
export interface AuditRecord extends AuditEntry {
  readonly schema: 1;
  readonly seq: number;
  readonly previous: string;
  readonly hash: string;
}

/** What a chain starts from. */
export const NO_AUDIT: AuditTip = { seq: 0, hash: '' };

/** Row key of record `seq`: 12 digits, so that key order is chain order. */
export function auditKey(seq: number): string {
  return `audit|${String(seq).padStart(12, '0')}`;
}

/** Links `entries` to a chain's tip, in order. Pure. */
export function linkRecords(tip: AuditTip, entries: readonly AuditEntry[]): readonly AuditRecord[] {
  const records: AuditRecord[] = [];
  let last = tip;
  for (const entry of entries) {
    const open = { ...entry, schema: 1 as const, seq: last.seq + 1, previous: last.hash };
    last = { seq: open.seq, hash: digestOf(open) };
    records.push({ ...open, hash: last.hash });
  }
  return records;
}

/**
 * Checks a whole chain, oldest record first.
 * @returns undefined if it is whole and ends at `tip`, else the first fault in words.
 */
export function findAuditFault(records: readonly AuditRecord[], tip: AuditTip): string | undefined {
  let last = NO_AUDIT;
  for (const { hash, ...open } of records) {
    if (open.seq !== last.seq + 1) {
      return `record ${last.seq + 1} is missing (found ${open.seq})`;
    }
    if (open.previous !== last.hash) {
      return `record ${open.seq} does not follow from record ${last.seq}`;
    }
    if (digestOf(open) !== hash) {
      return `record ${open.seq} was changed after it was written`;
    }
    last = { seq: open.seq, hash };
  }
  return last.seq === tip.seq && last.hash === tip.hash
    ? undefined
    : `the chain ends at record ${last.seq}, the target's head at record ${tip.seq}`;
}
