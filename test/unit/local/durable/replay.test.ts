import { describe, expect, it } from 'vitest';

import { ActionType, type Action } from '../../../../local/durable/protocol.ts';
import { replay } from '../../../../local/durable/replay.ts';
import { completed, episode, failed, fired, raised, START, started } from './history.ts';

const DAY = 86_400_000;
const RETRY = { firstRetryIntervalInMilliseconds: 1000, maxNumberOfAttempts: 3, backoffCoefficient: 2 };

function activity(functionName: string): Action {
  return { actionType: ActionType.CallActivity, functionName, input: 1 };
}

function timer(fireAt: number, isCanceled = false): Action {
  return { actionType: ActionType.CreateTimer, fireAt: new Date(fireAt).toISOString(), isCanceled };
}

function event(externalEventName: string): Action {
  return { actionType: ActionType.WaitForExternalEvent, externalEventName };
}

function any(...compoundActions: Action[]): Action {
  return { actionType: ActionType.WhenAny, compoundActions };
}

function all(...compoundActions: Action[]): Action {
  return { actionType: ActionType.WhenAll, compoundActions };
}

function labels(history: Parameters<typeof replay>[0], actions: readonly Action[]): string[] {
  return replay(history, actions).tasks.map((task) => (task.kind === 'timer' ? 'timer' : task.name));
}

