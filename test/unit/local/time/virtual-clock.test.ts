import { describe, expect, it } from 'vitest';

import { SeededRandom } from '../../../../local/time/seeded-random.ts';
import { VirtualClock } from '../../../../local/time/virtual-clock.ts';

describe('VirtualClock', () => {
  it('jumps over idle time and wakes sleepers in the order in which they are due', async () => {
    const clock = new VirtualClock(0);
    const woken: string[] = [];
    const nap = async (name: string, ms: number): Promise<void> => {
      await clock.sleep(ms);
      woken.push(`${name}@${clock.now().getTime()}`);
    };
    await clock.run(Promise.all([nap('b', 604_800_000), nap('a', 5), nap('c', 5)]));

    expect(woken).toEqual(['a@5', 'c@5', 'b@604800000']);
  });

  it('stands still while something is runnable', async () => {
    const clock = new VirtualClock(0);
    const work = async (): Promise<number> => {
      for (let turn = 0; turn < 3; turn += 1) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      return clock.now().getTime();
    };
    void clock.sleep(10);
    expect(await clock.run(work())).toBe(0);
  });

  it('waits for work that was announced as outside', async () => {
    const clock = new VirtualClock(0);
    void clock.sleep(10);
    const outside = new Promise<void>((resolve) => setTimeout(resolve, 20));
    await clock.run(clock.hold(outside));
    expect(clock.now().getTime()).toBe(0);
  });

  it('ends a sleep that is aborted, before or during it', async () => {
    const clock = new VirtualClock(0);
    const controller = new AbortController();
    const sleep = clock.sleep(10, controller.signal);
    controller.abort();
    await expect(sleep).rejects.toThrow(/aborted/);
    await expect(clock.sleep(10, controller.signal)).rejects.toThrow(/aborted/);
  });

  it('says so when the goal can never be reached', async () => {
    await expect(new VirtualClock(0).run(new Promise(() => undefined))).rejects.toThrow(/stands still/);
  });

  it('advances by a span and no further', async () => {
    const clock = new VirtualClock(0);
    let woken = 0;
    void clock.sleep(10).then(() => (woken += 1));
    void clock.sleep(30).then(() => (woken += 1));
    await clock.advance(20);
    expect([woken, clock.now().getTime()]).toEqual([1, 20]);
  });
});

describe('SeededRandom', () => {
  it('repeats itself for one seed and differs for another', () => {
    const draw = (seed: number): string => {
      const random = new SeededRandom(seed);
      return [random.next(), random.next(), random.uuid()].join();
    };
    expect(draw(1)).toBe(draw(1));
    expect(draw(1)).not.toBe(draw(2));
    expect(new SeededRandom(3).uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
