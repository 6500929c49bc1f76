import { VirtualClock } from '../../local/time/virtual-clock.ts';
import { InMemoryBlobStore } from '../../shared/adapters/in-memory/blob-store.ts';
import { InMemoryRowStore } from '../../shared/adapters/in-memory/row-store.ts';
import { InMemorySignalQueue } from '../../shared/adapters/in-memory/signal-queue.ts';
import { describeBlobStore } from './blob-store.ts';
import { describeRowStore } from './row-store.ts';
import { describeSignalQueue } from './signal-queue.ts';

const rows = new InMemoryRowStore();
const blobs = new InMemoryBlobStore();

describeRowStore('in memory', () => rows);
describeBlobStore('in memory', () => blobs);
describeSignalQueue('in memory', () => {
  const queue = new InMemorySignalQueue(new VirtualClock());
  return { queue, take: () => Promise.resolve(queue.take()) };
});
