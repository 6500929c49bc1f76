import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { QueueServiceClient } from '@azure/storage-queue';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { type Azurite, startAzurite } from '../../local/azurite/azurite.ts';
import { SeededRandom } from '../../local/time/seeded-random.ts';
import { ContainerBlobStore } from '../../shared/adapters/azure-storage/blob-store.ts';
import { TableRowStore } from '../../shared/adapters/azure-storage/row-store.ts';
import { StorageSignalQueue } from '../../shared/adapters/azure-storage/signal-queue.ts';
import { SystemClock } from '../../shared/adapters/node/system-clock.ts';
import { StorageUnavailableError } from '../../shared/errors.ts';
import { describeBlobStore } from './blob-store.ts';
import { describeRowStore } from './row-store.ts';
import { describeSignalQueue, type QueueUnderTest } from './signal-queue.ts';

const clock = new SystemClock();
const random = new SeededRandom(1);
let data: string;
let azurite: Azurite;
let rows: TableRowStore;
let blobs: ContainerBlobStore;
let queues = 0;

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'azurite-'));
  azurite = await startAzurite({ data });
  const account = { connectionString: azurite.connectionString };
  rows = new TableRowStore({ account, table: 'reflex', clock, random });
  await rows.ensureTable();
  await rows.ensureTable();
  blobs = new ContainerBlobStore({ account, container: 'reflex', clock, random });
});

afterAll(async () => {
  await azurite.stop();
  await rm(data, { recursive: true });
});

function createQueue(): QueueUnderTest {
  const name = `signals-${(queues += 1)}`;
  const account = { connectionString: azurite.connectionString };
  const client = QueueServiceClient.fromConnectionString(azurite.connectionString).getQueueClient(name);
  let retries = 0;
  const counted = {
    now: () => clock.now(),
    sleep: async (ms: number) => {
      retries += 1;
      await clock.sleep(ms);
    },
  };
  return {
    queue: new StorageSignalQueue({ account, queue: name, clock: counted }),
    retried: () => retries,
    take: async () => {
      const { receivedMessageItems } = await client.receiveMessages({ numberOfMessages: 32 });
      return receivedMessageItems.map(({ messageText }) => Buffer.from(messageText, 'base64').toString('utf8'));
    },
  };
}

describeRowStore('Azurite', () => rows);
describeBlobStore('Azurite', () => blobs);
describeSignalQueue('Azurite', createQueue);

it('a table that is not there holds nothing for tools, but is no empty answer for a decision', async () => {
  const account = { connectionString: azurite.connectionString };
  const missing = new TableRowStore({ account, table: 'missing', clock, random });
  expect(await missing.partitionsWith('head')).toEqual([]);
  await expect(missing.get('a', 'head')).rejects.toThrow(StorageUnavailableError);
});
