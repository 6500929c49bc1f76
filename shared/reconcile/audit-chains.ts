import type { RowStore } from '../ports/row-store.ts';
import { findAuditFault, type AuditRecord, type AuditTip } from '../records/audit.ts';
import { HEAD, type Head } from './target-rows.ts';

/** What was found about one target's chain of audit records. */
export interface ChainReport {
  readonly target: string;
  readonly records: number;
  /** The chain's newest link. */
  readonly tip: AuditTip;
  /** The first fault in words; absent if the chain is whole. */
  readonly fault?: string;
}

/** Readings of a target that somebody keeps writing to. */
const MAX_READINGS = 10;

/**
 * Checks the audit chains, target by target in key order.
 *
 * @param only - key of the one target to check; all that have rows if absent.
 * @throws StorageUnavailableError
 */
export async function* verifyChains(rows: RowStore, only?: string): AsyncGenerator<ChainReport> {
  for (const target of only === undefined ? await rows.partitionsWith(HEAD) : [only]) {
    yield await verifyChain(rows, target);
  }
}

async function verifyChain(rows: RowStore, target: string): Promise<ChainReport> {
  for (let reading = 1; ; reading += 1) {
    const before = await rows.get(target, HEAD);
    const records = (await rows.list(target, 'audit|')).map(({ value }) => value as unknown as AuditRecord);
    // Chain and tip belong together only if no transition came between the two reads.
    const isStill = before?.etag === (await rows.get(target, HEAD))?.etag;
    if (isStill || reading === MAX_READINGS) {
      const tip = tipOf(before?.value);
      const fault = isStill ? faultOf(records, tip) : 'the target kept changing while it was read';
      return {
        target,
        records: records.length,
        tip: tip ?? { seq: 0, hash: '' },
        ...(fault === undefined ? {} : { fault }),
      };
    }
  }
}

function tipOf(head: unknown): AuditTip | undefined {
  return (head as Partial<Head> | undefined)?.audit;
}

function faultOf(records: readonly AuditRecord[], tip: AuditTip | undefined): string | undefined {
  return tip === undefined ? 'the target has no head row' : findAuditFault(records, tip);
}
