import { EventType, stamp, type HistoryEvent, type HistoryFact } from '../../../../local/durable/protocol.ts';
import type { ScheduledTask } from '../../../../local/durable/numbering.ts';

export const START = Date.parse('2026-01-05T08:00:00Z');

/** One episode's share of a history: its start, then what it found. */
export function episode(at: number, ...facts: HistoryFact[]): HistoryEvent[] {
  return [stamp({ EventType: EventType.OrchestratorStarted }, at), ...facts.map((fact) => stamp(fact, at))];
}

export const started: HistoryFact = {
  EventType: EventType.ExecutionStarted,
  Name: 'one',
  Version: '',
  Input: null,
};

export function completed(id: number): HistoryFact {
  return { EventType: EventType.TaskCompleted, TaskScheduledId: id, Result: 'null' };
}

export function failed(id: number): HistoryFact {
  return { EventType: EventType.TaskFailed, TaskScheduledId: id, Reason: 'no', Details: '' };
}

export function fired(id: number): HistoryFact {
  return { EventType: EventType.TimerFired, TimerId: id, FireAt: new Date(START).toISOString() };
}

export function raised(name: string, input: string | null = null): HistoryFact {
  return { EventType: EventType.EventRaised, Name: name, Input: input };
}

/** The creation event of a task, as an episode stores it. */
export function creation(task: ScheduledTask): HistoryFact {
  const EventId = task.id;
  switch (task.kind) {
    case 'activity':
      return { EventType: EventType.TaskScheduled, EventId, Name: task.name, Input: task.input };
    case 'timer':
      return { EventType: EventType.TimerCreated, EventId, FireAt: new Date(task.fireAt).toISOString() };
    case 'sub-orchestration':
      return {
        EventType: EventType.SubOrchestrationInstanceCreated,
        EventId,
        Name: task.name,
        InstanceId: `child-${task.id}`,
        Input: task.input,
      };
  }
}
