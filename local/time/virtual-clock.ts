import type { Clock } from '../../shared/ports/clock.ts';

interface Sleeper {
  readonly at: number;
  readonly order: number;
  readonly wake: () => void;
}

/** Event-loop turns without a new sleeper or finished hold after which nothing is taken to be runnable. */
const QUIET_TURNS = 5;

/**
 * Time that stands still while anything can run and then jumps to the next sleeper.
 *
 * For one process without sockets: promises, `node:sqlite` and timers of this clock are seen; whatever runs outside
 * the event loop's own queues (a child process, WebCrypto, a file) must be announced with `hold`.
 * Sleepers due at the same instant wake in the order in which they went to sleep, so a run repeats itself.
 */
export class VirtualClock implements Clock {
  #now: number;
  #order = 0;
  #holds = 0;
  #activity = 0;
  #sleepers: Sleeper[] = [];

  constructor(start = Date.parse('2026-01-05T08:00:00Z')) {
    this.#now = start;
  }

  now(): Date {
    return new Date(this.#now);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.#activity += 1;
    return new Promise((resolve, reject) => {
      const aborted = (): void => reject(new DOMException('The sleep was aborted', 'AbortError'));
      if (signal?.aborted === true) {
        aborted();
        return;
      }
      const sleeper: Sleeper = {
        at: this.#now + Math.max(0, ms),
        order: this.#order++,
        wake: () => {
          signal?.removeEventListener('abort', leave);
          resolve();
        },
      };
      const leave = (): void => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        aborted();
      };
      signal?.addEventListener('abort', leave, { once: true });
      this.#sleepers.push(sleeper);
    });
  }

  /** Stops time until `work`, which runs outside the event loop's queues, has settled. */
  async hold<T>(work: Promise<T>): Promise<T> {
    this.#holds += 1;
    try {
      return await work;
    } finally {
      this.#holds -= 1;
      this.#activity += 1;
    }
  }

  /** Runs until `goal` settles, jumping over idle time. @throws Error if nothing can run and nothing sleeps. */
  async run<T>(goal: Promise<T>): Promise<T> {
    const state = { settled: false };
    const finish = (): void => {
      state.settled = true;
    };
    goal.then(finish, finish);
    for (;;) {
      await this.#quiet(() => state.settled);
      if (state.settled) {
        return await goal;
      }
      if (!this.#wakeNext(Infinity)) {
        throw new Error('virtual time stands still: the goal waits for something that nobody will do');
      }
    }
  }

  /** Lets `ms` milliseconds pass, waking every sleeper that is due on the way. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    do {
      await this.#quiet(() => false);
    } while (this.#wakeNext(end));
    this.#now = end;
  }

  #wakeNext(limit: number): boolean {
    const next = this.#sleepers.reduce<Sleeper | undefined>(
      (first, one) =>
        first === undefined || one.at < first.at || (one.at === first.at && one.order < first.order) ? one : first,
      undefined,
    );
    if (next === undefined || next.at > limit) {
      return false;
    }
    this.#sleepers = this.#sleepers.filter((other) => other !== next);
    this.#now = Math.max(this.#now, next.at);
    next.wake();
    return true;
  }

  async #quiet(done: () => boolean): Promise<void> {
    let seen = this.#activity;
    for (let turns = 0; turns < QUIET_TURNS || this.#holds > 0; turns += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      if (done()) {
        return;
      }
      if (this.#activity !== seen) {
        seen = this.#activity;
        turns = 0;
      }
    }
  }
}
