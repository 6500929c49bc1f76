import { publicEndpoints, type StorageAccount } from '../adapters/azure-storage/account.ts';
import { TableRowStore } from '../adapters/azure-storage/row-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { RowStore } from '../ports/row-store.ts';
import type { Settings } from '../settings.ts';
import { entraCredential } from './credential.ts';

interface Tools {
  readonly clock: Clock;
  readonly random: Random;
}

/** How to reach the account that the settings name. */
export function accountOf(storage: Settings['storage']): StorageAccount {
  return 'connectionString' in storage
    ? storage
    : { credential: entraCredential(), ...publicEndpoints(storage.accountName) };
}

/** The app's rows. The table must be there: whoever only reads needs no right to create it. */
export function existingRows(storage: Settings['storage'], tools: Tools): TableRowStore {
  return new TableRowStore({ account: accountOf(storage), table: 'reflex', ...tools });
}

/** The app's rows, in a table that is created with the first call; a failure is tried again at the next. */
export function storedRows(storage: Settings['storage'], tools: Tools): RowStore {
  const store = existingRows(storage, tools);
  let ensuring: Promise<void> | undefined;
  const ensured = async (): Promise<TableRowStore> => {
    ensuring ??= store.ensureTable();
    try {
      await ensuring;
    } catch (error) {
      ensuring = undefined;
      throw error;
    }
    return store;
  };
  return {
    get: async (partition, rowKey) => (await ensured()).get(partition, rowKey),
    list: async (partition, prefix) => (await ensured()).list(partition, prefix),
    partitionsWith: async (rowKey) => (await ensured()).partitionsWith(rowKey),
    transact: async (partition, operations) => (await ensured()).transact(partition, operations),
  };
}
