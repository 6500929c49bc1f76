import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { judgeEffect, settlesMs, type Effect, type EffectReadings } from '../../../../shared/domain/traffic/effect.ts';

const LIMITS = { writtenAt: 1_000, propagationMs: 400, metricLagMs: 100, now: 1_500 };

describe('a drain', () => {
  it.each<[string, EffectReadings, Partial<typeof LIMITS & { errorRateMax: number; latencyMaxMs: number }>, Effect]>([
    ['too young to tell', { drained: [0], total: 100 }, { now: 1_499 }, 'waiting'],
    [
      'looked at in the instant of its write, where nothing takes any time',
      { drained: [5], total: 9 },
      { propagationMs: 0, metricLagMs: 0, now: 1_000 },
      'waiting',
    ],
    [
      'looked at an instant later, where nothing takes any time',
      { drained: [5], total: 9 },
      { propagationMs: 0, metricLagMs: 0, now: 1_001 },
      'not-effective',
    ],
    ['that nothing arrives at any more', { drained: [0, 1], total: 100 }, {}, 'effective'],
    ['with a residue of sessions', { drained: [1], total: 100 }, {}, 'effective'],
    ['that is still served', { drained: [0, 2], total: 100 }, {}, 'not-effective'],
    [
      'after which the rest fails',
      { drained: [0], total: 100, errorRate: 0.2 },
      { errorRateMax: 0.1 },
      'not-effective',
    ],
    [
      'after which the rest does well',
      { drained: [0], total: 100, errorRate: 0.1 },
      { errorRateMax: 0.1 },
      'effective',
    ],
    ['after which the rest is slow', { drained: [0], total: 9, latencyMs: 81 }, { latencyMaxMs: 80 }, 'not-effective'],
    [
      'after which the rest is fast enough',
      { drained: [0], total: 9, latencyMs: 80 },
      { latencyMaxMs: 80 },
      'effective',
    ],
    ['of whose latency nothing is known', { drained: [0], total: 9 }, { latencyMaxMs: 80 }, 'unknown'],
    [
      'of whose latency nothing is known early',
      { drained: [0], total: 9, since: 1_000 },
      { latencyMaxMs: 80, now: 1_001 },
      'waiting',
    ],
    ['of which only latency is known', { drained: [], total: 9, latencyMs: 80 }, { latencyMaxMs: 80 }, 'effective'],
    [
      'after which the rest is slow early',
      { drained: [0], total: 9, since: 1_000, latencyMs: 81 },
      { latencyMaxMs: 80, now: 1_001 },
      'waiting',
    ],
    ['that is not held to errors', { drained: [0], total: 100, errorRate: 1 }, {}, 'effective'],
    ['of which only errors are known', { drained: [], total: 100, errorRate: 0 }, { errorRateMax: 0.1 }, 'effective'],
    ['of which nothing is known', { drained: [], total: 100 }, { errorRateMax: 0.1 }, 'unknown'],
    ['that is counted since before the write', { drained: [0], total: 9, since: 999 }, { now: 1_001 }, 'waiting'],
    ['that is proven early', { drained: [0], total: 9, since: 1_000 }, { now: 1_001 }, 'effective'],
    ['early, without any request', { drained: [0], total: 0, since: 1_000 }, { now: 1_001 }, 'waiting'],
    ['that is still served early', { drained: [5], total: 9, since: 1_000 }, { now: 1_001 }, 'waiting'],
    ['counted while the edge may lag behind', { drained: [5], total: 9, since: 1_399 }, { now: 9_000 }, 'waiting'],
    ['counted after that', { drained: [5], total: 9, since: 1_400 }, { now: 9_000 }, 'not-effective'],
    [
      'after which the rest fails early',
      { drained: [0], total: 9, since: 1_000, errorRate: 1 },
      { errorRateMax: 0.1, now: 1_001 },
      'waiting',
    ],
    ['that the public host still shows', { drained: [0], total: 9, answeredAt: 1_400 }, {}, 'not-effective'],
    ['that it showed while it could', { drained: [0], total: 9, answeredAt: 1_399 }, {}, 'effective'],
    [
      'that it showed in the time that is counted early',
      { drained: [0], total: 9, since: 1_000, answeredAt: 1_000 },
      { now: 1_001 },
      'waiting',
    ],
    [
      'that it showed before that',
      { drained: [0], total: 9, since: 1_001, answeredAt: 1_000 },
      { now: 1_002 },
      'effective',
    ],
    ['whose return is seen', { drained: [], returned: [3], total: 9, since: 1_000 }, { now: 1_001 }, 'effective'],
    ['whose return nobody has asked for yet', { drained: [], returned: [3, 0], total: 9 }, {}, 'unknown'],
    [
      'that nobody is named for, while what was answered before may be kept',
      { drained: [0], total: 9, since: 1_000, isKept: true },
      { now: 1_399 },
      'waiting',
    ],
    [
      'that nobody is named for since, when that has expired',
      { drained: [0], total: 9, since: 1_000, isKept: true },
      { now: 1_400 },
      'effective',
    ],
    [
      'that nobody is named for at last, while what was answered before may be kept',
      { drained: [0], total: 9, since: 1_450, isKept: true },
      { now: 1_849 },
      'waiting',
    ],
    [
      'that is still named when its time is over',
      { drained: [5], total: 9, since: 1_400, isKept: true },
      { now: 1_500 },
      'not-effective',
    ],
  ])('%s', (_, readings, limits, effect) => {
    expect(judgeEffect(readings, { ...LIMITS, ...limits })).toBe(effect);
  });

  it('is never judged before the edge and its metrics are there', () => {
    fc.assert(
      fc.property(fc.array(fc.nat()), fc.nat(), fc.integer({ min: 0, max: 499 }), (drained, total, after) => {
        expect(judgeEffect({ drained, total }, { ...LIMITS, now: LIMITS.writtenAt + after })).toBe('waiting');
      }),
    );
  });
});

it('is told within the time of the edge, of what is counted in whole minutes, and of its metrics', () => {
  expect(settlesMs({ propagationMs: 1_200_000, metricLagMs: 180_000 })).toBe((20 + 6 + 3) * 60_000);
});
