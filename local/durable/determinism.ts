import type { ScheduledTask } from './numbering.ts';
import { EventType, type HistoryEvent } from './protocol.ts';

/**
 * Finds a task of the history that the replay does not schedule again under the same number, kind and name.
 * Azure fails such an instance ("Non-Deterministic workflow detected"); the usual causes are changed code, a clock
 * or chance in an orchestrator, and a cancelled timer that was awaited next to a call with retry.
 *
 * @returns what is wrong, or undefined.
 */
export function findNonDeterminism(
  history: readonly HistoryEvent[],
  tasks: readonly ScheduledTask[],
): string | undefined {
  for (const event of history) {
    const before = describeEvent(event);
    if (before === undefined) {
      continue;
    }
    const task = tasks[event.EventId];
    const after = task === undefined ? 'nothing' : describeTask(task);
    if (before !== after) {
      return `Non-Deterministic workflow detected: task ${event.EventId} was ${before} and is now ${after}`;
    }
  }
  return undefined;
}

function describeEvent(event: HistoryEvent): string | undefined {
  switch (event.EventType) {
    case EventType.TaskScheduled:
      return `activity '${event.Name}'`;
    case EventType.SubOrchestrationInstanceCreated:
      return `sub-orchestration '${event.Name}'`;
    case EventType.TimerCreated:
      return 'a timer';
    default:
      return undefined;
  }
}

function describeTask(task: ScheduledTask): string {
  return task.kind === 'timer' ? 'a timer' : `${task.kind} '${task.name}'`;
}
