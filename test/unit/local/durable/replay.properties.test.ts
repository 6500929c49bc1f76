import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { findNonDeterminism } from '../../../../local/durable/determinism.ts';
import type { ScheduledTask } from '../../../../local/durable/numbering.ts';
import { ActionType, type Action, type HistoryEvent, type HistoryFact } from '../../../../local/durable/protocol.ts';
import { replay, type Replay } from '../../../../local/durable/replay.ts';
import { completed, creation, episode, failed, fired, raised, START, started } from './history.ts';

const EVENTS = ['go', 'stop'];
const RETRY = { firstRetryIntervalInMilliseconds: 5, maxNumberOfAttempts: 2 };

const leaf: fc.Arbitrary<Action> = fc.oneof(
  fc.constantFrom('a', 'b').map((functionName) => ({ actionType: ActionType.CallActivity, functionName, input: 1 })),
  fc.constantFrom('c').map((functionName) => ({
    actionType: ActionType.CallSubOrchestratorWithRetry,
    functionName,
    input: 1,
    retryOptions: RETRY,
  })),
  fc.integer({ min: 0, max: 20 }).map((days) => ({
    actionType: ActionType.CreateTimer,
    fireAt: new Date(START + days * 86_400_000).toISOString(),
    isCanceled: false,
  })),
  fc.constantFrom(...EVENTS).map((externalEventName) => ({
    actionType: ActionType.WaitForExternalEvent,
    externalEventName,
  })),
);
const compound = fc.record({
  actionType: fc.constantFrom(ActionType.WhenAny, ActionType.WhenAll),
  compoundActions: fc.array(leaf, { minLength: 1, maxLength: 3 }),
});
const actions = fc.array(fc.oneof(leaf, compound), { maxLength: 5 });
/** Which open tasks end in which episode, and how. */
const chances = fc.array(fc.nat(), { minLength: 40, maxLength: 40 });

interface Run {
  readonly episodes: HistoryEvent[][];
  readonly scheduled: ScheduledTask[];
  readonly last: Replay;
}

/** Plays an orchestration to its end against an environment that answers in a random order, in random portions. */
function play(list: readonly Action[], dice: readonly number[]): Run {
  const episodes: HistoryEvent[][] = [];
  const scheduled: ScheduledTask[] = [];
  let open: ScheduledTask[] = [];
  let arrived: HistoryFact[] = [started];
  let last = replay([], list);
  for (const [turn, roll] of dice.entries()) {
    const opening = episode(START + turn * 86_400_000, ...arrived);
    last = replay([...episodes.flat(), ...opening], list);
    const fresh = last.tasks.filter(({ id }) => scheduled.every((task) => task.id !== id));
    scheduled.push(...fresh);
    open.push(...fresh);
    episodes.push([...opening, ...episode(START, ...fresh.map(creation)).slice(1)]);
    const ending = open.filter(({ id }) => (roll >> (id % 20)) % 2 === 0);
    open = open.filter((task) => !ending.includes(task));
    arrived = [...ending.map((task) => end(task, roll)), raised(EVENTS[roll % 2]!)];
  }
  return { episodes, scheduled, last };
}

function end(task: ScheduledTask, roll: number): HistoryFact {
  return task.kind === 'timer' ? fired(task.id) : roll % 3 === 0 ? failed(task.id) : completed(task.id);
}

describe('replay, whatever the orchestration and the order of the answers', () => {
  it('schedules each task once, with numbers 0, 1, 2, ..., whatever the boundaries of the episodes', () => {
    fc.assert(
      fc.property(actions, chances, (list, dice) => {
        const { scheduled, last } = play(list, dice);
        expect(scheduled.map(({ id }) => id)).toEqual(scheduled.map((_, index) => index));
        expect(last.tasks).toEqual(scheduled);
      }),
    );
  });

  it('only ever adds tasks when the history grows', () => {
    fc.assert(
      fc.property(actions, chances, fc.nat({ max: 40 }), (list, dice, cut) => {
        const { episodes, last } = play(list, dice);
        const early = replay(episodes.slice(0, cut).flat(), list).tasks;
        expect(last.tasks.slice(0, early.length)).toEqual(early);
      }),
    );
  });

  it('finds its own history deterministic', () => {
    fc.assert(
      fc.property(actions, chances, (list, dice) => {
        const { episodes, last } = play(list, dice);
        expect(findNonDeterminism(episodes.flat(), last.tasks)).toBeUndefined();
      }),
    );
  });

  it('schedules the same tasks when the orchestrator tells its actions one episode at a time', () => {
    fc.assert(
      fc.property(actions, fc.nat({ max: 5 }), (list, known) => {
        const begin = episode(START, started);
        const partial = replay(begin, list.slice(0, known)).tasks;
        expect(replay(begin, list).tasks.slice(0, partial.length)).toEqual(partial);
      }),
    );
  });

  it('ends every orchestration that is answered', () => {
    fc.assert(
      fc.property(actions, (list) => {
        expect(
          play(
            list,
            Array.from({ length: 60 }, (_, turn) => turn % 2),
          ).last.finished,
        ).toBe(true);
      }),
    );
  });
});
