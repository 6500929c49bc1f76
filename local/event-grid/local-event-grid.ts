import type { Clock } from '../../shared/ports/clock.ts';
import type { Log } from '../../shared/ports/log.ts';
import type { Random } from '../../shared/ports/random.ts';
import { afterFailure, isDelivered, outcomeOf } from './delivery-rules.ts';
import { shakeHands } from './handshake.ts';
import { Outbox, type Delivery } from './outbox.ts';
import { inSchema, type EventSubscription, type PublishedEvent } from './subscription.ts';

export interface LocalEventGridOptions {
  /** SQLite file, or `:memory:`. */
  readonly file: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly fetch: typeof globalThis.fetch;
}

/** What Azure does now and then and a test wants on demand: shares of events, 0 to 1. */
export interface Disorder {
  /** Delivered twice. */
  readonly duplicates: number;
  /** Held up, so that others overtake them. */
  readonly delays: number;
}

const ANSWER_WITHIN_MS = 30_000;
const LONGEST_NAP_MS = 60_000;
const LONGEST_DELAY_MS = 2_000;
/** Deliveries that are looked at together. */
const WINDOW = 200;
/** Until a container for dead letters is asked again. */
const DEAD_LETTER_RETRY_MS = 300_000;
/** Event Grid adds up to a tenth to each wait. */
const JITTER = 0.1;

/** Event Grid's delivery: at least once, its retry schedule, dead letter; the outbox survives a kill. */
export class LocalEventGrid {
  disorder: Disorder = { duplicates: 0, delays: 0 };
  readonly #options: LocalEventGridOptions;
  readonly #outbox: Outbox;
  readonly #subscriptions = new Map<string, EventSubscription>();
  readonly #running = new Map<number, Promise<void>>();
  readonly #stop = new AbortController();
  #nap = new AbortController();
  #loop: Promise<void> = Promise.resolve();

  constructor(options: LocalEventGridOptions) {
    this.#options = options;
    this.#outbox = new Outbox(options.file);
  }

