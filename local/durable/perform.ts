import { deferred, succeeded, whenAll, whenAny, type Awaitable } from './awaitable.ts';
import type { Numbering, Task } from './numbering.ts';
import { ActionType, TIMER_LIMITS, type Action, type RetryOptions } from './protocol.ts';

/** What an action is performed on: the numbering, the orchestration's time, and where a continuation is noted. */
export interface Stage {
  readonly numbering: Numbering;
  /** Milliseconds since 1970 of the episode that the replay is in. */
  readonly now: () => number;
  readonly continueAsNew: (input: string) => void;
}

/** Does with one action what the extension does: schedules its tasks and gives what to wait for. */
export function perform(action: Action, stage: Stage): Awaitable {
  switch (action.actionType) {
    case ActionType.CallActivity:
    case ActionType.CallSubOrchestrator:
      return stage.numbering.schedule(toTask(action));
    case ActionType.CallActivityWithRetry:
    case ActionType.CallSubOrchestratorWithRetry:
      return performWithRetry(toTask(action), action.retryOptions, stage);
    case ActionType.CreateTimer:
      return performTimer(Date.parse(action.fireAt), action.isCanceled, stage);
    case ActionType.WaitForExternalEvent:
      return stage.numbering.waitForEvent(action.externalEventName);
    case ActionType.ContinueAsNew:
      stage.continueAsNew(fromProcessedInput(action.input));
      return succeeded();
    case ActionType.WhenAny:
      return whenAny(action.compoundActions.map((child) => perform(child, stage)));
    case ActionType.WhenAll:
      return whenAll(action.compoundActions.map((child) => perform(child, stage)));
  }
}

type Call = Extract<Action, { functionName: string }>;

function toTask(call: Call): Task {
  if (call.actionType === ActionType.CallActivity || call.actionType === ActionType.CallActivityWithRetry) {
    return {
      kind: 'activity',
      name: call.functionName,
      input: call.input == null ? null : fromProcessedInput(call.input),
    };
  }
  return {
    kind: 'sub-orchestration',
    name: call.functionName,
    input: call.input === undefined ? null : JSON.stringify(call.input),
    instanceId: call.instanceId ?? undefined,
    version: call.version ?? '',
  };
}

/** The SDK encodes string inputs of activities and continuations once itself (Utils.processInput), others not. */
function fromProcessedInput(input: unknown): string {
  return typeof input === 'string' ? input : JSON.stringify(input ?? null);
}

/**
 * After the last failed attempt too there is a timer, which the SDK counts and waits for; it is due at once.
 * `retryTimeoutInMilliseconds` is not known to the SDK's numbering, so attempts alone end the retries.
 */
function performWithRetry(task: Task, options: RetryOptions, { numbering, now }: Stage): Awaitable {
  const result = deferred();
  let failures = 0;
  const attempt = (): void =>
    numbering.schedule(task).then((failed) => {
      if (!failed) {
        result.settle(false);
        return;
      }
      failures += 1;
      const isLast = failures >= options.maxNumberOfAttempts;
      const fireAt = now() + (isLast ? 0 : retryDelay(options, failures));
      numbering.schedule({ kind: 'timer', fireAt, cancelled: false }).then(() => {
        if (isLast) {
          result.settle(true);
        } else {
          attempt();
        }
      });
    });
  attempt();
  return result;
}

function retryDelay(options: RetryOptions, failures: number): number {
  const delay = options.firstRetryIntervalInMilliseconds * (options.backoffCoefficient ?? 1) ** (failures - 1);
  return Math.min(delay, options.maxRetryIntervalInMilliseconds ?? Infinity);
}

/** A cancelled timer keeps its number and counts as over from the moment at which it was created. */
function performTimer(fireAt: number, cancelled: boolean, { numbering, now }: Stage): Awaitable {
  const result = deferred();
  const leg = (): void => {
    const isLong = fireAt - now() > TIMER_LIMITS.maximumShortMs;
    const legEnd = isLong ? now() + TIMER_LIMITS.legMs : fireAt;
    numbering.schedule({ kind: 'timer', fireAt: legEnd, cancelled }).then(() => {
      if (isLong) {
        leg();
      } else {
        result.settle(false);
      }
    });
  };
  leg();
  if (cancelled) {
    result.settle(true);
  }
  return result;
}
