/** Facts of a log line: never a token, never a whole payload. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Structured log. Messages are static text; whatever varies goes into fields. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}
