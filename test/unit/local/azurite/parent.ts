/** Starts Azurite in the folder given, inserts rows, says so, and waits to be killed. */
import { startAzurite } from '../../../../local/azurite/azurite.ts';
import { SeededRandom } from '../../../../local/time/seeded-random.ts';
import { TableRowStore } from '../../../../shared/adapters/azure-storage/row-store.ts';
import { SystemClock } from '../../../../shared/adapters/node/system-clock.ts';

const azurite = await startAzurite({ data: process.argv[2] ?? '' });
const account = { connectionString: azurite.connectionString };
const rows = new TableRowStore({ account, table: 'reflex', clock: new SystemClock(), random: new SeededRandom(1) });
await rows.ensureTable();
for (let index = 0; index < 50; index += 1) {
  await rows.transact('p', [{ kind: 'insert', rowKey: `${index}`, value: index }]);
}
process.stdout.write('written\n');
