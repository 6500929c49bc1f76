import type { Clock } from '../../shared/ports/clock.ts';
import type { Log } from '../../shared/ports/log.ts';
import type { Random } from '../../shared/ports/random.ts';
import type { InvocationResult } from './durable-extension.ts';
import type { ReceivedMessage, TriggerQueue } from './trigger-queue.ts';

/** The `queues` part of host.json, in the host's units. */
export interface QueueSettings {
  readonly batchSize: number;
  readonly newBatchThreshold: number;
  readonly maxDequeueCount: number;
  readonly maxPollingIntervalMs: number;
  readonly retryVisibilitySeconds: number;
  /** How long a message is hidden while a function works on it, renewed at half time: 600 in Azure. */
  readonly visibilitySeconds: number;
}

export interface QueueListenerOptions {
  readonly queue: TriggerQueue;
  /** For the log. */
  readonly name: string;
  readonly settings: QueueSettings;
  /** Runs the function on a message's text. */
  readonly run: (text: string) => Promise<Pick<InvocationResult, 'ok'>>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

const MIN_POLLING_MS = 100;

/**
 * A storage queue trigger with the rules of the real listener: randomized exponential polling, parallel batches, the
 * dequeue count, the poison queue. Source: azure-sdk-for-net, QueueListener.cs and QueueProcessor.cs.
 */
export class QueueListener {
  readonly #options: QueueListenerOptions;
  readonly #running = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  #loop: Promise<void> = Promise.resolve();

  constructor(options: QueueListenerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#loop = this.#poll();
  }

  /** Receives nothing more and waits for the messages that are being worked on. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
    await Promise.all(this.#running);
  }

  async #poll(): Promise<void> {
    const { settings, clock, random } = this.#options;
    let interval = MIN_POLLING_MS;
    while (!this.#stop.signal.aborted) {
      const messages = await this.#receive();
      for (const message of messages) {
        const work = this.#process(message).finally(() => this.#running.delete(work));
        this.#running.add(work);
      }
      if (messages.length > 0) {
        interval = MIN_POLLING_MS;
        while (this.#running.size > settings.newBatchThreshold) {
          await Promise.race(this.#running);
        }
        continue;
      }
      await clock.sleep(interval, this.#stop.signal).catch(() => undefined);
      interval = Math.min(settings.maxPollingIntervalMs, interval * (1.8 + random.next() * 0.4));
    }
  }

  async #receive(): Promise<readonly ReceivedMessage[]> {
    const { queue, settings, name, log } = this.#options;
    try {
      return await queue.receive(settings.batchSize, settings.visibilitySeconds);
    } catch (error) {
      // A queue that does not exist yet is looked for again.
      log.debug('queue not read', { queue: name, reason: reasonOf(error) });
      return [];
    }
  }

  async #process(received: ReceivedMessage): Promise<void> {
    const { queue, settings, run, log, name } = this.#options;
    const { dequeueCount } = received;
    if (dequeueCount > settings.maxDequeueCount) {
      await this.#settle(() => queue.poison(received));
      return;
    }
    const lease = new Lease(received, this.#options);
    const { ok } = await run(Buffer.from(received.text, 'base64').toString('utf8'));
    const message = await lease.end();
    if (message === undefined) {
      log.warn('queue message was lost while its function ran', { queue: name });
    } else if (ok) {
      await this.#settle(() => queue.remove(message));
    } else if (dequeueCount >= settings.maxDequeueCount) {
      await this.#settle(() => queue.poison(message));
    } else {
      await this.#settle(() => queue.renew(message, settings.retryVisibilitySeconds));
    }
  }

  async #settle(change: () => Promise<unknown>): Promise<void> {
    const { name, log } = this.#options;
    try {
      await change();
    } catch (error) {
      log.warn('queue message not settled', { queue: name, reason: reasonOf(error) });
    }
  }
}

/** Keeps a message hidden while its function runs. */
class Lease {
  readonly #options: QueueListenerOptions;
  readonly #end = new AbortController();
  readonly #loop: Promise<void>;
  #message: ReceivedMessage | undefined;

  constructor(message: ReceivedMessage, options: QueueListenerOptions) {
    this.#options = options;
    this.#message = message;
    this.#loop = this.#renew();
  }

  /** Stops renewing. @returns the message with its last receipt, or undefined if it could not be kept. */
  async end(): Promise<ReceivedMessage | undefined> {
    this.#end.abort();
    await this.#loop;
    return this.#message;
  }

  async #renew(): Promise<void> {
    const { queue, settings, clock } = this.#options;
    for (;;) {
      await clock.sleep((settings.visibilitySeconds * 1000) / 2, this.#end.signal).catch(() => undefined);
      if (this.#end.signal.aborted || this.#message === undefined) {
        return;
      }
      this.#message = await queue.renew(this.#message, settings.visibilitySeconds).catch(() => undefined);
    }
  }
}

function reasonOf(error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return line;
}
