import { RowConflictError } from '../../errors.ts';
import type { Json } from '../../domain/json.ts';
import type { Row, RowOperation, RowStore } from '../../ports/row-store.ts';
import { assertRowKey, assertTransaction, encodeRowValue } from '../row-limits.ts';

interface StoredRow {
  readonly etag: string;
  readonly text: string;
  /** Parsed at the first read: whoever lists the same rows again and again would parse them each time. */
  value?: Json;
}

/** RowStore in memory. Values are copied by way of text and frozen, so that nobody changes a row by changing an object. */
export class InMemoryRowStore implements RowStore {
  readonly #partitions = new Map<string, Map<string, StoredRow>>();
  #version = 0;

  async get(partition: string, rowKey: string): Promise<Row | undefined> {
    await Promise.resolve();
    assertRowKey(partition);
    assertRowKey(rowKey);
    const stored = this.#partitions.get(partition)?.get(rowKey);
    return stored === undefined ? undefined : toRow(rowKey, stored);
  }

  async list(partition: string, prefix: string): Promise<readonly Row[]> {
    await Promise.resolve();
    assertRowKey(partition);
    return [...(this.#partitions.get(partition) ?? [])]
      .filter(([rowKey]) => rowKey.startsWith(prefix))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([rowKey, stored]) => toRow(rowKey, stored));
  }

  async partitionsWith(rowKey: string): Promise<readonly string[]> {
    await Promise.resolve();
    assertRowKey(rowKey);
    return [...this.#partitions].flatMap(([partition, rows]) => (rows.has(rowKey) ? [partition] : [])).sort();
  }

  async transact(partition: string, operations: readonly RowOperation[]): Promise<readonly string[]> {
    await Promise.resolve();
    assertTransaction(partition, operations);
    const rows = this.#partitions.get(partition) ?? new Map<string, StoredRow>();
    for (const operation of operations) {
      assertHolds(operation, rows.get(operation.rowKey));
    }
    const writes = operations.map((operation) => this.#write(operation));
    operations.forEach(({ rowKey }, index) => {
      const stored = writes[index];
      if (stored === undefined) {
        rows.delete(rowKey);
      } else {
        rows.set(rowKey, stored);
      }
    });
    this.#partitions.set(partition, rows);
    return writes.map((stored) => stored?.etag ?? '');
  }

  #write(operation: RowOperation): StoredRow | undefined {
    if (operation.kind === 'delete') {
      return undefined;
    }
    this.#version += 1;
    return { etag: `"${this.#version}"`, text: encodeRowValue(operation.value) };
  }
}

function assertHolds(operation: RowOperation, stored: StoredRow | undefined): void {
  const holds =
    operation.kind === 'put' || (operation.kind === 'insert' ? stored === undefined : stored?.etag === operation.etag);
  if (!holds) {
    throw new RowConflictError(`${operation.kind} ${operation.rowKey}: the row was changed by somebody else`);
  }
}

function toRow(rowKey: string, stored: StoredRow): Row {
  stored.value ??= JSON.parse(stored.text, (_key, value: Json) => Object.freeze(value)) as Json;
  return { rowKey, etag: stored.etag, value: stored.value };
}
