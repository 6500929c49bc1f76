import { RowConflictError } from '../../shared/errors.ts';
import type { Json } from '../../shared/domain/json.ts';
import type { Row, RowOperation, RowStore } from '../../shared/ports/row-store.ts';

/** Rows of one kind by key, and the same in the order of their keys, until one is written. */
interface Drawer {
  readonly rows: Map<string, Row>;
  sorted?: readonly Row[] | undefined;
}

/** By partition, then by what stands before the first `|` of the key. */
type Partitions = Map<string, Map<string, Drawer>>;

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
    return [...this.#partitions.keys()].filter((partition) => this.#find(partition, rowKey) !== undefined).sort();
  }

  async transact(partition: string, operations: readonly RowOperation[]): Promise<readonly string[]> {
    await Promise.resolve();
    for (const operation of operations) {
      const { kind, rowKey } = operation;
      const stored = this.#find(partition, rowKey);
      const holds = kind === 'put' || (kind === 'insert' ? stored === undefined : stored?.etag === operation.etag);
      if (!holds) {
        throw new RowConflictError(`${kind} ${rowKey}: the row was changed by somebody else`);
      }
    }
    this.#news += operations.some(({ rowKey }) => NEWS.test(rowKey)) ? 1 : 0;
    return operations.map((operation) => this.#apply(partition, operation));
  }

  /** As `get`, at once. */
  peek(partition: string, rowKey: string): Row | undefined {
    return this.#find(partition, rowKey);
  }

  /** As `list`, at once. */
  peekAll(partition: string, prefix: string): readonly Row[] {
    const drawers = this.#partitions.get(partition) ?? new Map<string, Drawer>();
    const drawer = prefix.includes('|') ? drawers.get(drawerOf(prefix)) : undefined;
    const rows = prefix.includes('|')
      ? sortedOf(drawer)
      : [...drawers.values()].flatMap(sortedOf).sort((a, b) => (a.rowKey < b.rowKey ? -1 : 1));
    return prefix.endsWith('|') && prefix.indexOf('|') === prefix.length - 1
      ? rows
      : rows.filter(({ rowKey }) => rowKey.startsWith(prefix));
  }

  snapshot(): RowsSnapshot {
    return copyOf(this.#partitions);
  }

  /** Puts back what was; versions that were given out since are never given out again. */
  restore(snapshot: RowsSnapshot): void {
    this.#partitions = copyOf(snapshot);
    this.#version += 1;
  }

  #find(partition: string, rowKey: string): Row | undefined {
    return this.#partitions.get(partition)?.get(drawerOf(rowKey))?.rows.get(rowKey);
  }

  #apply(partition: string, operation: RowOperation): string {
    this.#version += 1;
    const drawers = this.#partitions.get(partition) ?? new Map<string, Drawer>();
    const drawer = drawers.get(drawerOf(operation.rowKey)) ?? { rows: new Map<string, Row>() };
    this.#partitions.set(partition, drawers.set(drawerOf(operation.rowKey), drawer));
    drawer.sorted = undefined;
    if (operation.kind === 'delete') {
      drawer.rows.delete(operation.rowKey);
      return '';
    }
    const etag = `"${this.#version}"`;
    const { rowKey } = operation;
    drawer.rows.set(rowKey, Object.freeze({ rowKey, etag, value: frozen(operation.value) }));
    return etag;
  }
}

function drawerOf(key: string): string {
  const end = key.indexOf('|');
  return end < 0 ? key : key.slice(0, end);
}

function sortedOf(drawer: Drawer | undefined): readonly Row[] {
  if (drawer === undefined) {
    return [];
  }
  drawer.sorted ??= [...drawer.rows.values()].sort((a, b) => (a.rowKey < b.rowKey ? -1 : 1));
  return drawer.sorted;
}

function copyOf(partitions: Partitions): Partitions {
  const drawersOf = (drawers: Map<string, Drawer>): Map<string, Drawer> =>
    new Map([...drawers].map(([name, { rows }]) => [name, { rows: new Map(rows) }]));
  return new Map([...partitions].map(([name, drawers]) => [name, drawersOf(drawers)]));
}

/** One copy serves all readers: whoever changes it in place gets a TypeError, which the run reports. */
function frozen(value: Json): Json {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.values(value).forEach((member) => void frozen(member));
    Object.freeze(value);
  }
  return value;
}
