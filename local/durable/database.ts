import { DatabaseSync } from 'node:sqlite';

const SCHEMA = `
CREATE TABLE IF NOT EXISTS instance (
  id TEXT PRIMARY KEY,
  execution TEXT NOT NULL,
  name TEXT NOT NULL,
  version TEXT NOT NULL,
  input TEXT,
  status TEXT NOT NULL,
  suspended INTEGER NOT NULL DEFAULT 0,
  custom_status TEXT,
  output TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  parent TEXT,
  parent_execution TEXT,
  parent_task INTEGER
) STRICT;
CREATE TABLE IF NOT EXISTS history (
  instance TEXT NOT NULL,
  position INTEGER NOT NULL,
  event TEXT NOT NULL,
  PRIMARY KEY (instance, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS inbox (
  arrival INTEGER PRIMARY KEY AUTOINCREMENT,
  instance TEXT NOT NULL,
  event TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS inbox_of_instance ON inbox (instance, arrival);
CREATE TABLE IF NOT EXISTS activity (
  execution TEXT NOT NULL,
  task INTEGER NOT NULL,
  instance TEXT NOT NULL,
  name TEXT NOT NULL,
  input TEXT,
  PRIMARY KEY (execution, task)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS timer (
  execution TEXT NOT NULL,
  task INTEGER NOT NULL,
  instance TEXT NOT NULL,
  due INTEGER NOT NULL,
  PRIMARY KEY (execution, task)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS timer_by_due ON timer (due);
`;

/** How long a start waits for the process before it to let go of the file. */
const LOCK_TIMEOUT_MS = 5_000;

/**
 * Opens the history file, or a history in memory for ':memory:'.
 *
 * WAL with `synchronous = NORMAL` loses nothing that was committed when the process is killed
 * (https://www.sqlite.org/pragma.html#pragma_synchronous). The exclusive lock keeps a second engine off the file:
 * both would run the same activities.
 */
export function openHistoryFile(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: LOCK_TIMEOUT_MS });
  database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
  database.exec(SCHEMA);
  return database;
}

/** Does `work` whole or not at all. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}
