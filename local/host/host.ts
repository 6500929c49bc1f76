import type { Clock } from '../../shared/ports/clock.ts';
import type { Log } from '../../shared/ports/log.ts';
import type { Random } from '../../shared/ports/random.ts';
import type { Handler } from '../http/serve.ts';
import { answerAdmin, type HostState } from './admin.ts';
import type { DurableExtension } from './durable-extension.ts';
import { durableRun } from './durable-run.ts';
import { answerEventGrid } from './event-grid-webhook.ts';
import { answerHttp } from './http-trigger.ts';
import { QueueListener, type QueueSettings } from './queue-listener.ts';
import { runTimer, type TimerStore } from './timer-trigger.ts';
import { storageQueue } from './trigger-queue.ts';
import { Worker } from './worker.ts';

export interface LocalHostOptions {
  /** Absolute paths of the entry points. */
  readonly entryPoints: readonly string[];
  readonly routePrefix: string;
  readonly queues: QueueSettings;
  /** App settings: connections and `%NAME%` are looked up here. */
  readonly settings: Readonly<Record<string, string>>;
  readonly keys: { readonly master: string; readonly functions: string; readonly eventGrid: string };
  readonly timers: TimerStore;
  readonly durable?: DurableExtension;
  /** Where this host answers, for the addresses that the durable client is given. */
  readonly origin: () => string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** What the job host is given to end: https://learn.microsoft.com/azure/azure-functions/functions-host-json */
const DRAIN_MS = 10_000;

/** A double for Microsoft's host: small, plain, with its rules for the triggers that this app uses. */
export class LocalHost {
  readonly worker: Worker;
  readonly #options: LocalHostOptions;
  readonly #stop = new AbortController();
  #listeners: QueueListener[] = [];
  #timers: Promise<void>[] = [];
  #state: HostState = 'Offline';
  #stopping: Promise<void> | undefined;

  constructor(options: LocalHostOptions) {
    this.#options = options;
    this.worker = new Worker(options.log, options.random);
  }

  get state(): HostState {
    return this.#state;
  }

  /** Loads the app and starts its triggers. */
  async start(): Promise<void> {
    const { entryPoints, settings, durable, origin } = this.#options;
    await this.worker.load(entryPoints);
    if (durable !== undefined) {
      this.worker.provide('durableClient', () => ({ string: durable.clientBinding(origin()) }));
    }
    await durable?.start(durableRun(this.worker));
    this.#state = 'Running';
    for (const { name, trigger } of this.worker.functions()) {
      if (this.#isDisabled(name)) {
        continue;
      }
      if (trigger.type === 'queueTrigger') {
        this.#listen(name, String(trigger['queueName']), String(trigger['connection']));
      } else if (trigger.type === 'timerTrigger') {
        const expression = String(trigger['schedule']).replace(/%(\w+)%/g, (_, key: string) => settings[key] ?? '');
        const { timers: store, clock } = this.#options;
        this.#timers.push(runTimer({ name, expression, worker: this.worker, store, clock }, this.#stop.signal));
      }
    }
  }

  readonly handle: Handler = async (request) => {
    const { keys, routePrefix, durable } = this.#options;
    const { pathname } = new URL(request.url);
    const path = pathname.toLowerCase();
    if (path.startsWith('/admin/')) {
      return await answerAdmin(request, this, keys.master);
    }
    if (this.#state !== 'Running') {
      return new Response(null, { status: 503 });
    }
    const isDisabled = (name: string): boolean => this.#isDisabled(name);
    if (path === '/runtime/webhooks/eventgrid') {
      return await answerEventGrid(request, this.worker, { keys: [keys.eventGrid, keys.master], isDisabled });
    }
    if (durable !== undefined && /^\/(runtime\/webhooks\/)?durabletask\//.test(path)) {
      return await durable.handle(request);
    }
    return await answerHttp(request, this.worker, { keys, prefix: routePrefix, isDisabled });
  };

  /** Listeners stop, running invocations are given ten seconds to end, the app's terminate hooks run. */
  async stop(): Promise<void> {
    this.#stopping ??= this.#drain();
    await this.#stopping;
  }

  async #drain(): Promise<void> {
    const { durable, clock, log } = this.#options;
    this.#state = 'Stopping';
    this.#stop.abort();
    const given = new AbortController();
    const listeners = [...this.#listeners.map((listener) => listener.stop()), ...this.#timers];
    const work = Promise.all([...listeners, durable?.stop(), this.worker.idle()]);
    const late = clock.sleep(DRAIN_MS, given.signal).then(
      () => log.error('functions still run after the time that is given to them', { ms: DRAIN_MS }),
      () => undefined,
    );
    await Promise.race([work, late]);
    given.abort();
    await this.worker.terminate();
    this.#state = 'Offline';
  }

  #isDisabled(name: string): boolean {
    return /^(true|1)$/i.test(this.#options.settings[`AzureWebJobs.${name}.Disabled`] ?? '');
  }

  #listen(functionName: string, queueName: string, connection: string): void {
    const { settings, queues, clock, random, log } = this.#options;
    const connectionString = settings[connection] ?? settings[`AzureWebJobs${connection}`];
    if (connectionString === undefined) {
      throw new Error(`function ${functionName}: the setting ${connection} is missing`);
    }
    const listener = new QueueListener({
      queue: storageQueue(connectionString, queueName),
      name: queueName,
      settings: queues,
      run: async (text) => await this.worker.invoke(functionName, { data: { string: text } }),
      clock,
      random,
      log,
    });
    listener.start();
    this.#listeners.push(listener);
  }
}
