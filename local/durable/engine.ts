import type { Clock } from '../../shared/ports/clock.ts';
import type { Log } from '../../shared/ports/log.ts';
import type { Random } from '../../shared/ports/random.ts';
import type { DurableExtension, InvocationResult } from '../host/durable-extension.ts';
import { decideStep, episodeTime, openingEvents, triggerPayload } from './episode.ts';
import type { HistoryStore } from './history-store.ts';
import { EventType, type TaskFailed, type TaskSucceeded } from './protocol.ts';
import type { PendingActivity } from './work-rows.ts';

export type Run = Parameters<DurableExtension['start']>[0];

export interface EngineParts {
  readonly store: HistoryStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** The longest single sleep: timers of Node hold 24 days, and a laptop's clock may jump. */
const LONGEST_SLEEP_MS = 3_600_000;

/**
 * Runs whatever the store says is to be run: instances with arrivals, activities without completion, timers.
 *
 * It keeps no list of work of its own. After every transaction it looks at the store again, and a start is the first
 * look: that is all there is to resuming after a kill.
 */
export class Engine {
  readonly #parts: EngineParts;
  readonly #running = new Map<string, Promise<void>>();
  #run: Run | undefined;
  #alarm: { readonly due: number; readonly controller: AbortController } | undefined;

  constructor(parts: EngineParts) {
    this.#parts = parts;
  }

  start(run: Run): void {
    this.#run = run;
    this.look();
  }

  /** Starts nothing more; resolves when everything that runs has ended and is stored. */
  async stop(): Promise<void> {
    this.#run = undefined;
    this.#alarm?.controller.abort();
    await Promise.all(this.#running.values());
  }

  /** To be called whenever the store has changed. */
  look(): void {
    const run = this.#run;
    if (run === undefined) {
      return;
    }
    const { store, clock } = this.#parts;
    store.fireTimers(clock.now().getTime());
    for (const id of store.runnable()) {
      this.#once(`orchestration ${id}`, () => this.#runEpisode(run, id));
    }
    for (const activity of store.activities()) {
      this.#once(`activity ${activity.execution} ${activity.task}`, () => this.#runActivity(run, activity));
    }
    this.#setAlarm(store.nextDue());
  }

  /** An error here is ours or the host's, not the function's: the work stays in the store, untouched until a restart. */
  #once(key: string, work: () => Promise<void>): void {
    if (this.#running.has(key)) {
      return;
    }
    const done = work()
      .then(() => {
        this.#running.delete(key);
        this.look();
      })
      .catch((error: unknown) => this.#report(key, error));
    this.#running.set(key, done);
  }

  async #runEpisode(run: Run, id: string): Promise<void> {
    const { store, clock, random, log } = this.#parts;
    const episode = store.episode(id);
    if (episode === undefined) {
      return;
    }
    const at = episodeTime(episode, clock.now().getTime());
    const payload = triggerPayload(episode, openingEvents(episode, at));
    const step = decideStep(episode, await run(episode.instance.name, 'orchestration', payload), at);
    const isStored = store.commit(step, random.uuid());
    if (isStored && step.ending.kind === 'finish') {
      log.info('orchestration ended', { instance: id, status: step.ending.status });
    }
  }

  async #runActivity(run: Run, activity: PendingActivity): Promise<void> {
    const result = await run(activity.name, 'activity', activity.input ?? undefined);
    this.#parts.store.completeActivity(activity, completion(activity, result), this.#parts.clock.now().getTime());
  }

  #setAlarm(due: number | undefined): void {
    if (due === this.#alarm?.due) {
      return;
    }
    this.#alarm?.controller.abort();
    this.#alarm = undefined;
    if (due === undefined) {
      return;
    }
    const { clock } = this.#parts;
    const alarm = { due, controller: new AbortController() };
    this.#alarm = alarm;
    const delay = Math.min(Math.max(0, due - clock.now().getTime()), LONGEST_SLEEP_MS);
    clock
      .sleep(delay, alarm.controller.signal)
      .then(
        () => {
          this.#alarm = undefined;
          this.look();
        },
        () => undefined, // aborted: another alarm has taken its place, or the engine stops
      )
      .catch((error: unknown) => this.#report('alarm', error));
  }

  #report(work: string, error: unknown): void {
    this.#parts.log.error('durable work is stuck until a restart', { work, error: String(error) });
  }
}

function completion({ name, task }: PendingActivity, result: InvocationResult): TaskSucceeded | TaskFailed {
  if (result.ok) {
    const Result = JSON.stringify(result.returnValue ?? null);
    return { EventType: EventType.TaskCompleted, TaskScheduledId: task, Result };
  }
  const Reason = `Activity function '${name}' failed: ${result.message}`;
  return { EventType: EventType.TaskFailed, TaskScheduledId: task, Reason, Details: result.stack };
}