describe('replay', () => {
  const begin = episode(START, started);

  it('schedules nothing before the execution has started', () => {
    expect(replay(episode(START), [activity('a')])).toMatchObject({ tasks: [], finished: false });
  });

  it('schedules an action only when the one before it is over', () => {
    const actions = [activity('a'), activity('b')];
    expect(labels(begin, actions)).toEqual(['a']);
    expect(labels([...begin, ...episode(START, completed(0))], actions)).toEqual(['a', 'b']);
    expect(labels([...begin, ...episode(START, failed(0))], actions)).toEqual(['a', 'b']);
  });

  it('is finished when the last action is over, not when it has begun', () => {
    const actions = [activity('a')];
    expect(replay(begin, actions).finished).toBe(false);
    expect(replay([...begin, ...episode(START, completed(0))], actions).finished).toBe(true);
    expect(replay(begin, []).finished).toBe(true);
  });

  it('numbers the children of a compound in their order', () => {
    expect(labels(begin, [all(activity('a'), any(activity('b'), timer(START + 1)), activity('c'))])).toEqual([
      'a',
      'b',
      'timer',
      'c',
    ]);
  });

  it('waits in WhenAll for every child, even after a failure', () => {
    const actions = [all(activity('a'), activity('b')), activity('after')];
    const oneFailed = [...begin, ...episode(START, failed(0))];
    expect(labels(oneFailed, actions)).toEqual(['a', 'b']);
    expect(labels([...oneFailed, ...episode(START, completed(1))], actions)).toEqual(['a', 'b', 'after']);
  });

  it('waits in WhenAny for one child', () => {
    const actions = [any(activity('a'), timer(START + DAY)), activity('after')];
    expect(labels(begin, actions)).toEqual(['a', 'timer']);
    expect(labels([...begin, ...episode(START, fired(1))], actions)).toEqual(['a', 'timer', 'after']);
  });

  it('counts a cancelled timer as over and tells that it must not fire', () => {
    const { tasks, finished } = replay(begin, [timer(START + DAY, true)]);
    expect(tasks).toEqual([{ id: 0, kind: 'timer', fireAt: START + DAY, cancelled: true }]);
    expect(finished).toBe(true);
  });

  it('schedules a task again that is awaited in a second compound, as Azure does', () => {
    const actions = [any(activity('a'), activity('b')), any(activity('b'), activity('c'))];
    expect(labels([...begin, ...episode(START, completed(0))], actions)).toEqual(['a', 'b', 'b', 'c']);
  });

  describe('external events', () => {
    it('resumes at the event of the awaited name only', () => {
      const actions = [event('go'), activity('a')];
      expect(labels([...begin, ...episode(START, raised('stop'))], actions)).toEqual([]);
      expect(labels([...begin, ...episode(START, raised('go'))], actions)).toEqual(['a']);
    });

    it('keeps an event that comes early, for one waiter', () => {
      const early = [...episode(START, raised('go'), started)];
      const actions = [event('go'), activity('a'), event('go'), activity('b')];
      expect(labels([...early, ...episode(START, completed(0))], actions)).toEqual(['a']);
      expect(labels([...early, ...episode(START, raised('go'), completed(0))], actions)).toEqual(['a', 'b']);
    });

    it('gives an event to one of two waiters', () => {
      const actions = [all(event('go'), event('go')), activity('a')];
      expect(labels([...begin, ...episode(START, raised('go'))], actions)).toEqual([]);
      expect(labels([...begin, ...episode(START, raised('go'), raised('go'))], actions)).toEqual(['a']);
    });

    it('hands on what nobody has waited for, oldest first', () => {
      const history = [...begin, ...episode(START, raised('go', '1'), raised('go', '2'), raised('x', '3'))];
      const { unconsumed } = replay(history, [event('go')]);
      expect(unconsumed.map(({ Input }) => Input)).toEqual(['2', '3']);
    });
  });

  describe('retries', () => {
    const actions: Action[] = [
      { actionType: ActionType.CallActivityWithRetry, functionName: 'a', input: null, retryOptions: RETRY },
      activity('after'),
    ];
    const afterOne = [...begin, ...episode(START + 10, failed(0))];
    const afterTwo = [...afterOne, ...episode(START + 2000, fired(1)), ...episode(START + 2010, failed(2))];
    const afterThree = [...afterTwo, ...episode(START + 5000, fired(3)), ...episode(START + 5010, failed(4))];

    it('goes on after the first success', () => {
      expect(labels([...begin, ...episode(START, completed(0))], actions)).toEqual(['a', 'after']);
    });

    it('waits longer after each failure, from the moment of the failure', () => {
      expect(replay(afterOne, actions).tasks.at(-1)).toMatchObject({ kind: 'timer', fireAt: START + 10 + 1000 });
      expect(replay(afterTwo, actions).tasks.at(-1)).toMatchObject({ kind: 'timer', fireAt: START + 2010 + 2000 });
    });

    it('never waits longer than the greatest interval', () => {
      const capped = [{ ...actions[0]!, retryOptions: { ...RETRY, maxRetryIntervalInMilliseconds: 1500 } } as Action];
      expect(replay(afterTwo, capped).tasks.at(-1)).toMatchObject({ fireAt: START + 2010 + 1500 });
    });

    it('ends after the last failure with a timer that is due at once', () => {
      expect(replay(afterThree, actions).tasks.at(-1)).toMatchObject({ kind: 'timer', id: 5, fireAt: START + 5010 });
      const over = [...afterThree, ...episode(START + 5011, fired(5))];
      expect(replay(over, actions).tasks.at(-1)).toMatchObject({ kind: 'activity', id: 6, name: 'after' });
    });

    it('retries sub-orchestrations alike', () => {
      const sub: Action = {
        actionType: ActionType.CallSubOrchestratorWithRetry,
        functionName: 'child',
        input: 'text',
        retryOptions: RETRY,
      };
      const history = [...afterOne, ...episode(START + 2000, fired(1))];
      expect(replay(history, [sub]).tasks).toMatchObject([
        { kind: 'sub-orchestration', name: 'child', input: '"text"' },
        { kind: 'timer' },
        { kind: 'sub-orchestration', name: 'child', input: '"text"' },
      ]);
    });
  });

  describe('long timers', () => {
    const actions = [timer(START + 10 * DAY)];

    it('cuts what is longer than six days into legs of three', () => {
      expect(replay(begin, actions).tasks).toMatchObject([{ fireAt: START + 3 * DAY }]);
      const second = [...begin, ...episode(START + 3 * DAY, fired(0))];
      expect(replay(second, actions).tasks.at(-1)).toMatchObject({ id: 1, fireAt: START + 6 * DAY });
      const third = [...second, ...episode(START + 6 * DAY, fired(1))];
      expect(replay(third, actions).tasks.at(-1)).toMatchObject({ id: 2, fireAt: START + 10 * DAY });
      expect(replay(third, actions).finished).toBe(false);
      expect(replay([...third, ...episode(START + 10 * DAY, fired(2))], actions).finished).toBe(true);
    });

    it('leaves six days in one piece', () => {
      expect(replay(begin, [timer(START + 6 * DAY)]).tasks).toMatchObject([{ fireAt: START + 6 * DAY }]);
    });
  });

  it.each([
    ['an object', { n: 1 }, '{"n":1}'],
    ['text, which the SDK has encoded once', '"plain"', '"plain"'],
    ['nothing', undefined, 'null'],
  ])('continues as new with %s', (_, input, text) => {
    const actions: Action[] = [activity('a'), { actionType: ActionType.ContinueAsNew, input }];
    expect(replay(begin, actions).continueAsNew).toBeUndefined();
    const history = [...begin, ...episode(START, completed(0))];
    expect(replay(history, actions)).toMatchObject({ continueAsNew: text, finished: true });
  });
});
