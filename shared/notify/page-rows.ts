import type { Json } from '../domain/json.ts';
import { RowConflictError } from '../errors.ts';
import type { RowStore } from '../ports/row-store.ts';
import type { PageRow } from './page-row.ts';
import { boundedKey } from './page-text.ts';

/** A page's row as it was read. */
export interface StoredPage {
  readonly key: string;
  readonly etag: string;
  readonly row: PageRow;
}

const PARTITION = 'pages';
const PREFIX = 'page|';
/** A row key has 200 characters (RowStore), and the prefix its own. */
const MAX_KEY = 190;
const MAX_WRITE_ATTEMPTS = 8;

/** The key by which a page is kept and known to the pagers. */
export function pageKey(key: string): string {
  return boundedKey(key, MAX_KEY);
}

/** The rows of pages, by `pageKey`. All methods throw StorageUnavailableError. */
export class PageRows {
  readonly #rows: RowStore;

  constructor(rows: RowStore) {
    this.#rows = rows;
  }

  /** In the order of their keys. */
  async list(): Promise<readonly StoredPage[]> {
    const rows = await this.#rows.list(PARTITION, PREFIX);
    return rows.map(({ rowKey, etag, value }) => ({ key: rowKey.slice(PREFIX.length), etag, row: fromJson(value) }));
  }

  /** @throws RowConflictError if it was changed since it was read. */
  async replace({ key, etag }: StoredPage, row: PageRow): Promise<void> {
    await this.#rows.transact(PARTITION, [{ kind: 'replace', rowKey: PREFIX + key, etag, value: toJson(row) }]);
  }

  /** @throws RowConflictError if it was changed since it was read. */
  async remove({ key, etag }: StoredPage): Promise<void> {
    await this.#rows.transact(PARTITION, [{ kind: 'delete', rowKey: PREFIX + key, etag }]);
  }

  /**
   * Compares and swaps, again on a conflict; writes nothing when `change` returns what it was given.
   * @returns the row after it.
   * @throws RowConflictError when others changed it each time.
   */
  async change(key: string, change: (row: PageRow | undefined) => PageRow | undefined): Promise<PageRow | undefined> {
    const rowKey = PREFIX + key;
    for (let attempt = 1; ; attempt += 1) {
      const stored = await this.#rows.get(PARTITION, rowKey);
      const before = stored && fromJson(stored.value);
      const next = change(before);
      if (next === undefined || next === before) {
        return before;
      }
      const value = toJson(next);
      try {
        await this.#rows.transact(PARTITION, [
          stored === undefined
            ? { kind: 'insert', rowKey, value }
            : { kind: 'replace', rowKey, etag: stored.etag, value },
        ]);
        return next;
      } catch (error) {
        if (!(error instanceof RowConflictError) || attempt === MAX_WRITE_ATTEMPTS) {
          throw error;
        }
      }
    }
  }
}

function fromJson(value: Json): PageRow {
  return value as unknown as PageRow;
}

function toJson(row: PageRow): Json {
  return row as unknown as Json;
}
