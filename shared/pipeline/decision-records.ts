import { sha256 } from '../domain/digest.ts';
import type { BlobStore } from '../ports/blob-store.ts';
import type { Outcome } from '../records/ledger.ts';

/** Why a signal ended as it did: the facts that were read, the choice, the intents. */
export interface DecisionRecord {
  readonly signal: string;
  readonly type: string;
  readonly at: string;
  readonly via: string;
  readonly outcome: Outcome;
  readonly explained: object;
}

/** Stores a decision record; the name comes from the signal, so that a redelivery replaces its own record. */
export async function recordDecision(record: DecisionRecord, blobs: BlobStore): Promise<string> {
  const name = `decisions/${sha256(record.signal)}.json`;
  await blobs.put(name, new TextEncoder().encode(`${JSON.stringify(record, null, 2)}\n`), 'any');
  return name;
}
