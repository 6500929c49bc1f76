import type { DatabaseSync } from 'node:sqlite';

import type { Instance, NewInstance } from './instance.ts';
import type { FinalStatus, RuntimeStatus } from './protocol.ts';

/** Which instances a query is about; an absent member does not restrict. Times are milliseconds since 1970. */
export interface InstanceFilter {
  readonly statuses?: readonly RuntimeStatus[] | undefined;
  readonly createdFrom?: number | undefined;
  readonly createdTo?: number | undefined;
  readonly prefix?: string | undefined;
  /** Only ids after this one, in the order of the ids. */
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
}

interface Row {
  id: string;
  execution: string;
  name: string;
  version: string;
  input: string | null;
  status: Instance['status'];
  suspended: number;
  custom_status: string | null;
  output: string | null;
  created_at: number;
  updated_at: number;
  parent: string | null;
  parent_execution: string | null;
  parent_task: number | null;
}

/** A suspended instance that has ended meanwhile shows its end. */
const SHOWN_STATUS = `CASE WHEN suspended = 1 AND status IN ('Pending', 'Running') THEN 'Suspended' ELSE status END`;

export function insertInstance(database: DatabaseSync, instance: NewInstance, at: number): void {
  database
    .prepare(
      `INSERT OR REPLACE INTO instance
         (id, execution, name, version, input, status, created_at, updated_at, parent, parent_execution, parent_task)
       VALUES (?, ?, ?, ?, ?, 'Pending', ?, ?, ?, ?, ?)`,
    )
    .run(
      instance.id,
      instance.execution,
      instance.name,
      instance.version,
      instance.input,
      at,
      at,
      instance.parent?.instanceId ?? null,
      instance.parent?.execution ?? null,
      instance.parent?.task ?? null,
    );
}

export function selectInstance(database: DatabaseSync, id: string): Instance | undefined {
  const row = database.prepare('SELECT * FROM instance WHERE id = ?').get(id);
  return row === undefined ? undefined : toInstance(row as unknown as Row);
}

export function selectInstances(database: DatabaseSync, filter: InstanceFilter): Instance[] {
  const rows = database
    .prepare(
      `SELECT * FROM instance
       WHERE created_at >= :from AND created_at <= :to AND id > :after AND substr(id, 1, length(:prefix)) = :prefix
         AND (:statuses IS NULL OR ${SHOWN_STATUS} IN (SELECT value FROM json_each(:statuses)))
       ORDER BY id LIMIT :limit`,
    )
    .all({
      from: filter.createdFrom ?? Number.MIN_SAFE_INTEGER,
      to: filter.createdTo ?? Number.MAX_SAFE_INTEGER,
      after: filter.after ?? '',
      prefix: filter.prefix ?? '',
      statuses: filter.statuses === undefined ? null : JSON.stringify(filter.statuses),
      limit: filter.limit ?? -1,
    });
  return rows.map((row) => toInstance(row as unknown as Row));
}

export interface Progress {
  readonly status: 'Running' | FinalStatus;
  readonly output: string | null;
  readonly at: number;
}

export function updateProgress(database: DatabaseSync, id: string, { status, output, at }: Progress): void {
  database
    .prepare('UPDATE instance SET status = ?, output = ?, updated_at = ? WHERE id = ?')
    .run(status, output, at, id);
}

export function updateCustomStatus(database: DatabaseSync, id: string, customStatus: string | null): void {
  database.prepare('UPDATE instance SET custom_status = ? WHERE id = ?').run(customStatus, id);
}

export function updateSuspended(database: DatabaseSync, id: string, suspended: boolean, at: number): void {
  database.prepare('UPDATE instance SET suspended = ?, updated_at = ? WHERE id = ?').run(suspended ? 1 : 0, at, id);
}

/** A new execution under the same id; what people see of it (custom status, parent, suspension) stays. */
export function updateExecution(
  database: DatabaseSync,
  id: string,
  { execution, input, at }: { readonly execution: string; readonly input: string; readonly at: number },
): void {
  database
    .prepare(
      `UPDATE instance SET execution = ?, input = ?, status = 'Running', created_at = ?, updated_at = ? WHERE id = ?`,
    )
    .run(execution, input, at, at, id);
}

export function deleteInstance(database: DatabaseSync, id: string): void {
  database.prepare('DELETE FROM instance WHERE id = ?').run(id);
}

function toInstance(row: Row): Instance {
  return {
    id: row.id,
    execution: row.execution,
    name: row.name,
    version: row.version,
    input: row.input,
    status: row.status,
    suspended: row.suspended === 1,
    customStatus: row.custom_status,
    output: row.output,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    parent:
      row.parent === null || row.parent_execution === null || row.parent_task === null
        ? undefined
        : { instanceId: row.parent, execution: row.parent_execution, task: row.parent_task },
  };
}
