import { describe, expect, it } from 'vitest';

import { VirtualClock } from '../../../local/time/virtual-clock.ts';
import { askEach, inTime } from '../../../shared/adapters/ask-each.ts';
import { Warnings } from './evidence.ts';

describe('askEach', () => {
  it('collects what is answered, in order, and logs what is not', async () => {
    const clock = new VirtualClock();
    const log = new Warnings();
    const questions = [
      { of: 'slow', ask: () => clock.sleep(900).then(() => [1, 2]) },
      { of: 'hangs', ask: () => new Promise<number[]>(() => undefined) },
      { ask: () => Promise.reject<number[]>(new Error('broken')) },
      { of: 'quick', ask: () => Promise.resolve([3]) },
    ];
    const began = clock.now().getTime();
    const asking = { clock, log, source: 's', edge: '/e', withinMs: 1000 };
    expect(await clock.run(askEach(questions, asking))).toEqual([1, 2, 3]);
    expect(clock.now().getTime() - began).toBe(1000);
    expect(log.lines).toEqual([
      { source: 's', edge: '/e', reason: 'broken' },
      { source: 's', edge: '/e', of: 'hangs', reason: 'wait 1000 ms: no answer' },
    ]);
  });
});

describe('inTime', () => {
  it('aborts what takes too long, and leaves nobody asleep', async () => {
    const clock = new VirtualClock();
    let given: AbortSignal | undefined;
    const late = inTime(clock, 50, (signal) => {
      given = signal;
      return new Promise(() => undefined);
    });
    await expect(clock.run(late)).rejects.toMatchObject({ code: 'REFLEX_UPSTREAM', status: 0 });
    expect(given?.aborted).toBe(true);

    expect(await clock.run(inTime(clock, 50, (signal) => Promise.resolve(signal.aborted)))).toBe(false);
    const now = clock.now().getTime();
    await expect(clock.run(new Promise(() => undefined))).rejects.toThrow('virtual time stands still');
    expect(clock.now().getTime()).toBe(now);
  });
});
