import { z } from 'zod';

/**
 * The JSON that durable-functions 3.5 exchanges with the Durable extension (out-of-process replay schema V4).
 * Numbers and names are those of the package: lib/src/history/HistoryEventType.js, lib/src/actions/ActionType.js.
 */
export const EventType = {
  ExecutionStarted: 0,
  ExecutionCompleted: 1,
  TaskScheduled: 4,
  TaskCompleted: 5,
  TaskFailed: 6,
  SubOrchestrationInstanceCreated: 7,
  SubOrchestrationInstanceCompleted: 8,
  SubOrchestrationInstanceFailed: 9,
  TimerCreated: 10,
  TimerFired: 11,
  OrchestratorStarted: 12,
  OrchestratorCompleted: 13,
  EventRaised: 15,
} as const;

/** What happened, without when. `Input` and `Result` are JSON text; `null` where there is no data. */
export type HistoryFact =
  | {
      readonly EventType: typeof EventType.ExecutionStarted;
      readonly Name: string;
      readonly Version: string;
      readonly Input: string | null;
    }
  | { readonly EventType: typeof EventType.ExecutionCompleted; readonly Result: string; readonly Status: FinalStatus }
  | {
      readonly EventType: typeof EventType.TaskScheduled;
      readonly EventId: number;
      readonly Name: string;
      readonly Input: string | null;
    }
  | {
      readonly EventType: typeof EventType.SubOrchestrationInstanceCreated;
      readonly EventId: number;
      readonly Name: string;
      readonly InstanceId: string;
      readonly Input: string | null;
    }
  | { readonly EventType: typeof EventType.TimerCreated; readonly EventId: number; readonly FireAt: string }
  | TaskSucceeded
  | TaskFailed
  | { readonly EventType: typeof EventType.TimerFired; readonly TimerId: number; readonly FireAt: string }
  | EventRaised
  | { readonly EventType: typeof EventType.OrchestratorStarted }
  | { readonly EventType: typeof EventType.OrchestratorCompleted };

/** An activity or a sub-orchestration gave its result. */
export interface TaskSucceeded {
  readonly EventType: typeof EventType.TaskCompleted | typeof EventType.SubOrchestrationInstanceCompleted;
  readonly TaskScheduledId: number;
  readonly Result: string;
}

/** An activity or a sub-orchestration failed. The SDK needs both texts, or it reports a replay failure. */
export interface TaskFailed {
  readonly EventType: typeof EventType.TaskFailed | typeof EventType.SubOrchestrationInstanceFailed;
  readonly TaskScheduledId: number;
  readonly Reason: string;
  readonly Details: string;
}

/** Somebody raised an external event. */
export interface EventRaised {
  readonly EventType: typeof EventType.EventRaised;
  readonly Name: string;
  readonly Input: string | null;
}

/** One line of an instance's history. `EventId` is the task's number where one is scheduled, else -1. */
export type HistoryEvent = HistoryFact & {
  readonly EventId: number;
  /** False only for what the current episode sees for the first time. */
  readonly IsPlayed: boolean;
  /** ISO 8601, UTC. */
  readonly Timestamp: string;
};

/** Stamps a fact as it enters a history or an inbox. */
export function stamp(fact: HistoryFact, at: number): HistoryEvent {
  return { EventId: -1, ...fact, IsPlayed: false, Timestamp: new Date(at).toISOString() };
}

export type FinalStatus = 'Completed' | 'Failed' | 'Terminated';
export type RuntimeStatus = 'Pending' | 'Running' | 'Suspended' | FinalStatus;

export const ActionType = {
  CallActivity: 0,
  CallActivityWithRetry: 1,
  CallSubOrchestrator: 2,
  CallSubOrchestratorWithRetry: 3,
  ContinueAsNew: 4,
  CreateTimer: 5,
  WaitForExternalEvent: 6,
  WhenAny: 11,
  WhenAll: 12,
} as const;

const retryOptions = z.object({
  firstRetryIntervalInMilliseconds: z.number().positive(),
  maxNumberOfAttempts: z.number(),
  backoffCoefficient: z.number().optional(),
  maxRetryIntervalInMilliseconds: z.number().optional(),
});
const activity = { functionName: z.string(), input: z.unknown().optional() };
const subOrchestration = { ...activity, instanceId: z.string().nullish(), version: z.string().nullish() };

const action = z.discriminatedUnion('actionType', [
  z.object({ actionType: z.literal(ActionType.CallActivity), ...activity }),
  z.object({ actionType: z.literal(ActionType.CallActivityWithRetry), ...activity, retryOptions }),
  z.object({ actionType: z.literal(ActionType.CallSubOrchestrator), ...subOrchestration }),
  z.object({ actionType: z.literal(ActionType.CallSubOrchestratorWithRetry), ...subOrchestration, retryOptions }),
  z.object({ actionType: z.literal(ActionType.ContinueAsNew), input: z.unknown().optional() }),
  z.object({ actionType: z.literal(ActionType.CreateTimer), fireAt: z.iso.datetime(), isCanceled: z.boolean() }),
  z.object({ actionType: z.literal(ActionType.WaitForExternalEvent), externalEventName: z.string() }),
  z.object({
    actionType: z.literal([ActionType.WhenAny, ActionType.WhenAll]),
    get compoundActions() {
      return z.array(action);
    },
  }),
]);

/** What an orchestrator function answers after each episode: everything that it has awaited since its start. */
export const orchestratorState = z.object({
  isDone: z.boolean(),
  actions: z.array(z.array(action)).max(1, 'schema V2 and later wrap the actions in one array'),
  output: z.unknown().optional(),
  customStatus: z.unknown().optional(),
  error: z.string().optional(),
});

export type RetryOptions = z.infer<typeof retryOptions>;
export type Action = z.infer<typeof action>;
export type OrchestratorState = z.infer<typeof orchestratorState>;

/** Timers longer than `maximumShortMs` are cut into legs of `legMs`; SDK and extension must agree on both. */
export const TIMER_LIMITS = { maximumShortMs: 6 * 86_400_000, legMs: 3 * 86_400_000 } as const;

/** The same limits in the .NET TimeSpan form in which they travel. */
export const TIMER_LIMITS_ON_THE_WIRE = {
  maximumShortTimerDuration: '6.00:00:00',
  longRunningTimerIntervalDuration: '3.00:00:00',
} as const;
