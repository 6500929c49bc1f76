import { DatabaseSync } from 'node:sqlite';

import type { Clock } from '../../shared/ports/clock.ts';
import type { Log } from '../../shared/ports/log.ts';
import type { Random } from '../../shared/ports/random.ts';

/** An event as a publisher raises it, before a schema. */
export interface PublishedEvent {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly dataVersion: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Where events of a topic go: a webhook, or a queue that takes the event as JSON text. */
export interface EventSubscription {
  readonly name: string;
  readonly schema: 'EventGridSchema' | 'CloudEventSchemaV1_0';
  readonly destination:
    | { readonly kind: 'webhook'; readonly url: string }
    | { readonly kind: 'queue'; readonly send: (text: string) => Promise<void> };
  /** Gets what could not be delivered; without it such events are dropped, as in Azure. */
  readonly deadLetter?: (record: object) => Promise<void>;
}

export interface LocalEventGridOptions {
  readonly file: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly fetch: typeof globalThis.fetch;
}

interface Delivery {
  readonly key: number;
  readonly topic: string;
  readonly event: PublishedEvent;
  readonly subscription: string;
  readonly attempts: number;
  readonly due: number;
  readonly published: number;
}

/** https://learn.microsoft.com/azure/event-grid/delivery-and-retry */
const RETRY_SECONDS = [10, 30, 60, 300, 600, 1800, 3600, 10_800, 21_600, 43_200];
const MAX_ATTEMPTS = 30;
const TTL_MS = 1440 * 60_000;
const ANSWER_WITHIN_MS = 30_000;
const NEVER_AGAIN: readonly number[] = [400, 401, 413];
const LEAST_SECONDS: Readonly<Record<number, number>> = { 403: 300, 404: 300, 408: 120, 503: 30 };

/** Event Grid's delivery: at least once, its retry schedule, dead letter; the outbox survives a kill. */
export class LocalEventGrid {
  readonly #options: LocalEventGridOptions;
  readonly #db: DatabaseSync;
  readonly #subscriptions = new Map<string, EventSubscription>();
  readonly #running = new Map<number, Promise<void>>();
  readonly #stop = new AbortController();
  #nap = new AbortController();
  #loop: Promise<void> = Promise.resolve();

  constructor(options: LocalEventGridOptions) {
    this.#options = options;
    this.#db = new DatabaseSync(options.file);
    this.#db.exec(`
      PRAGMA journal_mode = WAL;
      CREATE TABLE IF NOT EXISTS outbox (key INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT, event TEXT, subscription TEXT, attempts INTEGER, due INTEGER, published INTEGER);
    `);
  }

  subscribe(subscription: EventSubscription): void {
    this.#subscriptions.set(subscription.name, subscription);
  }

  /** Stores the event for every subscription; it is safe when this returns. */
  publish(topic: string, event: PublishedEvent): void {
    const now = this.#options.clock.now().getTime();
    const insert = this.#db.prepare(
      'INSERT INTO outbox (topic, event, subscription, attempts, due, published) VALUES (?, ?, ?, 0, ?, ?)',
    );
    for (const name of this.#subscriptions.keys()) {
      insert.run(topic, JSON.stringify(event), name, now, now);
    }
    this.#nap.abort();
  }

  start(): void {
    this.#loop = this.#deliverForEver();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#nap.abort();
    await this.#loop;
    await Promise.all(this.#running.values());
    this.#db.close();
  }

  async #deliverForEver(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      this.#nap = new AbortController();
      const now = this.#options.clock.now().getTime();
      const waiting = this.#waiting();
      for (const delivery of waiting.filter(({ due }) => due <= now)) {
        const run = this.#attempt(delivery).finally(() => {
          this.#running.delete(delivery.key);
          this.#nap.abort();
        });
        this.#running.set(delivery.key, run);
      }
      const next = Math.min(60_000, ...waiting.filter(({ due }) => due > now).map(({ due }) => due - now));
      await this.#options.clock
        .sleep(next, AbortSignal.any([this.#nap.signal, this.#stop.signal]))
        .catch(() => undefined);
    }
  }

  #waiting(): readonly Delivery[] {
    const rows = this.#db.prepare('SELECT * FROM outbox ORDER BY due, key LIMIT 200').all();
    return rows
      .map((row) => ({
        key: Number(row['key']),
        topic: String(row['topic']),
        event: JSON.parse(String(row['event'])) as PublishedEvent,
        subscription: String(row['subscription']),
        attempts: Number(row['attempts']),
        due: Number(row['due']),
        published: Number(row['published']),
      }))
      .filter(({ key, subscription }) => !this.#running.has(key) && this.#subscriptions.has(subscription));
  }

  async #attempt(delivery: Delivery): Promise<void> {
    const subscription = this.#subscriptions.get(delivery.subscription);
    if (subscription === undefined) {
      return;
    }
    const status = await this.#send(subscription, delivery);
    if (status >= 200 && status <= 204) {
      this.#db.prepare('DELETE FROM outbox WHERE key = ?').run(delivery.key);
      return;
    }
    const attempts = delivery.attempts + 1;
    const now = this.#options.clock.now().getTime();
    this.#options.log.warn('event not delivered', { event: delivery.event.id, status, attempts });
    if (NEVER_AGAIN.includes(status) || attempts >= MAX_ATTEMPTS || now - delivery.published > TTL_MS) {
      await subscription.deadLetter?.({
        ...inSchema(subscription.schema, delivery),
        deadLetterReason: 'MaxDeliveryAttemptsExceeded',
        deliveryAttempts: attempts,
        lastDeliveryOutcome: String(status),
      });
      this.#db.prepare('DELETE FROM outbox WHERE key = ?').run(delivery.key);
      return;
    }
    const seconds = Math.max(
      RETRY_SECONDS[Math.min(attempts, RETRY_SECONDS.length) - 1] ?? 0,
      LEAST_SECONDS[status] ?? 10,
    );
    const due = now + seconds * 1000 * (1 + this.#options.random.next() * 0.1);
    this.#db
      .prepare('UPDATE outbox SET attempts = ?, due = ? WHERE key = ?')
      .run(attempts, Math.round(due), delivery.key);
  }

  async #send({ name, schema, destination }: EventSubscription, delivery: Delivery): Promise<number> {
    const event = inSchema(schema, delivery);
    const isCloud = schema === 'CloudEventSchemaV1_0';
    try {
      if (destination.kind === 'queue') {
        await destination.send(JSON.stringify(event));
        return 200;
      }
      const answer = await this.#options.fetch(destination.url, {
        method: 'POST',
        headers: {
          'content-type': isCloud ? 'application/cloudevents+json; charset=utf-8' : 'application/json; charset=utf-8',
          'aeg-event-type': 'Notification',
          'aeg-subscription-name': name.toUpperCase(),
          'aeg-delivery-count': String(delivery.attempts),
          'aeg-data-version': delivery.event.dataVersion,
          'aeg-metadata-version': isCloud ? '1.0' : '1',
          'aeg-output-event-id': this.#options.random.uuid(),
        },
        body: JSON.stringify(isCloud ? event : [event]),
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      });
      await answer.arrayBuffer();
      return answer.status;
    } catch {
      return 0;
    }
  }
}

function inSchema(schema: EventSubscription['schema'], { topic, event }: Delivery): object {
  const { id, type, subject, time, dataVersion, data } = event;
  return schema === 'CloudEventSchemaV1_0'
    ? { id, source: topic, subject, type, time, data, specversion: '1.0' }
    : { id, topic, subject, eventType: type, eventTime: time, data, dataVersion, metadataVersion: '1' };
}
