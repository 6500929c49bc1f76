import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { mood, runFunction, runs, Stage } from './stage.ts';

let stage: Stage;

beforeEach(async () => {
  runs.clear();
  mood.changed = false;
  stage = new Stage();
  await stage.start();
});

afterEach(async () => {
  await stage.durable.stop();
  expect(stage.errors).toEqual([]);
});

describe('the durable engine under durable-functions', () => {
  it('hands inputs and results on as they were given', async () => {
    const { runtimeStatus, output } = await stage.play('inputs', 'i', { own: 'input' });
    expect(runtimeStatus).toBe('Completed');
    expect(output).toEqual({
      values: ['text', '12', 12, { n: 1 }, [1], true, null],
      nothing: true,
      own: { own: 'input' },
    });
  });

  it('fails an orchestration with the message of the activity that it did not catch', async () => {
    const { runtimeStatus, output } = await stage.play('fails', 'f');
    expect(runtimeStatus).toBe('Failed');
    expect(output).toMatch(/^Orchestrator function 'fails' failed: Activity function 'boom' failed: always/);
  });

  it('throws the failure of a sub-orchestration into its parent', async () => {
    const { output } = await stage.play('catches', 'c', 'child-of-c');
    expect(output).toMatch(/^Orchestrator function 'fails' failed: Activity function 'boom' failed: always/);
    expect((await stage.status('child-of-c')).runtimeStatus).toBe('Failed');
  });

  it('throws into the parent when the id of its sub-orchestration is taken', async () => {
    await stage.call('POST', 'orchestrators/waits/taken');
    expect((await stage.play('catches', 'c', 'taken')).output).toMatch(/taken already exists/);
    expect((await stage.play('catches', 'd', '@wrong')).output).toMatch(/must not start with @/);
  });

  it('retries with growing pauses and throws after the last attempt', async () => {
    const { output } = await stage.play('exhausts', 'r');
    expect(output).toEqual({ after: 'after', at: '2026-01-05T08:00:15.000Z' });
    expect(runs.get('boom')).toBe(3);
  });

  it('takes events that nobody has waited for into the next execution', async () => {
    await stage.call('POST', 'orchestrators/adds/a', 0);
    await stage.settle();
    await stage.call('POST', 'instances/a/suspend');
    for (const add of [1, 2, 3]) {
      expect((await stage.call('POST', 'instances/a/raiseEvent/add', add)).status).toBe(202);
    }
    const end = stage.end('a');
    await stage.call('POST', 'instances/a/resume');
    await stage.clock.run(end);
    expect((await stage.status('a')).output).toBe(6);
  });

  it('takes an event into the next execution that arrives while the last one decides to end', async () => {
    await stage.call('POST', 'orchestrators/adds/a', 0);
    await stage.settle();
    const rest = [2, 3];
    await stage.start(async (name, kind, payload) => {
      const result = await runFunction(name, kind, payload);
      for (const add of rest.splice(0)) {
        await stage.call('POST', 'instances/a/raiseEvent/add', add);
      }
      return result;
    });
    const end = stage.end('a');
    await stage.call('POST', 'instances/a/raiseEvent/add', 1);
    await stage.clock.run(end);
    expect((await stage.status('a')).output).toBe(6);
  });

  it('does not give the new execution what the old one has asked for', async () => {
    const gates = { '"old"': Promise.withResolvers<undefined>(), '"new"': Promise.withResolvers<undefined>() };
    await stage.start(async (name, kind, payload) => {
      await (kind === 'activity' ? gates[payload as keyof typeof gates].promise : undefined);
      return runFunction(name, kind, payload);
    });
    await stage.call('POST', 'orchestrators/replaces/r', 'old');
    await stage.settle();
    await stage.call('POST', 'instances/r/raiseEvent/go');
    await stage.settle();
    gates['"old"'].resolve(undefined);
    await stage.call('POST', 'instances/old-child/raiseEvent/go');
    await stage.settle();
    expect((await stage.status('old-child')).runtimeStatus).toBe('Completed');
    expect(await stage.status('r')).toMatchObject({ runtimeStatus: 'Running', input: 'new' });
    const end = stage.end('r');
    gates['"new"'].resolve(undefined);
    await stage.clock.run(end);
    expect((await stage.status('r')).output).toBe('new');
  });

  it('does not fire a cancelled timer', async () => {
    await stage.call('POST', 'orchestrators/cancels/c');
    await stage.call('POST', 'instances/c/raiseEvent/go');
    await stage.clock.advance(3 * 86_400_000);
    const { historyEvents, runtimeStatus } = await stage.status('c', '?showHistory=true');
    expect(runtimeStatus).toBe('Running');
    expect(historyEvents?.map(({ EventType }) => EventType)).toEqual([
      'ExecutionStarted',
      'TimerCreated',
      'EventRaised',
    ]);
  });

  it('waits twenty days in legs', async () => {
    const { output } = await stage.play('sleeps', 's');
    expect(output).toEqual({ echoed: 'late', at: '2026-01-25T08:00:00.000Z' });
    const { historyEvents } = await stage.status('s', '?showHistory=true');
    expect(historyEvents?.filter(({ EventType }) => EventType === 'TimerFired')).toHaveLength(6);
  });

  it('goes on after Task.all with a failure when the other child is over', async () => {
    expect((await stage.play('gathers', 'g')).output).toBe('after');
  });

  it('lets the first of a race win, be it a timer or an event', async () => {
    expect((await stage.play('races', 'timer')).output).toBe('timer');
    const end = stage.end('event');
    await stage.call('POST', 'orchestrators/races/event');
    await stage.call('POST', 'instances/event/raiseEvent/go', 'event');
    await stage.clock.run(end);
    expect((await stage.status('event')).output).toBe('event');
  });

  it('fails an orchestration whose code is not the one of its history', async () => {
    await stage.call('POST', 'orchestrators/changes/n');
    await stage.settle();
    mood.changed = true;
    const end = stage.end('n');
    await stage.call('POST', 'instances/n/raiseEvent/go');
    await stage.clock.run(end);
    expect((await stage.status('n')).output).toMatch(/Non-Deterministic workflow detected: task 0 was activity 'echo'/);
  });

  it.each(['signals', 'nowhere'])('fails an orchestration that it cannot run: %s', async (name) => {
    const { runtimeStatus, output } = await stage.play(name, 'x');
    expect(runtimeStatus).toBe('Failed');
    expect(output).toMatch(/not understood here|no function/);
  });

  it('keeps arrivals of a suspended instance until it is resumed', async () => {
    await stage.call('POST', 'orchestrators/waits/w');
    await stage.settle();
    await stage.call('POST', 'instances/w/suspend');
    await stage.call('POST', 'instances/w/raiseEvent/go', 'late');
    await stage.settle();
    expect((await stage.status('w')).runtimeStatus).toBe('Suspended');
    const end = stage.end('w');
    await stage.call('POST', 'instances/w/resume');
    await stage.clock.run(end);
    expect(await stage.status('w')).toMatchObject({ runtimeStatus: 'Completed', output: 'late' });
  });

  it('tells a parent that its sub-orchestration was terminated, and drops what the latter answers after', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    await stage.start(async (name, kind, payload) => {
      await (name === 'fails' ? held : undefined);
      return runFunction(name, kind, payload);
    });
    const end = stage.end('p');
    await stage.call('POST', 'orchestrators/catches/p', 'child');
    await stage.settle();
    await stage.call('POST', 'instances/child/terminate?reason=enough');
    await stage.clock.run(end);
    expect((await stage.status('p')).output).toBe('enough ');
    release();
    await stage.settle();
    expect(await stage.status('child')).toMatchObject({ runtimeStatus: 'Terminated', output: 'enough' });
    expect(runs.get('boom')).toBeUndefined();
  });
});
