import type { Clock } from '../../shared/ports/clock.ts';
import type { Log } from '../../shared/ports/log.ts';
import type { Random } from '../../shared/ports/random.ts';
import type { DurableExtension } from '../host/durable-extension.ts';
import type { Handler } from '../http/serve.ts';
import { durableClientData, type Webhook } from './client-binding.ts';
import { Engine, type Run } from './engine.ts';
import { HistoryStore } from './history-store.ts';
import { createManagementApi } from './management-api.ts';

export interface LocalDurableOptions {
  /** The history's path; ':memory:' for tests. One engine per file. */
  readonly file: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly taskHub: string;
  /** The system key without which the webhook's addresses answer 401. */
  readonly key: string;
}

/**
 * The Durable extension's side for durable-functions 3.5: orchestrations and activities, their retries, timers,
 * external events, sub-orchestrations and continue-as-new. No entities, no locks, no callHttp, no rewind.
 *
 * What has been answered with 2xx survives a kill of the process. An activity runs again after a kill exactly if its
 * completion had not been stored.
 */
export class LocalDurable implements DurableExtension {
  readonly handle: Handler;
  readonly #webhook: Omit<Webhook, 'origin'>;
  readonly #store: HistoryStore;
  readonly #engine: Engine;

  /** @throws Error if another process holds the file. */
  constructor({ file, clock, random, log, taskHub, key }: LocalDurableOptions) {
    this.#webhook = { taskHub, key };
    this.#store = new HistoryStore(file);
    this.#engine = new Engine({ store: this.#store, clock, random, log });
    this.handle = createManagementApi({
      store: this.#store,
      clock,
      random,
      webhook: this.#webhook,
      changed: () => this.#engine.look(),
    });
  }

  /** Goes on with everything that the history has open. */
  start(run: Run): Promise<void> {
    this.#engine.start(run);
    return Promise.resolve();
  }

  /** Waits for the running functions, whose outcome is stored, and closes the file. */
  async stop(): Promise<void> {
    await this.#engine.stop();
    this.#store.close();
  }

  clientBinding(origin: string): string {
    return JSON.stringify(durableClientData({ ...this.#webhook, origin }));
  }
}
