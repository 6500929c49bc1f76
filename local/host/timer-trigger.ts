import type { Clock } from '../../shared/ports/clock.ts';
import { parseNcrontab } from './ncrontab.ts';
import type { Worker } from './worker.ts';

/** When a timer last ran and runs next, ISO 8601; kept across restarts. */
export interface TimerStatus {
  readonly last: string;
  readonly next: string;
}

export interface TimerStore {
  read(name: string): TimerStatus | undefined;
  write(name: string, status: TimerStatus): void;
}

/**
 * A timer trigger: one run at a time, missed occurrences run once with `isPastDue`, the next time is computed after a
 * run has ended. Source: azure-webjobs-sdk-extensions, TimerListener.cs.
 */
export async function runTimer(
  {
    name,
    expression,
    worker,
    store,
    clock,
  }: {
    readonly name: string;
    readonly expression: string;
    readonly worker: Worker;
    readonly store: TimerStore;
    readonly clock: Clock;
  },
  signal: AbortSignal,
): Promise<void> {
  const schedule = parseNcrontab(expression);
  const known = store.read(name);
  const isUnchanged =
    known !== undefined && (known.last === '' || schedule.next(new Date(known.last)).toISOString() === known.next);
  let next = isUnchanged ? new Date(known.next) : schedule.next(clock.now());
  let last = isUnchanged ? known.last : '';
  store.write(name, { last, next: next.toISOString() });
  while (!signal.aborted) {
    const wait = next.getTime() - clock.now().getTime();
    const isPastDue = wait < -1000;
    if (wait > 0) {
      await clock.sleep(Math.min(wait, 2 ** 31 - 1), signal).catch(() => undefined);
      continue;
    }
    const timer = {
      Schedule: { AdjustForDST: true },
      ScheduleStatus: { Last: last, Next: next.toISOString(), LastUpdated: last },
      IsPastDue: isPastDue,
    };
    last = next.toISOString();
    await worker.invoke(name, { data: { json: JSON.stringify(timer) } });
    const now = clock.now();
    next = schedule.next(now > next ? now : next);
    store.write(name, { last: now.toISOString(), next: schedule.next(now).toISOString() });
  }
}
