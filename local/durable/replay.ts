import type { Awaitable } from './awaitable.ts';
import { createNumbering, type Numbering, type ScheduledTask } from './numbering.ts';
import { perform } from './perform.ts';
import { EventType, type Action, type EventRaised, type HistoryEvent } from './protocol.ts';

export interface Replay {
  /** Every task since the start of this execution, by number; those in the history already are among them. */
  readonly tasks: readonly ScheduledTask[];
  /** All actions have been awaited to their end; before that, an output or an error does not count. */
  readonly finished: boolean;
  /** JSON text of the next execution's input. */
  readonly continueAsNew: string | undefined;
  readonly unconsumed: readonly EventRaised[];
}

/**
 * Replays an orchestrator's action list against its history, action after action, as the extension does, to find
 * which tasks exist and what number each has. The SDK numbers the same tasks by itself; both must agree.
 *
 * A task that is awaited again inside a new compound is a new task here, although the SDK means the old one: the
 * protocol has no task ids, and Azure does the same (azure-functions-durable-js issue 574).
 *
 * Pure: same history and actions, same answer. @see OutOfProcOrchestrationShim.cs of azure-functions-durable-extension
 */
export function replay(history: readonly HistoryEvent[], actions: readonly Action[]): Replay {
  const numbering = createNumbering();
  let now = 0;
  let continueAsNew: string | undefined;
  let current: Awaitable | undefined;
  let next = 0;
  const stage = {
    numbering,
    now: () => now,
    continueAsNew: (input: string) => {
      continueAsNew = input;
    },
  };
  const isIdle = (): boolean => current?.outcome() !== 'pending';
  const advance = (): void => {
    for (let action = actions[next]; isIdle() && action !== undefined; action = actions[next]) {
      next += 1;
      current = perform(action, stage);
    }
  };
  for (const event of history) {
    if (event.EventType === EventType.OrchestratorStarted) {
      now = Math.max(now, Date.parse(event.Timestamp));
    } else if (event.EventType === EventType.ExecutionStarted || settle(event, numbering)) {
      advance();
    }
  }
  return {
    tasks: numbering.tasks,
    finished: next === actions.length && isIdle(),
    continueAsNew,
    unconsumed: numbering.unconsumed(),
  };
}

/** @returns whether the event is one for which the orchestration may have waited. */
function settle(event: HistoryEvent, numbering: Numbering): boolean {
  switch (event.EventType) {
    case EventType.TaskCompleted:
    case EventType.SubOrchestrationInstanceCompleted:
      numbering.complete(event.TaskScheduledId, false);
      return true;
    case EventType.TaskFailed:
    case EventType.SubOrchestrationInstanceFailed:
      numbering.complete(event.TaskScheduledId, true);
      return true;
    case EventType.TimerFired:
      numbering.complete(event.TimerId, false);
      return true;
    case EventType.EventRaised:
      numbering.raise(event);
      return true;
    default:
      return false;
  }
}
