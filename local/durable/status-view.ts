import { isFinished, type Instance } from './instance.ts';
import { EventType, type HistoryEvent, type RuntimeStatus } from './protocol.ts';

export interface StatusOptions {
  readonly showInput: boolean;
  /** The history to show, if any. */
  readonly history?: readonly HistoryEvent[] | undefined;
  readonly showHistoryOutput?: boolean;
}

export function runtimeStatus(instance: Instance): RuntimeStatus {
  return instance.suspended && !isFinished(instance) ? 'Suspended' : instance.status;
}

/** An instance as the management API shows it; `input` and `output` are always there, the SDK insists on them. */
export function showStatus(instance: Instance, options: StatusOptions): object {
  return {
    name: instance.name,
    instanceId: instance.id,
    runtimeStatus: runtimeStatus(instance),
    input: options.showInput ? fromJson(instance.input) : null,
    customStatus: fromJson(instance.customStatus),
    output: fromJson(instance.output),
    createdTime: toSeconds(instance.createdAt),
    lastUpdatedTime: toSeconds(instance.updatedAt),
    historyEvents:
      options.history === undefined ? null : showHistory(options.history, options.showHistoryOutput === true),
  };
}

const NAMES = new Map<number, string>(Object.entries(EventType).map(([name, number]) => [number, name]));

/** What was scheduled is told by its completion, as in Azure; the episodes' own brackets are left out. */
function showHistory(history: readonly HistoryEvent[], withOutput: boolean): object[] {
  const scheduled = new Map(history.map((event) => [event.EventId, event]));
  return history.flatMap((event): object[] => {
    const shown = { EventType: NAMES.get(event.EventType), Timestamp: event.Timestamp };
    switch (event.EventType) {
      case EventType.OrchestratorStarted:
      case EventType.OrchestratorCompleted:
      case EventType.TaskScheduled:
      case EventType.SubOrchestrationInstanceCreated:
        return [];
      case EventType.ExecutionStarted:
        return [{ ...shown, FunctionName: event.Name }];
      case EventType.ExecutionCompleted:
        return [
          { ...shown, OrchestrationStatus: event.Status, ...(withOutput ? { Result: fromJson(event.Result) } : {}) },
        ];
      case EventType.TaskCompleted:
      case EventType.SubOrchestrationInstanceCompleted:
        return [{ ...shown, ...origin(scheduled, event), ...(withOutput ? { Result: fromJson(event.Result) } : {}) }];
      case EventType.TaskFailed:
      case EventType.SubOrchestrationInstanceFailed:
        return [{ ...shown, ...origin(scheduled, event), Reason: event.Reason, Details: event.Details }];
      case EventType.TimerCreated:
      case EventType.TimerFired:
        return [{ ...shown, FireAt: event.FireAt }];
      case EventType.EventRaised:
        return [{ ...shown, Name: event.Name, ...(withOutput ? { Input: fromJson(event.Input) } : {}) }];
    }
  });
}

function origin(
  scheduled: ReadonlyMap<number, HistoryEvent>,
  { TaskScheduledId }: { TaskScheduledId: number },
): object {
  const event = scheduled.get(TaskScheduledId);
  return event !== undefined && 'Name' in event ? { FunctionName: event.Name, ScheduledTime: event.Timestamp } : {};
}

function fromJson(text: string | null): unknown {
  return text === null ? null : JSON.parse(text);
}

function toSeconds(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
}
