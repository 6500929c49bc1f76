import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { VirtualClock } from '../../../local/time/virtual-clock.ts';
import { InMemoryRowStore } from '../../../shared/adapters/in-memory/row-store.ts';
import { RateLimitedError } from '../../../shared/errors.ts';
import { GITHUB_CREATIONS, StoredWriteBudget, waitForRoom } from '../../../shared/records/write-budget.ts';

const LIMITS = [
  { requests: 3, withinMs: 100 },
  { requests: 5, withinMs: 1_000 },
];

describe('room for requests', () => {
  it.each<[string, readonly number[], number, number]>([
    ['is there while few were sent', [900], 2, 0],
    ['comes when the oldest of the short time is over', [950, 960, 970], 1, 50],
    ['comes later for several at once', [950, 960, 970], 2, 60],
    ['comes when the oldest of the long time is over', [100, 200, 300, 400, 500], 1, 100],
    ['is not taken by what is long past', [-500, -400, -300, -200, -100], 3, 0],
    ['for more than are ever allowed is there when nothing was sent', [], 9, 0],
  ])('%s', (_, sent, requests, waitMs) => {
    expect(waitForRoom(sent, requests, 1_000, LIMITS)).toBe(waitMs);
  });

  it('keeps every stretch of time within its limit, whoever asks and when', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 1, max: 3 }))), (asks) => {
        const sent: number[] = [];
        let now = 0;
        for (const [pause, requests] of asks) {
          now += pause;
          now += waitForRoom(sent, requests, now, LIMITS);
          expect(waitForRoom(sent, requests, now, LIMITS)).toBe(0);
          sent.push(...Array.from({ length: requests }, () => now));
        }
        for (const { requests, withinMs } of LIMITS) {
          const most = Math.max(0, ...sent.map((at) => sent.filter((one) => one > at - withinMs && one <= at).length));
          expect(most).toBeLessThanOrEqual(requests);
        }
      }),
    );
  });
});

describe('a stored budget', () => {
  const stored = (): { clock: VirtualClock; rows: InMemoryRowStore } => ({
    clock: new VirtualClock(),
    rows: new InMemoryRowStore(),
  });

  it('is one for all who ask under its name', async () => {
    const tools = stored();
    const [one, two] = [new StoredWriteBudget(tools, 'github.com#1'), new StoredWriteBudget(tools, 'github.com#1')];
    await one.take(50);
    await two.take(30);
    await expect(one.take(1)).rejects.toThrow(RateLimitedError);
    await expect(one.take(1)).rejects.toMatchObject({ retryAfterMs: 60_000 });
    await new StoredWriteBudget(tools, 'github.com#2').take(1);
    await tools.clock.advance(60_000);
    await two.take(80);
  });

  it('counts everything once when many ask at the same time', async () => {
    const tools = stored();
    const budget = new StoredWriteBudget(tools, 'github.com#1', [{ requests: 10, withinMs: 1_000 }]);
    const asked = await Promise.allSettled(Array.from({ length: 15 }, () => budget.take(1)));
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
  });

  it('takes the documented limits for GitHub', () => {
    expect(GITHUB_CREATIONS).toEqual([
      { requests: 80, withinMs: 60_000 },
      { requests: 500, withinMs: 3_600_000 },
    ]);
  });
});
