import { DatabaseSync } from 'node:sqlite';

import type { JsonObject } from '../../shared/domain/json.ts';

/** A resource as ARM keeps it: what was asked for last, and what it was before the operation in flight. */
export interface ArmResource {
  /** As written at its creation; compared without case. */
  readonly id: string;
  readonly type: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly properties: JsonObject;
  /** When the nodes come that its autoscaler has ordered, in milliseconds since 1970; of node pools. */
  readonly nodesDueAt?: number;
}

/** A write that goes on after its answer. Times are milliseconds since 1970. */
export interface ArmOperation {
  readonly id: string;
  /** Key of the resource that it writes. */
  readonly resource: string;
  /** Operations of one channel run one after another. */
  readonly channel: string;
  readonly startsAt: number;
  readonly endsAt: number;
  /** Properties that it sets, and those that stood there when it began to run. */
  readonly set: JsonObject;
  readonly before: JsonObject;
  readonly state: 'queued' | 'running' | 'succeeded' | 'failed' | 'canceled' | 'vanished';
}

/** Resources and operations in SQLite; a file if they are to outlive the process. */
export class ArmState {
  readonly #db: DatabaseSync;

  constructor(file = ':memory:') {
    this.#db = new DatabaseSync(file);
    this.#db.exec(
      `CREATE TABLE IF NOT EXISTS resources (key TEXT PRIMARY KEY, parent TEXT, json TEXT);
       CREATE INDEX IF NOT EXISTS by_parent ON resources (parent);
       CREATE TABLE IF NOT EXISTS operations (seq INTEGER PRIMARY KEY, id TEXT UNIQUE, json TEXT, open INTEGER);`,
    );
  }

  put(resource: ArmResource): void {
    const key = resource.id.toLowerCase();
    const parent = key.split('/').slice(0, -1).join('/');
    this.#db
      .prepare(
        // Not REPLACE, which would make a row anew and move it to the end of its list.
        `INSERT INTO resources (key, parent, json) VALUES (?, ?, ?)
         ON CONFLICT (key) DO UPDATE SET json = excluded.json`,
      )
      .run(key, parent, JSON.stringify(resource));
  }

  get(id: string): ArmResource | undefined {
    const row = this.#db.prepare('SELECT json FROM resources WHERE key = ?').get(id.toLowerCase());
    return row === undefined ? undefined : (JSON.parse(String(row['json'])) as ArmResource);
  }

  remove(id: string): void {
    this.#db.prepare('DELETE FROM resources WHERE key = ?').run(id.toLowerCase());
  }

  /** Children of a collection, `.../origingroups/apps/origins`, in the order of their creation. */
  list(collection: string): readonly ArmResource[] {
    return this.#db
      .prepare('SELECT json FROM resources WHERE parent = ? ORDER BY rowid')
      .all(collection.toLowerCase())
      .map((row) => JSON.parse(String(row['json'])) as ArmResource);
  }

  /** The other members of a resource's collection. */
  siblings({ id }: Pick<ArmResource, 'id'>): readonly ArmResource[] {
    const collection = id.split('/').slice(0, -1).join('/');
    return this.list(collection).filter((other) => other.id.toLowerCase() !== id.toLowerCase());
  }

  putOperation(operation: ArmOperation): void {
    const isOpen = operation.state === 'queued' || operation.state === 'running';
    this.#db
      .prepare(
        `INSERT INTO operations (id, json, open) VALUES (?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET json = excluded.json, open = excluded.open`,
      )
      .run(operation.id, JSON.stringify(operation), isOpen ? 1 : 0);
  }

  operation(id: string): ArmOperation | undefined {
    const row = this.#db.prepare('SELECT json FROM operations WHERE id = ?').get(id);
    return row === undefined ? undefined : (JSON.parse(String(row['json'])) as ArmOperation);
  }

  /** Those that have not ended, oldest first. */
  openOperations(): readonly ArmOperation[] {
    return this.#db
      .prepare('SELECT json FROM operations WHERE open = 1 ORDER BY seq')
      .all()
      .map((row) => JSON.parse(String(row['json'])) as ArmOperation);
  }

  close(): void {
    this.#db.close();
  }
}
