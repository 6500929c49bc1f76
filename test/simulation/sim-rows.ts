import { RowConflictError } from '../../shared/errors.ts';
import type { Json } from '../../shared/domain/json.ts';
import type { Row, RowOperation, RowStore } from '../../shared/ports/row-store.ts';

interface Stored {
  readonly etag: string;
  readonly value: Json;
}

type Partitions = ReadonlyMap<string, ReadonlyMap<string, Stored>>;

/** All rows at one time. */
export type RowsSnapshot = Partitions;

const NEWS = /^(?:plan|intent|audit|command)\|/;

/** Rows that can be looked at between two calls, kept, and put back as they were. Values are frozen. */
export class SimRows implements RowStore {
  #partitions: Partitions = new Map();
  #version = 0;
  #news = 0;

  /** Grows with every write. */
  get version(): number {
    return this.#version;
  }

  /** Grows with every write of more than what was measured. */
  get news(): number {
    return this.#news;
  }

  async get(partition: string, rowKey: string): Promise<Row | undefined> {
    await Promise.resolve();
    return this.peek(partition, rowKey);
  }

  async list(partition: string, prefix: string): Promise<readonly Row[]> {
    await Promise.resolve();
    return this.peekAll(partition, prefix);
  }

  async partitionsWith(rowKey: string): Promise<readonly string[]> {
    await Promise.resolve();
    return [...this.#partitions].flatMap(([partition, rows]) => (rows.has(rowKey) ? [partition] : [])).sort();
  }

  async transact(partition: string, operations: readonly RowOperation[]): Promise<readonly string[]> {
    await Promise.resolve();
    const rows = new Map(this.#partitions.get(partition));
    for (const operation of operations) {
      const stored = rows.get(operation.rowKey);
      const { kind, rowKey } = operation;
      const holds = kind === 'put' || (kind === 'insert' ? stored === undefined : stored?.etag === operation.etag);
      if (!holds) {
        throw new RowConflictError(`${kind} ${rowKey}: the row was changed by somebody else`);
      }
    }
    this.#news += operations.some(({ rowKey }) => NEWS.test(rowKey)) ? 1 : 0;
    const etags = operations.map((operation) => this.#apply(rows, operation));
    this.#partitions = new Map([...this.#partitions, [partition, rows]]);
    return etags;
  }

  /** As `get`, at once. */
  peek(partition: string, rowKey: string): Row | undefined {
    const stored = this.#partitions.get(partition)?.get(rowKey);
    return stored === undefined ? undefined : toRow(rowKey, stored);
  }

  /** As `list`, at once. */
  peekAll(partition: string, prefix: string): readonly Row[] {
    return [...(this.#partitions.get(partition) ?? [])]
      .filter(([rowKey]) => rowKey.startsWith(prefix))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([rowKey, stored]) => toRow(rowKey, stored));
  }

  snapshot(): RowsSnapshot {
    return this.#partitions;
  }

  /** Puts back what was; versions that were given out since are never given out again. */
  restore(snapshot: RowsSnapshot): void {
    this.#partitions = snapshot;
    this.#version += 1;
  }

  #apply(rows: Map<string, Stored>, operation: RowOperation): string {
    this.#version += 1;
    if (operation.kind === 'delete') {
      rows.delete(operation.rowKey);
      return '';
    }
    const etag = `"${this.#version}"`;
    rows.set(operation.rowKey, { etag, value: frozen(JSON.parse(JSON.stringify(operation.value)) as Json) });
    return etag;
  }
}

function toRow(rowKey: string, { etag, value }: Stored): Row {
  return { rowKey, etag, value };
}

/** One copy serves all readers: whoever changes it in place gets a TypeError, which the run reports. */
function frozen(value: Json): Json {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach((member) => void frozen(member));
    Object.freeze(value);
  }
  return value;
}
