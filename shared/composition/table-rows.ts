import { TableRowStore, type TableRowStoreOptions } from '../adapters/azure-storage/row-store.ts';
import type { RowStore } from '../ports/row-store.ts';

/** Rows in a table that is created with the first call; a failure is tried again at the next. */
export function tableRows(options: TableRowStoreOptions): RowStore {
  const store = new TableRowStore(options);
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
    transact: async (partition, operations) => (await ensured()).transact(partition, operations),
  };
}
