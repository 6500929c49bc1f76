import { join } from 'node:path';

import { LocalDurable } from '../../../../local/durable/index.ts';
import type { DurableExtension } from '../../../../local/host/durable-extension.ts';
import { durableRun } from '../../../../local/host/durable-run.ts';
import { Worker } from '../../../../local/host/worker.ts';
import { SeededRandom } from '../../../../local/time/seeded-random.ts';
import { VirtualClock } from '../../../../local/time/virtual-clock.ts';

export type Run = Parameters<DurableExtension['start']>[0];

export interface Shown {
  readonly name: string;
  readonly instanceId: string;
  readonly runtimeStatus: string;
  readonly input: unknown;
  readonly customStatus: unknown;
  readonly output: unknown;
  readonly createdTime: string;
  readonly historyEvents: readonly Record<string, unknown>[] | null;
}

const quiet = (): void => undefined;
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
const ORCHESTRATIONS = join(import.meta.dirname, '../../../fixtures/durable-app/orchestrations.ts');

// Not imported statically: it registers its functions with whatever answers at its first import.
const worker = new Worker(log, new SeededRandom(3));
await worker.load([ORCHESTRATIONS]);
export const { mood, runs } = await import('../../../fixtures/durable-app/orchestrations.ts');

/** Runs the fixture's functions. */
export const runFunction: Run = durableRun(worker);

/** A Durable extension in virtual time, called without a socket. */
export class Stage {
  readonly clock = new VirtualClock();
  readonly durable: LocalDurable;
  readonly errors: unknown[] = [];
  readonly #ended = new Map<string, () => void>();

  constructor(file = ':memory:') {
    this.durable = new LocalDurable({
      file,
      clock: this.clock,
      random: new SeededRandom(7),
      taskHub: 'TestHub',
      key: 'key',
      log: {
        debug: () => undefined,
        info: (_, fields) => this.#ended.get(String(fields?.['instance']))?.(),
        warn: () => undefined,
        error: (message, fields) => this.errors.push({ message, fields }),
      },
    });
  }

  start(run: Run = runFunction): Promise<void> {
    return this.durable.start(run);
  }

  call(method: string, path: string, body?: unknown): Promise<Response> {
    return this.durable.handle(
      new Request(`http://127.0.0.1/durabletask/${path}`, {
        method,
        headers: { 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
  }

  async status(id: string, query = ''): Promise<Shown> {
    return (await (await this.call('GET', `instances/${id}${query}`)).json()) as Shown;
  }

  /** Starts an orchestration and jumps over its waiting to its end. */
  async play(name: string, id: string, input?: unknown): Promise<Shown> {
    const end = this.end(id);
    await this.call('POST', `orchestrators/${name}/${id}`, input);
    await this.clock.run(end);
    return this.status(id);
  }

  /** Resolves when the instance ends by itself. */
  end(id: string): Promise<void> {
    return new Promise((resolve) => this.#ended.set(id, resolve));
  }

  /** Lets everything run that can run without waiting. */
  settle(): Promise<void> {
    return this.clock.advance(0);
  }
}