  /** Adds or replaces a subscription. @throws Error if its webhook does not agree. */
  async subscribe(subscription: EventSubscription): Promise<void> {
    const { destination, schema, name } = subscription;
    if (destination.kind === 'webhook') {
      await shakeHands({ url: destination.url, schema }, this.#options);
    }
    this.#subscriptions.set(name, subscription);
    this.#nap.abort();
  }

  /** What waits for it stays in the outbox. */
  unsubscribe(name: string): void {
    this.#subscriptions.delete(name);
  }

  /** Stores the event for every subscription; it is safe when this returns. */
  publish(topic: string, event: PublishedEvent): void {
    const { clock, random } = this.#options;
    const published = clock.now().getTime();
    const { duplicates, delays } = this.disorder;
    for (const subscription of this.#subscriptions.keys()) {
      const copies = duplicates > 0 && random.next() < duplicates ? 2 : 1;
      for (let copy = 0; copy < copies; copy += 1) {
        const delay = delays > 0 && random.next() < delays ? random.next() * LONGEST_DELAY_MS : 0;
        this.#outbox.add({ topic, event, subscription, due: published + delay, published });
      }
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
    this.#outbox.close();
  }

  async #deliverForEver(): Promise<void> {
    const { clock } = this.#options;
    while (!this.#stop.signal.aborted) {
      this.#nap = new AbortController();
      const now = clock.now().getTime();
      const waiting = this.#outbox
        .next([...this.#subscriptions.keys()], WINDOW)
        .filter(({ key }) => !this.#running.has(key));
      for (const batch of this.#batches(waiting.filter(({ due }) => due <= now))) {
        const run = this.#attempt(batch).finally(() => {
          batch.forEach(({ key }) => this.#running.delete(key));
          this.#nap.abort();
        });
        batch.forEach(({ key }) => this.#running.set(key, run));
      }
      const next = Math.min(LONGEST_NAP_MS, ...waiting.filter(({ due }) => due > now).map(({ due }) => due - now));
      await clock.sleep(next, AbortSignal.any([this.#nap.signal, this.#stop.signal])).catch(() => undefined);
    }
  }

  #batches(due: readonly Delivery[]): readonly (readonly [Delivery, ...Delivery[]])[] {
    return [...Map.groupBy(due, ({ subscription }) => subscription)].flatMap(([name, group]) => {
      const destination = this.#subscriptions.get(name)?.destination;
      const size = destination?.kind === 'webhook' ? (destination.maxEventsPerBatch ?? 1) : 1;
      return chunks(group, size);
    });
  }

  async #attempt(batch: readonly [Delivery, ...Delivery[]]): Promise<void> {
    const subscription = this.#subscriptions.get(batch[0].subscription);
    if (subscription === undefined) {
      return;
    }
    const status = await this.#send(subscription, batch);
    for (const delivery of batch) {
      if (isDelivered(status)) {
        this.#outbox.remove(delivery.key);
      } else {
        await this.#failed(subscription, delivery, status);
      }
    }
  }

  async #failed({ schema, deadLetter }: EventSubscription, delivery: Delivery, status: number): Promise<void> {
    const { clock, random, log } = this.#options;
    const { key, topic, event, published } = delivery;
    const attempts = delivery.attempts + 1;
    const now = clock.now().getTime();
    log.warn('event not delivered', { event: event.id, status, attempts });
    const next = afterFailure(status, { attempts, ageMs: now - published });
    if ('retryInSeconds' in next) {
      const waitMs = next.retryInSeconds * 1000 * (1 + random.next() * JITTER);
      this.#outbox.postpone(key, { attempts, due: now + waitMs });
      return;
    }
    const letter = {
      ...inSchema(schema, topic, event),
      deadLetterReason: next.deadLetter,
      deliveryAttempts: attempts,
      lastDeliveryOutcome: outcomeOf(status),
      publishTime: new Date(published).toISOString(),
      lastDeliveryAttemptTime: new Date(now).toISOString(),
    };
    try {
      await deadLetter?.(letter);
      this.#outbox.remove(key);
    } catch {
      this.#outbox.postpone(key, { attempts: delivery.attempts, due: now + DEAD_LETTER_RETRY_MS });
    }
  }

  async #send(
    { name, schema, destination }: EventSubscription,
    batch: readonly [Delivery, ...Delivery[]],
  ): Promise<number> {
    const events = batch.map(({ topic, event }) => inSchema(schema, topic, event));
    const [{ event, attempts }] = batch;
    const isCloud = schema === 'CloudEventSchemaV1_0';
    const isAlone = isCloud && events.length === 1;
    try {
      if (destination.kind === 'queue') {
        await destination.send(JSON.stringify(events[0]));
        return 200;
      }
      const media = isCloud ? `application/cloudevents${isAlone ? '' : '-batch'}+json` : 'application/json';
      const answer = await this.#options.fetch(destination.url, {
        method: 'POST',
        headers: {
          'content-type': `${media}; charset=utf-8`,
          'aeg-event-type': 'Notification',
          'aeg-subscription-name': name.toUpperCase(),
          'aeg-delivery-count': String(attempts),
          'aeg-data-version': event.dataVersion,
          'aeg-metadata-version': isCloud ? '1.0' : '1',
          'aeg-output-event-id': this.#options.random.uuid(),
        },
        body: JSON.stringify(isAlone ? events[0] : events),
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      });
      await answer.arrayBuffer();
      return answer.status;
    } catch {
      return 0;
    }
  }
}

function chunks(deliveries: readonly Delivery[], size: number): readonly (readonly [Delivery, ...Delivery[]])[] {
  const [first, ...rest] = deliveries;
  return first === undefined ? [] : [[first, ...rest.slice(0, size - 1)], ...chunks(rest.slice(size - 1), size)];
}
