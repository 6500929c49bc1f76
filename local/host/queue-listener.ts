import { QueueClient, type DequeuedMessageItem } from '@azure/storage-queue';

import type { Clock } from '../../shared/ports/clock.ts';
import type { Log } from '../../shared/ports/log.ts';
import type { Random } from '../../shared/ports/random.ts';
import type { Worker } from './worker.ts';

/** The `queues` part of host.json, in the host's units. */
export interface QueueSettings {
  readonly batchSize: number;
  readonly newBatchThreshold: number;
  readonly maxDequeueCount: number;
  readonly maxPollingIntervalMs: number;
  readonly retryVisibilitySeconds: number;
  /** How long a message is hidden while a function works on it: 600 in Azure. */
  readonly visibilitySeconds: number;
}

export interface QueueListenerOptions {
  readonly connectionString: string;
  readonly queueName: string;
  readonly functionName: string;
  readonly settings: QueueSettings;
  readonly worker: Worker;
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
  readonly #queue: QueueClient;
  readonly #running = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  #loop: Promise<void> = Promise.resolve();

  constructor(options: QueueListenerOptions) {
    this.#options = options;
    this.#queue = new QueueClient(options.connectionString, options.queueName);
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

  async #receive(): Promise<readonly DequeuedMessageItem[]> {
    const { settings, queueName, log } = this.#options;
    try {
      const { batchSize, visibilitySeconds } = settings;
      const { receivedMessageItems } = await this.#queue.receiveMessages({
        numberOfMessages: batchSize,
        visibilityTimeout: visibilitySeconds,
      });
      return receivedMessageItems;
    } catch (error) {
      // A queue that does not exist yet is looked for again; the trigger does not create it.
      log.debug('queue not read', {
        queue: queueName,
        reason: error instanceof Error ? error.message.split('\n')[0] : '',
      });
      return [];
    }
  }

  async #process(message: DequeuedMessageItem): Promise<void> {
    const { settings, functionName, worker, log, queueName } = this.#options;
    const { messageId, popReceipt, dequeueCount } = message;
    const bytes = Buffer.from(message.messageText, 'base64');
    const result =
      dequeueCount > settings.maxDequeueCount
        ? { ok: false }
        : await worker.invoke(functionName, { data: { string: bytes.toString('utf8') } });
    try {
      if (result.ok) {
        await this.#queue.deleteMessage(messageId, popReceipt);
      } else if (dequeueCount >= settings.maxDequeueCount) {
        await this.#poison(message);
      } else {
        await this.#queue.updateMessage(messageId, popReceipt, undefined, settings.retryVisibilitySeconds);
      }
    } catch (error) {
      log.warn('queue message not settled', {
        queue: queueName,
        reason: error instanceof Error ? error.message.split('\n')[0] : '',
      });
    }
  }

  async #poison({ messageId, popReceipt, messageText }: DequeuedMessageItem): Promise<void> {
    const { connectionString, queueName } = this.#options;
    if (queueName.endsWith('-poison')) {
      return;
    }
    const poison = new QueueClient(connectionString, `${queueName}-poison`);
    await poison.createIfNotExists();
    await poison.sendMessage(messageText);
    await this.#queue.deleteMessage(messageId, popReceipt);
  }
}
