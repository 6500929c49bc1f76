import type { Json } from '../domain/json.ts';

/** One row as it was read. `etag` names this version; any write changes it. */
export interface Row {
  readonly rowKey: string;
  readonly etag: string;
  readonly value: Json;
}

/**
 * One part of a transaction.
 * `insert` fails if the row exists, `replace` and `delete` fail if it is no longer at `etag`, `put` always succeeds.
 */
export type RowOperation =
  | { readonly kind: 'insert'; readonly rowKey: string; readonly value: Json }
  | { readonly kind: 'replace'; readonly rowKey: string; readonly etag: string; readonly value: Json }
  | { readonly kind: 'put'; readonly rowKey: string; readonly value: Json }
  | { readonly kind: 'delete'; readonly rowKey: string; readonly etag: string };

/**
 * Rows of JSON in partitions, with transactions inside one partition.
 *
 * Keys are any text of 1 to 200 characters; the adapter escapes what its store does not take.
 * A value is at most 900 kB as UTF-16 (an Azure Table entity holds 1 MiB:
 * https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model).
 */
export interface RowStore {
  get(partition: string, rowKey: string): Promise<Row | undefined>;
  /** Rows whose key starts with `prefix` ('' for all), in ascending key order by UTF-16 code unit. */
  list(partition: string, prefix: string): Promise<readonly Row[]>;
  /** Partitions that hold a row of exactly this key, in ascending order. Reads every partition: for audits and tools. */
  partitionsWith(rowKey: string): Promise<readonly string[]>;
  /**
   * Applies 1 to 100 operations on distinct rows, all or none.
   * @returns the new etags in the order of `operations` ('' for a delete).
   * @throws RowConflictError if one condition does not hold; nothing was written.
   * @throws StorageUnavailableError if the outcome is unknown or the store refused; read before writing again.
   */
  transact(partition: string, operations: readonly RowOperation[]): Promise<readonly string[]>;
}
