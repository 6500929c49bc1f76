#!/usr/bin/env node
import { run } from './program.ts';

// Whoever reads us may stop early, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 2);
});

await run(process.argv.slice(2));
