import { sha256 } from '../domain/digest.ts';
import type { JsonObject } from '../domain/json.ts';
import type { RowStore } from '../ports/row-store.ts';

/** How a signal ended: something was changed, was kept back, or was right already. `reason` is machine-readable. */
export interface Outcome {
  readonly outcome: 'acted' | 'held' | 'unchanged';
  readonly reason: string;
  readonly evidence?: JsonObject;
}

/** What happened to one signal. A record for people, never a lock: two deliveries may run at once. */
export interface LedgerRow extends Outcome {
  readonly schema: 1;
  readonly signal: string;
  readonly at: string;
  /** Blob with the decision record. */
  readonly record: string;
}

/** Spreads the ledger over partitions, so that a burst does not meet the limit of one (2,000 entities a second). */
export const LEDGER_PARTITIONS: readonly string[] = Array.from(
  { length: 256 },
  (_, index) => `ledger-${index.toString(16).padStart(2, '0')}`,
);

function partition(signal: string): string {
  return `ledger-${sha256(signal).slice(0, 2)}`;
}

/** Remembers what became of each signal. */
export class Ledger {
  readonly #rows: RowStore;

  constructor(rows: RowStore) {
    this.#rows = rows;
  }

  async find(signal: string): Promise<LedgerRow | undefined> {
    const row = await this.#rows.get(partition(signal), sha256(signal));
    return row?.value as unknown as LedgerRow | undefined;
  }

  async record(row: LedgerRow): Promise<void> {
    const { evidence, ...rest } = row;
    const value = { ...rest, ...(evidence === undefined ? {} : { evidence }) };
    await this.#rows.transact(partition(row.signal), [{ kind: 'put', rowKey: sha256(row.signal), value }]);
  }
}
