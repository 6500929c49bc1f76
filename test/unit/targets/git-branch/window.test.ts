import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { commitWindowMs } from '../../../../shared/targets/git-branch/window.ts';

const NOW = new Date('2026-11-21T12:00:00Z');
const ago = (seconds: number): string => new Date(NOW.getTime() - seconds * 1_000).toISOString();

describe('the window in which pushes are gathered', () => {
  it.each([
    ['a quiet branch', [], 2_000],
    ['commits of more than a minute ago', [ago(61), ago(3_000)], 2_000],
    ['two commits in the last minute', [ago(59), ago(40)], 2_000],
    ['three', [ago(50), ago(40), ago(1)], 4_000],
    ['five', [ago(50), ago(40), ago(30), ago(20), ago(10)], 16_000],
    ['many', Array.from({ length: 60 }, (_, index) => ago(index)), 30_000],
  ])('of %s', (_, commits, ms) => {
    expect(commitWindowMs(commits, NOW)).toBe(ms);
  });

  it('lets at most ten commits a minute happen, however fast they come', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 500 })), (delays) => {
        const commits: number[] = [];
        let now = 0;
        for (const delay of [...delays, ...Array.from({ length: 60 }, () => 0)]) {
          const iso = commits.map((at) => new Date(at).toISOString());
          now += commitWindowMs(iso, new Date(now)) + delay;
          commits.push(now);
        }
        const most = Math.max(...commits.map((at) => commits.filter((one) => one > at - 60_000 && one <= at).length));
        expect(most).toBeLessThanOrEqual(10);
      }),
      { numRuns: 50 },
    );
  });
});
