import type { Log, LogFields } from '../ports/log.ts';

/** Structured lines on the console, which the host turns into traces: static message first, fields as JSON. */
export function consoleLog(): Log {
  const line = (message: string, fields: LogFields = {}): string => `${message} ${JSON.stringify(fields)}`;
  return {
    debug: (message, fields) => console.debug(line(message, fields)),
    info: (message, fields) => console.info(line(message, fields)),
    warn: (message, fields) => console.warn(line(message, fields)),
    error: (message, fields) => console.error(line(message, fields)),
  };
}
