import type { Clock } from '../../shared/ports/clock.ts';

interface Sleeper {
  readonly at: number;
  readonly order: number;
  readonly wake: () => void;
}

/**
 * Virtual time for code that waits for nothing but promises: one turn of the event loop runs all that can run, so
 * thousands of sleeps cost milliseconds. Times are milliseconds since 1970.
 */
export class SimClock implements Clock {
  #now: number;
  #jumpedMs = 0;
  #order = 0;
  #sleepers: Sleeper[] = [];

  constructor(start: number) {
    this.#now = start;
  }

  /** The world's time; no clock on a wall changes it. */
  get time(): number {
    return this.#now;
  }

  /** What the wall clocks show. */
  now(): Date {
    return new Date(this.#now + this.#jumpedMs);
  }

  sleep(ms: number): Promise<void> {
    return new Promise((wake) => {
      this.#sleepers.push({ at: this.#now + Math.max(0, ms), order: this.#order++, wake });
    });
  }

  /** All wall clocks are set forward. */
  jump(ms: number): void {
    this.#jumpedMs += ms;
  }

  /** When somebody wakes next; Infinity if nobody sleeps. */
  nextAt(): number {
    return this.#sleepers.reduce((first, { at }) => Math.min(first, at), Infinity);
  }

  /** Lets time come to `at`, at which nobody wakes yet. */
  moveTo(at: number): void {
    this.#now = Math.max(this.#now, at);
  }

  /** Wakes the one who wakes next. */
  wakeNext(): void {
    const next = this.#sleepers.reduce<Sleeper | undefined>(
      (first, one) =>
        first === undefined || one.at < first.at || (one.at === first.at && one.order < first.order) ? one : first,
      undefined,
    );
    if (next !== undefined) {
      this.#sleepers = this.#sleepers.filter((one) => one !== next);
      this.moveTo(next.at);
      next.wake();
    }
  }

  /** Lets everything run that can. */
  async quiet(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** The same time on a wall clock that is off by what `skewMs` says. */
  skewed(skewMs: () => number): Clock {
    return {
      now: () => new Date(this.now().getTime() + skewMs()),
      sleep: async (ms) => await this.sleep(ms),
    };
  }
}
