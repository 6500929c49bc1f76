import type { DatabaseSync } from 'node:sqlite';

import { inTransaction, openHistoryFile } from './database.ts';
import type { Episode, Step } from './episode.ts';
import {
  deleteInstance,
  selectInstance,
  selectInstances,
  updateSuspended,
  type InstanceFilter,
} from './instance-rows.ts';
import { isFinished, type Instance, type NewInstance } from './instance.ts';
import { EventType, type HistoryEvent, type HistoryFact, type TaskFailed, type TaskSucceeded } from './protocol.ts';
import { applyStep, deliver, endInstance, startInstance, type End } from './transitions.ts';
import {
  deleteActivity,
  deleteHistory,
  deleteTimer,
  deleteWork,
  selectActivities,
  selectDueTimers,
  selectHistory,
  selectInbox,
  selectNextDue,
  type PendingActivity,
} from './work-rows.ts';

/**
 * All that the extension knows, in one SQLite file.
 *
 * Each method is one transaction, so that a kill between any two lines leaves either the state before or the state
 * after it. Times are milliseconds since 1970.
 */
export class HistoryStore {
  readonly #database: DatabaseSync;

  /** @param path - The file, made when it is missing; ':memory:' keeps nothing. */
  constructor(path: string) {
    this.#database = openHistoryFile(path);
  }

  close(): void {
    this.#database.close();
  }

  /** @returns false if an instance of that id has not ended yet. */
  start(instance: NewInstance, at: number): boolean {
    return inTransaction(this.#database, () => startInstance(this.#database, instance, at));
  }

  get(id: string): Instance | undefined {
    return selectInstance(this.#database, id);
  }

  find(filter: InstanceFilter): Instance[] {
    return selectInstances(this.#database, filter);
  }

  history(id: string): HistoryEvent[] {
    return selectHistory(this.#database, id);
  }

  deliver(id: string, fact: HistoryFact, at: number): void {
    inTransaction(this.#database, () => deliver(this.#database, id, fact, at));
  }

  /** Ends the instance, unless it has ended or begun another execution meanwhile. */
  end(instance: Instance, end: End): void {
    inTransaction(this.#database, () => {
      if (this.#isCurrent(instance)) {
        endInstance(this.#database, instance, end);
      }
    });
  }

  setSuspended(id: string, suspended: boolean, at: number): void {
    updateSuspended(this.#database, id, suspended, at);
  }

  purge(ids: readonly string[]): void {
    inTransaction(this.#database, () => {
      for (const id of ids) {
        deleteWork(this.#database, id);
        deleteHistory(this.#database, id);
        deleteInstance(this.#database, id);
      }
    });
  }

  /** Instances for which something has arrived that they may work on, oldest first. */
  runnable(): string[] {
    const rows = this.#database
      .prepare(
        `SELECT id FROM instance WHERE suspended = 0 AND status IN ('Pending', 'Running')
         AND EXISTS (SELECT 1 FROM inbox WHERE inbox.instance = instance.id) ORDER BY created_at, id`,
      )
      .all();
    return rows.map(({ id }) => id as string);
  }

  /** @returns undefined if there is nothing to work on. */
  episode(id: string): Episode | undefined {
    const instance = this.get(id);
    const inbox = selectInbox(this.#database, id);
    const last = inbox.at(-1);
    if (instance === undefined || last === undefined) {
      return undefined;
    }
    return {
      instance,
      past: this.history(id),
      arrived: inbox.map(({ event }) => event),
      lastArrival: last.arrival,
    };
  }

  /** @returns false, with nothing stored, if the instance was ended or replaced while the episode ran. */
  commit(step: Step, nextExecution: string): boolean {
    return inTransaction(this.#database, () => {
      const isCurrent = this.#isCurrent(step.episode.instance);
      if (isCurrent) {
        applyStep(this.#database, step, nextExecution);
      }
      return isCurrent;
    });
  }

  activities(): PendingActivity[] {
    return selectActivities(this.#database);
  }

  /** Puts a completion into its instance's inbox; nothing happens if nobody waits for it any more. */
  completeActivity({ instance, execution, task }: PendingActivity, fact: TaskSucceeded | TaskFailed, at: number): void {
    inTransaction(this.#database, () => {
      if (deleteActivity(this.#database, execution, task)) {
        deliver(this.#database, instance, fact, at);
      }
    });
  }

  /** @returns when the next timer is due. */
  nextDue(): number | undefined {
    return selectNextDue(this.#database);
  }

  fireTimers(now: number): void {
    inTransaction(this.#database, () => {
      for (const { instance, execution, task, due } of selectDueTimers(this.#database, now)) {
        deleteTimer(this.#database, execution, task);
        const FireAt = new Date(due).toISOString();
        deliver(this.#database, instance, { EventType: EventType.TimerFired, TimerId: task, FireAt }, now);
      }
    });
  }

  #isCurrent({ id, execution }: Instance): boolean {
    const stored = this.get(id);
    return stored?.execution === execution && !isFinished(stored);
  }
}
