#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// Compiling its modules takes longer than most commands: the second time it is done already.
enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/compile'));
const { run } = await import('./program.ts');

// Whoever reads us may stop early, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 2);
});

await run(process.argv.slice(2));
