import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { judgeBake, type BakeLimits, type Served } from '../../../../shared/domain/traffic/bake.ts';

describe('a step that has baked', () => {
  it.each<[string, readonly Served[] | undefined, BakeLimits, string, string]>([
    ['nothing could be read of', undefined, { minRequests: 0 }, 'inconclusive', 'no-data'],
    [
      'serves well',
      [{ requests: 500, errorRate: 0.01 }],
      { minRequests: 100, errorRateMax: 0.05 },
      'passed',
      'within-limits',
    ],
    [
      'is at its limit',
      [{ requests: 100, errorRate: 0.05 }],
      { minRequests: 100, errorRateMax: 0.05 },
      'passed',
      'within-limits',
    ],
    [
      'fails too much',
      [{ requests: 500, errorRate: 0.06 }],
      { minRequests: 100, errorRateMax: 0.05 },
      'failed',
      'error-rate 0.06 > 0.05',
    ],
    [
      'fails too much at one receiver',
      [{ requests: 500, errorRate: 0 }, { errorRate: 0.5 }],
      { minRequests: 0, errorRateMax: 0.05 },
      'failed',
      'error-rate 0.5 > 0.05',
    ],
    [
      'has served enough at one receiver',
      [
        { requests: 99, errorRate: 0 },
        { requests: 100, errorRate: 0 },
      ],
      { minRequests: 100, errorRateMax: 0.05 },
      'passed',
      'within-limits',
    ],
    [
      'has served too few',
      [{ requests: 99, errorRate: 0.9 }],
      { minRequests: 100, errorRateMax: 0.05 },
      'inconclusive',
      'requests 99/100',
    ],
    ['nobody counted', [{ errorRate: 0 }], { minRequests: 1, errorRateMax: 0.05 }, 'inconclusive', 'requests 0/1'],
    ['has no known errors', [{ requests: 500 }], { minRequests: 0, errorRateMax: 0.05 }, 'inconclusive', 'no-data'],
    [
      'is slow at one receiver',
      [{ requests: 500 }, { latencyMs: 90 }, { latencyMs: 801 }],
      { minRequests: 0, latencyMaxMs: 800 },
      'failed',
      'latency 801 ms > 800 ms',
    ],
    ['is as slow as it may be', [{ latencyMs: 800 }], { minRequests: 0, latencyMaxMs: 800 }, 'passed', 'within-limits'],
    [
      'fails before it is slow',
      [{ errorRate: 1, latencyMs: 900 }],
      { minRequests: 0, errorRateMax: 0.1, latencyMaxMs: 800 },
      'failed',
      'error-rate 1 > 0.1',
    ],
    ['has no known latency', [{ errorRate: 0 }], { minRequests: 0, latencyMaxMs: 800 }, 'inconclusive', 'no-data'],
    ['is not held to errors', [{ requests: 500 }], { minRequests: 100 }, 'passed', 'within-limits'],
  ])('and %s', (_, served, limits, outcome, reason) => {
    expect(judgeBake(served, limits)).toEqual({ outcome, reason });
  });

  it('never passes on missing numbers', () => {
    const unread = fc.array(fc.record({ requests: fc.nat(), p95Ms: fc.nat() }, { requiredKeys: [] }), { maxLength: 4 });
    fc.assert(
      fc.property(unread, fc.nat(), (served, minRequests) => {
        expect(judgeBake(served, { minRequests, errorRateMax: 0.1 }).outcome).toBe('inconclusive');
      }),
    );
  });
});
