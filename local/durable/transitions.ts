import type { DatabaseSync } from 'node:sqlite';

import type { Step } from './episode.ts';
import {
  insertInstance,
  selectInstance,
  updateCustomStatus,
  updateExecution,
  updateProgress,
} from './instance-rows.ts';
import { findIdProblem, isFinished, type Instance, type NewInstance } from './instance.ts';
import type { ScheduledTask } from './numbering.ts';
import { EventType, stamp, type FinalStatus, type HistoryFact } from './protocol.ts';
import {
  appendHistory,
  deleteArrivals,
  deleteHistory,
  deleteTimer,
  deleteWork,
  insertActivity,
  insertArrival,
  insertTimer,
  selectInbox,
} from './work-rows.ts';

/** How an instance ends. `output` is JSON text, `details` a stack; `at` is in milliseconds since 1970. */
export interface End {
  readonly status: FinalStatus;
  readonly output: string;
  readonly details: string;
  readonly at: number;
}

/*
 * What can happen to an instance. Each function expects to be inside a transaction: together they are all or nothing.
 */

/** @returns false if an instance of that id has not ended yet. */
export function startInstance(database: DatabaseSync, instance: NewInstance, at: number): boolean {
  const existing = selectInstance(database, instance.id);
  if (existing !== undefined && !isFinished(existing)) {
    return false;
  }
  deleteWork(database, instance.id);
  deleteHistory(database, instance.id);
  insertInstance(database, instance, at);
  insertArrival(database, instance.id, executionStarted(instance, instance.input), at);
  return true;
}

/** Puts something into an instance's inbox, unless the instance has ended. */
export function deliver(database: DatabaseSync, id: string, fact: HistoryFact, at: number): void {
  const instance = selectInstance(database, id);
  if (instance !== undefined && !isFinished(instance)) {
    insertArrival(database, id, fact, at);
  }
}

/** Ends an instance and tells the parent that waits for it. */
export function endInstance(database: DatabaseSync, instance: Instance, end: End): void {
  deleteWork(database, instance.id);
  updateProgress(database, instance.id, end);
  const ended: HistoryFact = { EventType: EventType.ExecutionCompleted, Result: end.output, Status: end.status };
  appendHistory(database, instance.id, [stamp(ended, end.at)]);
  const { parent } = instance;
  if (parent === undefined || selectInstance(database, parent.instanceId)?.execution !== parent.execution) {
    return;
  }
  deliver(database, parent.instanceId, resultForParent(parent.task, end), end.at);
}

/** Stores what an episode has decided. `nextExecution` names the execution that a continue-as-new begins. */
export function applyStep(database: DatabaseSync, step: Step, nextExecution: string): void {
  const { instance, lastArrival } = step.episode;
  deleteArrivals(database, instance.id, lastArrival);
  appendHistory(database, instance.id, step.events);
  for (const task of step.tasks) {
    schedule(database, { instance, task, at: step.at });
  }
  for (const timer of step.cancelledTimers) {
    deleteTimer(database, instance.execution, timer);
  }
  appendHistory(database, instance.id, [stamp({ EventType: EventType.OrchestratorCompleted }, step.at)]);
  updateCustomStatus(database, instance.id, step.customStatus);
  const { ending, at } = step;
  switch (ending.kind) {
    case 'wait':
      updateProgress(database, instance.id, { status: 'Running', output: null, at });
      return;
    case 'finish':
      endInstance(database, instance, { ...ending, at });
      return;
    case 'continue-as-new':
      continueAsNew(database, { instance, nextExecution, at, ...ending });
      return;
  }
}

interface Scheduling {
  readonly instance: Instance;
  readonly task: ScheduledTask;
  readonly at: number;
}

function schedule(database: DatabaseSync, { instance, task, at }: Scheduling): void {
  const key = { instance: instance.id, execution: instance.execution, task: task.id };
  const EventId = task.id;
  switch (task.kind) {
    case 'activity': {
      const { name, input } = task;
      const fact = { EventType: EventType.TaskScheduled, EventId, Name: name, Input: input };
      appendHistory(database, instance.id, [stamp(fact, at)]);
      insertActivity(database, { ...key, name, input });
      return;
    }
    case 'timer': {
      const fact = { EventType: EventType.TimerCreated, EventId, FireAt: new Date(task.fireAt).toISOString() };
      appendHistory(database, instance.id, [stamp(fact, at)]);
      insertTimer(database, { ...key, due: task.fireAt });
      return;
    }
    case 'sub-orchestration':
      scheduleSubOrchestration(database, { instance, task, at });
  }
}

function scheduleSubOrchestration(
  database: DatabaseSync,
  { instance, task, at }: Scheduling & { readonly task: Extract<ScheduledTask, { kind: 'sub-orchestration' }> },
): void {
  // Named after the execution, not the instance: the one before a continue-as-new may still run.
  const execution = `${instance.execution}:${task.id}`;
  const id = task.instanceId ?? execution;
  const { name, input, version } = task;
  const created = { EventId: task.id, Name: name, InstanceId: id, Input: input };
  appendHistory(database, instance.id, [
    stamp({ EventType: EventType.SubOrchestrationInstanceCreated, ...created }, at),
  ]);
  const parent = { instanceId: instance.id, execution: instance.execution, task: task.id };
  const problem =
    findIdProblem(id) ??
    (startInstance(database, { id, execution, name, version, input, parent }, at)
      ? undefined
      : `An Orchestration instance with the ID ${id} already exists.`);
  if (problem !== undefined) {
    const failed = { TaskScheduledId: task.id, Reason: problem, Details: '' };
    deliver(database, instance.id, { EventType: EventType.SubOrchestrationInstanceFailed, ...failed }, at);
  }
}

interface Continuation {
  readonly instance: Instance;
  readonly nextExecution: string;
  readonly input: string;
  readonly carried: readonly HistoryFact[];
  readonly at: number;
}

/** Events that nobody has waited for go on into the new execution; answers to the old one's tasks do not. */
function continueAsNew(database: DatabaseSync, { instance, nextExecution, input, carried, at }: Continuation): void {
  const late = selectInbox(database, instance.id)
    .map(({ event }) => event)
    .filter((event) => event.EventType === EventType.EventRaised);
  deleteWork(database, instance.id);
  deleteHistory(database, instance.id);
  updateExecution(database, instance.id, { execution: nextExecution, input, at });
  for (const fact of [executionStarted(instance, input), ...carried, ...late]) {
    insertArrival(database, instance.id, fact, at);
  }
}

function executionStarted({ name, version }: Pick<Instance, 'name' | 'version'>, input: string | null): HistoryFact {
  return { EventType: EventType.ExecutionStarted, Name: name, Version: version, Input: input };
}

function resultForParent(task: number, { status, output, details }: End): HistoryFact {
  if (status === 'Completed') {
    return { EventType: EventType.SubOrchestrationInstanceCompleted, TaskScheduledId: task, Result: output };
  }
  const reason: unknown = JSON.parse(output);
  return {
    EventType: EventType.SubOrchestrationInstanceFailed,
    TaskScheduledId: task,
    Reason: typeof reason === 'string' ? reason : output,
    Details: details,
  };
}
