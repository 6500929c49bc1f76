import { DatabaseSync } from 'node:sqlite';

import type { TimerStatus, TimerStore } from './timer-trigger.ts';

/** Timer status in SQLite, as the real host keeps it in a blob. */
export class TimerRows implements TimerStore {
  readonly #db: DatabaseSync;

  constructor(file: string) {
    this.#db = new DatabaseSync(file);
    this.#db.exec(
      'PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS timers (name TEXT PRIMARY KEY, last TEXT, next TEXT)',
    );
  }

  read(name: string): TimerStatus | undefined {
    const row = this.#db.prepare('SELECT last, next FROM timers WHERE name = ?').get(name);
    return row === undefined ? undefined : { last: String(row['last']), next: String(row['next']) };
  }

  write(name: string, { last, next }: TimerStatus): void {
    this.#db.prepare('INSERT OR REPLACE INTO timers VALUES (?, ?, ?)').run(name, last, next);
  }

  close(): void {
    this.#db.close();
  }
}
