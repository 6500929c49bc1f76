import type { Intent } from '../intents/intent.ts';
import type { RowStore } from '../ports/row-store.ts';

/** Partitions whose intents are kept; a fleet has some tens of them. */
const MAX_PARTITIONS = 256;

type Intents = ReadonlyMap<string, Intent>;

/**
 * The intents of partitions as they were when their head had a version, kept for as long as a process lives. An intent
 * changes only together with its head, so while the head has that version nothing has to be listed again. A cache and
 * nothing more: losing it costs a list.
 */
export class KnownIntents {
  readonly #known = new Map<string, { readonly etag: string; readonly intents: Intents }>();

  at(partition: string, etag: string): Intents | undefined {
    const known = this.#known.get(partition);
    return known?.etag === etag ? known.intents : undefined;
  }

  keep(partition: string, etag: string, intents: Intents): void {
    this.#known.delete(partition);
    this.#known.set(partition, { etag, intents });
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_PARTITIONS && oldest !== undefined) {
      this.#known.delete(oldest);
    }
  }
}

const OF_STORES = new WeakMap<RowStore, KnownIntents>();

/** What is known of a store's partitions, by everybody in this process who reads it. */
export function knownIntentsOf(rows: RowStore): KnownIntents {
  const known = OF_STORES.get(rows) ?? new KnownIntents();
  OF_STORES.set(rows, known);
  return known;
}
