import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import type { Log, LogFields } from '../shared/ports/log.ts';

/** Log lines as JSON in `DIR/reflex.log`; errors on the terminal as well, so that they are not missed. */
export function fileLog(directory: string): Log {
  mkdirSync(directory, { recursive: true });
  const file = join(directory, 'reflex.log');
  const write = (level: string, message: string, fields: LogFields = {}): void => {
    appendFileSync(file, `${JSON.stringify({ at: new Date().toISOString(), level, message, ...fields })}\n`);
  };
  return {
    debug: (message, fields) => write('debug', message, fields),
    info: (message, fields) => write('info', message, fields),
    warn: (message, fields) => write('warn', message, fields),
    error: (message, fields) => {
      write('error', message, fields);
      console.error(`error     ${message}`, JSON.stringify(fields ?? {}));
    },
  };
}
