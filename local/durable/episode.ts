import type { InvocationResult } from '../host/durable-extension.ts';
import { findNonDeterminism } from './determinism.ts';
import type { Instance } from './instance.ts';
import type { ScheduledTask } from './numbering.ts';
import {
  EventType,
  orchestratorState,
  stamp,
  TIMER_LIMITS_ON_THE_WIRE,
  type EventRaised,
  type FinalStatus,
  type HistoryEvent,
  type OrchestratorState,
} from './protocol.ts';
import { replay } from './replay.ts';

/** What an instance has to work on: its history, and what has arrived since. */
export interface Episode {
  readonly instance: Instance;
  readonly past: readonly HistoryEvent[];
  readonly arrived: readonly HistoryEvent[];
  /** The newest inbox entry in `arrived`. */
  readonly lastArrival: number;
}

type Ending =
  | { readonly kind: 'wait' }
  | { readonly kind: 'finish'; readonly status: FinalStatus; readonly output: string; readonly details: string }
  | { readonly kind: 'continue-as-new'; readonly input: string; readonly carried: readonly EventRaised[] };

/** What an episode changes. Stored in one transaction, or not at all. */
export interface Step {
  readonly episode: Episode;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The new part of the history, before the tasks that it schedules. */
  readonly events: readonly HistoryEvent[];
  readonly tasks: readonly ScheduledTask[];
  /** Numbers of timers that are not to fire any more. */
  readonly cancelledTimers: readonly number[];
  /** JSON text. */
  readonly customStatus: string | null;
  readonly ending: Ending;
}

/** Where the SDK hides its answer when an orchestrator throws (lib/src/error/OrchestrationFailureError.js). */
const ANSWER_LABEL = '\n\n$OutOfProcData$:';

/**
 * The time of an episode: the clock's, but never before what the history has seen. An orchestration that finds a
 * timer fired before its own due time would create it again.
 */
export function episodeTime({ past, arrived }: Episode, now: number): number {
  const seen = [...past.slice(-1), ...arrived].map((event) => Date.parse(event.Timestamp));
  return Math.max(now, ...seen);
}

/** The events that the episode adds at its beginning. */
export function openingEvents({ arrived }: Episode, at: number): HistoryEvent[] {
  return [stamp({ EventType: EventType.OrchestratorStarted }, at), ...arrived];
}

/** The orchestrationTrigger's data, as JSON text. */
export function triggerPayload({ instance, past }: Episode, opening: readonly HistoryEvent[]): string {
  return JSON.stringify({
    history: [...past.map((event) => ({ ...event, IsPlayed: true })), ...opening],
    input: parseOrNull(instance.input),
    instanceId: instance.id,
    isReplaying: past.length > 0,
    parentInstanceId: instance.parent?.instanceId ?? null,
    upperSchemaVersion: 1,
    upperSchemaVersionNew: 3,
    ...TIMER_LIMITS_ON_THE_WIRE,
    defaultHttpAsyncRequestSleepTimeMillseconds: 30_000,
  });
}

/** Turns the orchestrator's answer into what is to be stored. Pure. */
export function decideStep(episode: Episode, result: InvocationResult, at: number): Step {
  const events = openingEvents(episode, at);
  const answer = readAnswer(result);
  if ('problem' in answer) {
    return { ...emptyStep(episode, at), events, ending: failure(episode, answer.problem, detailsOf(result)) };
  }
  const history = [...episode.past, ...events];
  const actions = answer.state.actions[0] ?? [];
  const { tasks, ...replayed } = replay(history, actions);
  const mismatch = findNonDeterminism(history, tasks);
  if (mismatch !== undefined) {
    return { ...emptyStep(episode, at), events, ending: failure(episode, mismatch, '') };
  }
  const known = new Set(history.map((event) => event.EventId));
  return {
    episode,
    at,
    events,
    tasks: tasks.filter((task) => !known.has(task.id)),
    cancelledTimers: tasks.filter((task) => task.kind === 'timer' && task.cancelled).map((task) => task.id),
    customStatus: toJson(answer.state.customStatus ?? parseOrNull(episode.instance.customStatus)),
    ending: replayed.finished ? endingOf(episode, { ...replayed, result, state: answer.state }) : { kind: 'wait' },
  };
}

interface Finished {
  readonly state: OrchestratorState;
  readonly result: InvocationResult;
  readonly continueAsNew: string | undefined;
  readonly unconsumed: readonly EventRaised[];
}

function endingOf(episode: Episode, { state, result, continueAsNew, unconsumed }: Finished): Ending {
  if (state.error !== undefined) {
    return failure(episode, state.error, detailsOf(result));
  }
  if (continueAsNew !== undefined) {
    return { kind: 'continue-as-new', input: continueAsNew, carried: unconsumed };
  }
  return state.isDone
    ? { kind: 'finish', status: 'Completed', output: toJson(state.output), details: '' }
    : { kind: 'wait' };
}

function failure({ instance }: Episode, reason: string, details: string): Ending {
  const output = JSON.stringify(`Orchestrator function '${instance.name}' failed: ${reason}`);
  return { kind: 'finish', status: 'Failed', output, details };
}

function emptyStep(episode: Episode, at: number): Omit<Step, 'events' | 'ending'> {
  return { episode, at, tasks: [], cancelledTimers: [], customStatus: episode.instance.customStatus };
}

function detailsOf(result: InvocationResult): string {
  return result.ok ? '' : result.stack;
}

function readAnswer(result: InvocationResult): { state: OrchestratorState } | { problem: string } {
  const raw = result.ok ? result.returnValue : textAfterLabel(result.message);
  if (raw === undefined) {
    return { problem: result.ok ? 'it returned nothing' : result.message };
  }
  try {
    const parsed = orchestratorState.safeParse(typeof raw === 'string' ? JSON.parse(raw) : raw);
    return parsed.success
      ? { state: parsed.data }
      : { problem: `its answer is not understood here: ${JSON.stringify(parsed.error.issues[0])}` };
  } catch {
    return { problem: 'its answer is not valid JSON' };
  }
}

function textAfterLabel(message: string): string | undefined {
  const at = message.indexOf(ANSWER_LABEL);
  return at < 0 ? undefined : message.slice(at + ANSWER_LABEL.length);
}

function toJson(value: unknown): string {
  return JSON.stringify(value ?? null);
}

function parseOrNull(text: string | null): unknown {
  return text === null ? null : JSON.parse(text);
}
