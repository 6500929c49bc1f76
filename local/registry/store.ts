import { DatabaseSync } from 'node:sqlite';

export interface StoredManifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly subject: string | undefined;
}

/** An event that a push has raised and that nobody has taken yet. */
export interface RaisedEvent {
  readonly id: number;
  readonly body: string;
}

/** Blobs, manifests, tags and raised events of one registry; a manifest and its event are one transaction. */
export class RegistryStore {
  readonly #db: DatabaseSync;

  constructor(file: string) {
    this.#db = new DatabaseSync(file);
    this.#db.exec(`
      PRAGMA journal_mode = WAL;
      CREATE TABLE IF NOT EXISTS blobs (repository TEXT, digest TEXT, bytes BLOB, PRIMARY KEY (repository, digest));
      CREATE TABLE IF NOT EXISTS manifests (repository TEXT, digest TEXT, mediaType TEXT, subject TEXT, bytes BLOB, PRIMARY KEY (repository, digest));
      CREATE TABLE IF NOT EXISTS tags (repository TEXT, tag TEXT, digest TEXT, PRIMARY KEY (repository, tag));
      CREATE TABLE IF NOT EXISTS pushes (repository TEXT, tag TEXT, at TEXT, PRIMARY KEY (repository, tag));
      CREATE TABLE IF NOT EXISTS events (id INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT);
    `);
  }

  close(): void {
    this.#db.close();
  }

  blob(repository: string, digest: string): Uint8Array | undefined {
    const row = this.#db.prepare('SELECT bytes FROM blobs WHERE repository = ? AND digest = ?').get(repository, digest);
    return row?.['bytes'] as Uint8Array | undefined;
  }

  putBlob(repository: string, digest: string, bytes: Uint8Array): void {
    this.#db.prepare('INSERT OR IGNORE INTO blobs VALUES (?, ?, ?)').run(repository, digest, bytes);
  }

  manifest(repository: string, reference: string): StoredManifest | undefined {
    const tag = this.#db.prepare('SELECT digest FROM tags WHERE repository = ? AND tag = ?').get(repository, reference);
    const digest = (tag?.['digest'] as string | undefined) ?? reference;
    const row = this.#db.prepare('SELECT * FROM manifests WHERE repository = ? AND digest = ?').get(repository, digest);
    return row === undefined
      ? undefined
      : {
          digest,
          mediaType: String(row['mediaType']),
          bytes: row['bytes'] as Uint8Array,
          subject: (row['subject'] as string | null) ?? undefined,
        };
  }

  /** Stores a manifest, its tag and the event that it raises, all or none. */
  putManifest(
    repository: string,
    manifest: StoredManifest,
    { tag, event, at }: { readonly tag: string | undefined; readonly event: string; readonly at: string },
  ): void {
    this.#transaction(() => {
      this.#db
        .prepare('INSERT OR REPLACE INTO manifests VALUES (?, ?, ?, ?, ?)')
        .run(repository, manifest.digest, manifest.mediaType, manifest.subject ?? null, manifest.bytes);
      if (tag !== undefined) {
        this.#db.prepare('INSERT OR REPLACE INTO tags VALUES (?, ?, ?)').run(repository, tag, manifest.digest);
        this.#db.prepare('INSERT OR REPLACE INTO pushes VALUES (?, ?, ?)').run(repository, tag, at);
      }
      this.#db.prepare('INSERT INTO events (body) VALUES (?)').run(event);
    });
  }

  /** Deletes a tag, or a manifest with all its tags. @returns false if there was none. */
  delete(repository: string, reference: string, event: string): boolean {
    let found = 0;
    this.#transaction(() => {
      const column = reference.startsWith('sha256:') ? 'digest' : 'tag';
      found += Number(
        this.#db.prepare(`DELETE FROM tags WHERE repository = ? AND ${column} = ?`).run(repository, reference).changes,
      );
      if (column === 'digest') {
        found += Number(
          this.#db.prepare('DELETE FROM manifests WHERE repository = ? AND digest = ?').run(repository, reference)
            .changes,
        );
      }
      if (found > 0) {
        this.#db.prepare('INSERT INTO events (body) VALUES (?)').run(event);
      }
    });
    return found > 0;
  }

  tags(repository: string): readonly string[] {
    const rows = this.#db.prepare('SELECT tag FROM tags WHERE repository = ? ORDER BY tag').all(repository);
    return rows.map((row) => String(row['tag']));
  }

  /** Tags with what they name and when they were pushed last, the newest first. */
  builds(repository: string): readonly { readonly name: string; readonly digest: string; readonly at: string }[] {
    const rows = this.#db
      .prepare(
        `SELECT tags.tag, digest, at FROM tags JOIN pushes ON pushes.repository = tags.repository AND pushes.tag = tags.tag
         WHERE tags.repository = ? ORDER BY at DESC, tags.tag DESC`,
      )
      .all(repository);
    return rows.map((row) => ({ name: String(row['tag']), digest: String(row['digest']), at: String(row['at']) }));
  }

  repositories(): readonly string[] {
    const rows = this.#db.prepare('SELECT DISTINCT repository FROM manifests ORDER BY repository').all();
    return rows.map((row) => String(row['repository']));
  }

  hasRepository(repository: string): boolean {
    return this.#db.prepare('SELECT 1 FROM manifests WHERE repository = ? LIMIT 1').get(repository) !== undefined;
  }

  referrers(repository: string, subject: string): readonly StoredManifest[] {
    const rows = this.#db
      .prepare('SELECT digest FROM manifests WHERE repository = ? AND subject = ? ORDER BY digest')
      .all(repository, subject);
    return rows.flatMap((row) => this.manifest(repository, String(row['digest'])) ?? []);
  }

  /** Events in the order in which they were raised. */
  raised(): readonly RaisedEvent[] {
    const rows = this.#db.prepare('SELECT id, body FROM events ORDER BY id LIMIT 100').all();
    return rows.map((row) => ({ id: Number(row['id']), body: String(row['body']) }));
  }

  taken(id: number): void {
    this.#db.prepare('DELETE FROM events WHERE id = ?').run(id);
  }

  #transaction(work: () => void): void {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.#db.exec('COMMIT');
    } catch (error) {
      this.#db.exec('ROLLBACK');
      throw error;
    }
  }
}
