import { odata, type TableClient, type TransactionAction } from '@azure/data-tables';

import { RowConflictError, StorageUnavailableError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Random } from '../../ports/random.ts';
import type { Row, RowOperation, RowStore } from '../../ports/row-store.ts';
import { assertRowKey, assertTransaction } from '../row-limits.ts';
import { openTable, type StorageAccount } from './account.ts';
import { type Attempt, Attempts, statusOf } from './attempts.ts';
import { withDeleteEtags } from './conditional-deletes.ts';
import { fromProperties, toProperties } from './entity.ts';
import { escapeKey, keyInterval, unescapeKey } from './keys.ts';

/** `w` is the id of the transaction that wrote the row: it tells our own lost answer from somebody else's write. */
type Entity = Record<string, unknown> & { partitionKey?: string; rowKey?: string; etag: string; w?: string };

interface Query {
  readonly filter: string;
  readonly select?: string[];
}

/** A well-formed ETag that no row ever has, for a row of ours that somebody else has written since. */
const SUPERSEDED = `W/"datetime'1970-01-01T00%3A00%3A00.0000000Z'"`;

/** https://learn.microsoft.com/rest/api/storageservices/performing-entity-group-transactions */
const MAX_TRANSACTION_BYTES = 4 * 1024 * 1024 - 64 * 1024;

export interface TableRowStoreOptions {
  readonly account: StorageAccount;
  readonly table: string;
  readonly clock: Clock;
  readonly random: Random;
}

/** RowStore on the Table API: Azure Storage, Cosmos DB for Table, Azurite. */
export class TableRowStore implements RowStore {
  readonly #table: TableClient;
  readonly #random: Random;
  readonly #attempts: Attempts;

  constructor({ account, table, clock, random }: TableRowStoreOptions) {
    this.#table = openTable(account, table);
    this.#random = random;
    this.#attempts = new Attempts(clock);
  }

  /** Creates the table unless it exists. @throws StorageUnavailableError */
  async ensureTable(): Promise<void> {
    await this.#call('create table', ({ signal }) => this.#table.createTable({ abortSignal: signal }));
  }

  async get(partition: string, rowKey: string): Promise<Row | undefined> {
    assertRowKey(partition);
    assertRowKey(rowKey);
    const entity = await this.#read(partition, rowKey);
    return entity === undefined ? undefined : { rowKey, etag: entity.etag, value: fromProperties(entity) };
  }

  async list(partition: string, prefix: string): Promise<readonly Row[]> {
    assertRowKey(partition);
    const { from, before } = keyInterval(prefix);
    const lower = odata`PartitionKey eq ${escapeKey(partition)} and RowKey ge ${from}`;
    const filter = before === undefined ? lower : `${lower} and ${odata`RowKey lt ${before}`}`;
    const rows = (await this.#query({ filter })).map(toRow).filter(({ rowKey }) => rowKey.startsWith(prefix));
    return rows.sort((a, b) => (a.rowKey < b.rowKey ? -1 : 1));
  }

  async partitionsWith(rowKey: string): Promise<readonly string[]> {
    assertRowKey(rowKey);
    const filter = odata`RowKey eq ${escapeKey(rowKey)}`;
    try {
      const found = await this.#query({ filter, select: ['PartitionKey'] });
      return found.map(({ partitionKey }) => unescapeKey(partitionKey ?? '')).sort();
    } catch (error) {
      if (error instanceof StorageUnavailableError && codeOf(error.cause) === 'TableNotFound') {
        return [];
      }
      throw error;
    }
  }

  async transact(partition: string, operations: readonly RowOperation[]): Promise<readonly string[]> {
    assertTransaction(partition, operations);
    const writeId = this.#random.uuid();
    const actions = operations.map((operation) => toAction(partition, operation, writeId));
    assertTransactionSize(actions);
    const deleted = operations.flatMap((operation) => (operation.kind === 'delete' ? [operation.etag] : []));
    let uncertain = false;
    const etags = await this.#call('write rows', async ({ signal, retried }) => {
      uncertain = retried;
      try {
        const { subResponses } = await withDeleteEtags(deleted, () =>
          this.#table.submitTransaction(actions, { abortSignal: signal }),
        );
        return subResponses.map(({ etag }, index) => (operations[index]?.kind === 'delete' ? '' : (etag ?? '').trim()));
      } catch (error) {
        if (isConflict(error)) {
          return undefined;
        }
        throw error;
      }
    });
    return etags ?? (await this.#settle({ partition, operations, writeId, uncertain }));
  }

