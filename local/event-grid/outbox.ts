import { DatabaseSync } from 'node:sqlite';

import type { PublishedEvent } from './subscription.ts';

/** One event on its way to one subscription. Times are milliseconds. */
export interface Delivery {
  readonly key: number;
  readonly topic: string;
  readonly event: PublishedEvent;
  readonly subscription: string;
  readonly attempts: number;
  readonly due: number;
  readonly published: number;
}

/** What is not delivered yet; survives a kill. */
export class Outbox {
  readonly #db: DatabaseSync;

  /** @param file - SQLite file, or `:memory:`. */
  constructor(file: string) {
    this.#db = new DatabaseSync(file);
    this.#db.exec(`
      PRAGMA journal_mode = WAL;
      CREATE TABLE IF NOT EXISTS outbox (key INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT, event TEXT, subscription TEXT, attempts INTEGER, due INTEGER, published INTEGER);
    `);
  }

  add(delivery: Omit<Delivery, 'key' | 'attempts'>): void {
    const { topic, event, subscription, due, published } = delivery;
    this.#db
      .prepare('INSERT INTO outbox (topic, event, subscription, attempts, due, published) VALUES (?, ?, ?, 0, ?, ?)')
      .run(topic, JSON.stringify(event), subscription, Math.round(due), published);
  }

  /** The next deliveries of some subscriptions, the one that is due first at the head. */
  next(subscriptions: readonly string[], count: number): readonly Delivery[] {
    const marks = subscriptions.map(() => '?').join(', ');
    const rows = this.#db
      .prepare(`SELECT * FROM outbox WHERE subscription IN (${marks}) ORDER BY due, key LIMIT ?`)
      .all(...subscriptions, count);
    return rows.map((row) => ({
      key: Number(row['key']),
      topic: String(row['topic']),
      event: JSON.parse(String(row['event'])) as PublishedEvent,
      subscription: String(row['subscription']),
      attempts: Number(row['attempts']),
      due: Number(row['due']),
      published: Number(row['published']),
    }));
  }

  postpone(key: number, { attempts, due }: Pick<Delivery, 'attempts' | 'due'>): void {
    this.#db.prepare('UPDATE outbox SET attempts = ?, due = ? WHERE key = ?').run(attempts, Math.round(due), key);
  }

  remove(key: number): void {
    this.#db.prepare('DELETE FROM outbox WHERE key = ?').run(key);
  }

  close(): void {
    this.#db.close();
  }
}
