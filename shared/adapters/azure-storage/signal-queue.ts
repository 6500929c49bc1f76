import type { QueueClient } from '@azure/storage-queue';

import { StorageUnavailableError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { SignalQueue } from '../../ports/signal-queue.ts';
import { assertMessage } from '../message-limits.ts';
import { openQueue, type StorageAccount } from './account.ts';
import { Attempts, statusOf } from './attempts.ts';

/** A signal waits for as long as the actor is down. https://learn.microsoft.com/rest/api/storageservices/put-message */
const NEVER_EXPIRES = -1;

export interface StorageSignalQueueOptions {
  readonly account: StorageAccount;
  readonly queue: string;
  readonly clock: Clock;
}

/**
 * SignalQueue on Queue Storage, in base64 as the host's queue trigger expects by default. The queue is created with
 * the first message. A lost answer is retried, so a message may stand in the queue twice.
 */
export class StorageSignalQueue implements SignalQueue {
  readonly #queue: QueueClient;
  readonly #attempts: Attempts;

  constructor({ account, queue, clock }: StorageSignalQueueOptions) {
    this.#queue = openQueue(account, queue);
    this.#attempts = new Attempts(clock);
  }

  async send(message: string, delayMs = 0): Promise<void> {
    assertMessage(message, delayMs);
    const text = Buffer.from(message, 'utf8').toString('base64');
    const visibilityTimeout = Math.ceil(delayMs / 1000);
    try {
      await this.#attempts.run(({ signal }) => this.#sendOnce(text, visibilityTimeout, signal));
    } catch (error) {
      throw new StorageUnavailableError('send message', { cause: error });
    }
  }

  async #sendOnce(text: string, visibilityTimeout: number, abortSignal: AbortSignal): Promise<void> {
    const options = { visibilityTimeout, messageTimeToLive: NEVER_EXPIRES, abortSignal };
    try {
      await this.#queue.sendMessage(text, options);
    } catch (error) {
      if (statusOf(error) !== 404) {
        throw error;
      }
      await this.#queue.createIfNotExists({ abortSignal });
      await this.#queue.sendMessage(text, options);
    }
  }
}