  /** The service says that a condition does not hold. After a retry that may be because of our own first write. */
  async #settle(write: {
    readonly partition: string;
    readonly operations: readonly RowOperation[];
    readonly writeId: string;
    readonly uncertain: boolean;
  }): Promise<readonly string[]> {
    if (!write.uncertain) {
      throw new RowConflictError('a row was changed by somebody else since it was read');
    }
    const found = await Promise.all(write.operations.map(({ rowKey }) => this.#read(write.partition, rowKey)));
    if (!found.some((entity) => entity?.w === write.writeId)) {
      throw new StorageUnavailableError(
        'write rows: an answer was lost and the rows are not as we would have left them',
      );
    }
    return found.map((entity, index) => {
      if (write.operations[index]?.kind === 'delete') {
        return '';
      }
      return entity?.w === write.writeId ? entity.etag : SUPERSEDED;
    });
  }

  async #read(partition: string, rowKey: string): Promise<Entity | undefined> {
    return await this.#call('read row', async ({ signal }) => {
      try {
        return await this.#table.getEntity<Entity>(escapeKey(partition), escapeKey(rowKey), { abortSignal: signal });
      } catch (error) {
        if (statusOf(error) === 404 && codeOf(error) !== 'TableNotFound') {
          return undefined;
        }
        throw error;
      }
    });
  }

  async #query(query: Query): Promise<readonly Entity[]> {
    const entities: Entity[] = [];
    let continuationToken: string | undefined;
    do {
      const page = await this.#page(query, continuationToken);
      entities.push(...page.entities);
      continuationToken = page.continuationToken;
    } while (continuationToken !== undefined);
    return entities;
  }

  async #page(
    queryOptions: Query,
    continuationToken: string | undefined,
  ): Promise<{ entities: Entity[]; continuationToken?: string | undefined }> {
    return await this.#call('list rows', async ({ signal }) => {
      const pages = this.#table
        .listEntities<Entity>({ queryOptions, abortSignal: signal })
        .byPage(continuationToken === undefined ? {} : { continuationToken });
      const { value } = (await pages.next()) as { value: (Entity[] & { continuationToken?: string }) | undefined };
      return { entities: value ?? [], continuationToken: value?.continuationToken };
    });
  }

  async #call<T>(operation: string, send: (attempt: Attempt) => Promise<T>): Promise<T> {
    try {
      return await this.#attempts.run(send);
    } catch (error) {
      throw new StorageUnavailableError(operation, { cause: error });
    }
  }
}

function toRow(entity: Entity): Row {
  return { rowKey: unescapeKey(entity.rowKey ?? ''), etag: entity.etag, value: fromProperties(entity) };
}

function toAction(partition: string, operation: RowOperation, writeId: string): TransactionAction {
  const keys = { partitionKey: escapeKey(partition), rowKey: escapeKey(operation.rowKey) };
  if (operation.kind === 'delete') {
    return ['delete', keys];
  }
  const entity = { ...keys, w: writeId, ...toProperties(operation.value) };
  switch (operation.kind) {
    case 'insert':
      return ['create', entity];
    case 'replace':
      return ['update', entity, 'Replace', { etag: operation.etag }];
    case 'put':
      return ['upsert', entity, 'Replace'];
  }
}

function assertTransactionSize(actions: readonly TransactionAction[]): void {
  const bytes = Buffer.byteLength(JSON.stringify(actions), 'utf8');
  if (bytes > MAX_TRANSACTION_BYTES) {
    throw new RangeError(`a transaction is at most ${MAX_TRANSACTION_BYTES} bytes, this one is ${bytes}`);
  }
}

/** A condition failed: 412, 409 unless it is about the table, and 404 when a row to be replaced or deleted is gone. */
function isConflict(error: unknown): boolean {
  const code = codeOf(error) ?? '';
  switch (statusOf(error)) {
    case 412:
      return true;
    case 409:
      return !code.startsWith('Table');
    case 404:
      return code === 'ResourceNotFound' || code === 'EntityNotFound';
    default:
      return false;
  }
}

/** In a transaction the service's code is in `code`, in a single call it is in `details.odataError.code`. */
function codeOf(error: unknown): string | undefined {
  const { code, details } = error as { code?: unknown; details?: { odataError?: { code?: unknown } } };
  const found = details?.odataError?.code ?? code;
  return typeof found === 'string' ? found : undefined;
}
