import { once } from 'node:events';

import type { CommandIo } from './json-lines.ts';

/** The process's own streams. */
export function processIo(): CommandIo {
  return {
    input: process.stdin,
    print: async (text) => {
      if (!process.stdout.write(text)) {
        await once(process.stdout, 'drain');
      }
    },
    complain: (text) => void process.stderr.write(text),
  };
}
