import { deferred, type Awaitable, type Deferred } from './awaitable.ts';
import type { EventRaised } from './protocol.ts';

/** A task without its number. `input` is JSON text. Times are milliseconds since 1970. */
export type Task =
  | { readonly kind: 'activity'; readonly name: string; readonly input: string | null }
  | {
      readonly kind: 'sub-orchestration';
      readonly name: string;
      readonly input: string | null;
      readonly instanceId: string | undefined;
      readonly version: string;
    }
  | { readonly kind: 'timer'; readonly fireAt: number; readonly cancelled: boolean };

/** A task with the number under which its completion will arrive. */
export type ScheduledTask = Task & { readonly id: number };

/** Numbers tasks 0, 1, 2, ... in the order in which they are first awaited, and settles them by number or name. */
export interface Numbering {
  readonly tasks: readonly ScheduledTask[];
  schedule(task: Task): Awaitable;
  complete(id: number, failed: boolean): void;
  waitForEvent(name: string): Awaitable;
  raise(event: EventRaised): void;
  /** Events that nobody has waited for, oldest first; they go on into the next execution. */
  unconsumed(): EventRaised[];
}

export function createNumbering(): Numbering {
  const tasks: ScheduledTask[] = [];
  const open: Deferred[] = [];
  const waiting = new Map<string, Deferred[]>();
  let early: EventRaised[] = [];
  return {
    tasks,
    schedule: (task) => {
      const one = deferred();
      open.push(one);
      tasks.push({ ...task, id: tasks.length });
      return one;
    },
    complete: (id, failed) => open[id]?.settle(failed),
    waitForEvent: (name) => {
      const one = deferred();
      const event = early.find((candidate) => candidate.Name === name);
      if (event === undefined) {
        waiting.set(name, [...(waiting.get(name) ?? []), one]);
      } else {
        early = early.filter((candidate) => candidate !== event);
        one.settle(false);
      }
      return one;
    },
    raise: (event) => {
      // The newest waiter first: lib/src/orchestrations/TaskOrchestrationExecutor.js pops its list.
      const waiter = waiting.get(event.Name)?.pop();
      if (waiter === undefined) {
        early.push(event);
      } else {
        waiter.settle(false);
      }
    },
    unconsumed: () => [...early],
  };
}
