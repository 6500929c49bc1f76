/**
 * Azurite in a process of its own, which ends itself when its parent is gone.
 *
 * Azurite saves every 5 s, so it must never be killed: when the parent's end of the IPC channel closes, however the
 * parent died, it flushes and leaves. Its standard output may be gone by then, and it must outlive that too.
 */
import { createRequire } from 'node:module';

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') {
      throw error;
    }
  });
}

// An open channel to the parent would keep the process. Azurite listens for SIGTERM once, so without this second
// listener another SIGTERM would kill it while it saves.
process.on('SIGTERM', () => {
  if (process.connected) {
    process.disconnect();
  }
});
process.once('disconnect', () => process.emit('SIGTERM', 'SIGTERM'));

const require = createRequire(import.meta.url);
require('azurite/dist/src/azurite.js');
