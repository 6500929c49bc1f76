import { describe, expect, it } from 'vitest';

import { UNKNOWN_HEALTH, type RegionHealth } from '../../../../shared/domain/traffic/health.ts';
import {
  judgeMeasurement,
  judgeRegion,
  medianOf,
  type Measurement,
  type MeasurementVerdict,
} from '../../../../shared/domain/traffic/judge.ts';
import type { EvidencePolicy } from '../../../../shared/domain/traffic/policy.ts';
import type { Vote } from '../../../../shared/domain/traffic/votes.ts';

const POLICY: EvidencePolicy = {
  quorum: 1,
  needsOutside: false,
  voteTtlMs: 1_000,
  settleMs: 0,
  holdMs: 0,
  recoverHoldMs: 100,
  isRelative: false,
  minRequests: 100,
  errorRateMax: 0.1,
};

function vote(source: string, isBad: boolean, at: number, more: Partial<Vote> = {}): Vote {
  return { source, isBad, at, expires: 1_000_000, isOutside: true, ...more };
}

describe('a median', () => {
  it.each<[readonly number[], number | undefined]>([
    [[], undefined],
    [[7], 7],
    [[9, 1], 5],
    [[10, 9, 1], 9],
    [[4, 1, 100, 2], 3],
  ])('of %j is %s', (values, median) => {
    expect(medianOf(values)).toBe(median);
  });
});

describe('a measurement', () => {
  const relative = { isRelative: true };
  const slow = { latencyFactor: 3 };

  it.each<[string, Measurement, readonly Measurement[], Partial<EvidencePolicy>, MeasurementVerdict]>([
    ['of too few requests', { requests: 99, errorRate: 1 }, [], {}, { reason: 'inconclusive:requests 99/100' }],
    ['of enough requests', { requests: 100, errorRate: 0.2 }, [], {}, { isBad: true }],
    ['of nothing', {}, [], {}, { isBad: false }],
    ['at the limit', { errorRate: 0.1 }, [], {}, { isBad: false }],
    ['above the limit', { errorRate: 0.11 }, [], {}, { isBad: true }],
    ['above the limit with others that do well', { errorRate: 0.2 }, [{ errorRate: 0 }], relative, { isBad: true }],
    [
      'above the limit as the others are',
      { errorRate: 0.2 },
      [{ errorRate: 0.3 }, {}],
      relative,
      { isBad: false, reason: 'not-regional' },
    ],
    [
      'above the limit as the others are, which nobody asked',
      { errorRate: 0.2 },
      [{ errorRate: 0.3 }],
      {},
      { isBad: true },
    ],
    ['above the limit without others', { errorRate: 0.2 }, [{}], relative, { isBad: true }],
    ['slower than the others', { p95Ms: 301 }, [{ p95Ms: 100 }], slow, { isBad: true, isSlow: true }],
    ['as slow as it may be', { p95Ms: 300 }, [{ p95Ms: 100 }], slow, { isBad: false }],
    ['slow without others', { p95Ms: 9_000 }, [{}], slow, { isBad: false }],
    ['slow where nobody minds', { p95Ms: 9_000 }, [{ p95Ms: 1 }], {}, { isBad: false }],
    [
      'slow as the others are',
      { p95Ms: 900 },
      [{ p95Ms: 850 }],
      { ...slow, ...relative },
      { isBad: false, reason: 'not-regional' },
    ],
    ['that fails and is quick', { errorRate: 0.2, p95Ms: 1 }, [{ p95Ms: 1 }], slow, { isBad: true }],
    [
      'that is slow and does not fail',
      { errorRate: 0, p95Ms: 900 },
      [{ p95Ms: 100 }],
      slow,
      { isBad: true, isSlow: true },
    ],
    [
      'that fails like the others and is slow alone',
      { errorRate: 0.2, p95Ms: 900 },
      [{ errorRate: 0.2, p95Ms: 100 }],
      { ...slow, ...relative },
      { isBad: true, isSlow: true },
    ],
    ['whose speed is not known', { errorRate: 0 }, [{ p95Ms: 100 }], { ...slow, ...relative }, { isBad: false }],
    ['slow where nobody minds, held against others', { p95Ms: 9_000 }, [{ p95Ms: 1 }], relative, { isBad: false }],
    ['slow without others to hold it against', { p95Ms: 9_000 }, [], { ...slow, ...relative }, { isBad: false }],
    ['above the limit where the others are at it', { errorRate: 0.2 }, [{ errorRate: 0.1 }], relative, { isBad: true }],
    [
      'that fails like the others and is as quick',
      { errorRate: 0.2 },
      [{ errorRate: 0.2 }],
      relative,
      { isBad: false, reason: 'not-regional' },
    ],
  ])('%s', (_, measured, others, policy, verdict) => {
    expect(judgeMeasurement(measured, others, { ...POLICY, ...policy })).toEqual(verdict);
  });

  it('is never bad where no limit is named', () => {
    const policy = Object.fromEntries(Object.entries(POLICY).filter(([key]) => key !== 'errorRateMax'));
    expect(judgeMeasurement({ errorRate: 1 }, [], policy as unknown as EvidencePolicy)).toEqual({ isBad: false });
  });
});

describe('a look at a region', () => {
  const two = { ...POLICY, quorum: 2 };
  const out: RegionHealth = { ...UNKNOWN_HEALTH, status: 'bad', outSince: 50 };

  it.each<[string, readonly Vote[], Partial<EvidencePolicy>, object]>([
    ['takes an alert at its word', [vote('alert:x', true, 10)], {}, { reason: 'bad', isOutvoted: false }],
    [
      'does not take good votes over an alert that have run out, or are not cast yet',
      [
        vote('alert:x', true, 10),
        vote('a', false, 11, { expires: 60 }),
        vote('b', false, 12, { expires: 100 }),
        vote('c', false, 101),
      ],
      { quorum: 1 },
      { reason: 'bad', isOutvoted: false },
    ],
    [
      'takes newer good votes from enough sources over an alert',
      [vote('alert:x', true, 10), vote('a', false, 11), vote('b', false, 12)],
      { quorum: 2 },
      { reason: 'well', isOutvoted: true, count: { bad: 0, good: 2 } },
    ],
    [
      'takes no older good vote over an alert',
      [vote('alert:x', true, 10), vote('a', false, 10), vote('b', false, 12)],
      { quorum: 2 },
      { reason: 'quorum', isOutvoted: false, count: { bad: 1 } },
    ],
    [
      'takes the end of another alert for no vote over an alert',
      [vote('alert:x', true, 10), vote('alert:y', false, 11)],
      {},
      { reason: 'bad', isOutvoted: false },
    ],
    [
      'takes no good vote over another that is no alert',
      [vote('a', true, 10), vote('b', false, 11)],
      {},
      { reason: 'bad', isOutvoted: false },
    ],
    ['counts no vote from the future', [vote('a', true, 101)], {}, { reason: 'no-data' }],
    ['counts no vote that has expired', [vote('a', true, 10, { expires: 100 })], {}, { reason: 'no-data' }],
    [
      'is slow where every bad vote says so',
      [vote('a', true, 10, { isSlow: true }), vote('b', false, 10)],
      {},
      { isSlow: true },
    ],
    [
      'is more than slow otherwise',
      [vote('a', true, 10, { isSlow: true }), vote('b', true, 10)],
      {},
      { isSlow: false },
    ],
  ])('%s', (_, votes, policy, look) => {
    expect(judgeRegion({ votes, health: UNKNOWN_HEALTH }, { ...POLICY, ...policy }, 100)).toMatchObject(look);
  });

  it('remembers since when a region that is out was called bad', () => {
    const votes = [vote('a', true, 20), vote('b', true, 10), vote('c', false, 5)];
    expect(judgeRegion({ votes, health: UNKNOWN_HEALTH }, two, 100).health).toMatchObject({
      status: 'bad',
      outSince: 10,
    });
    const later = [vote('a', true, 80), vote('b', true, 90)];
    expect(judgeRegion({ votes: later, health: out }, two, 100).health).toMatchObject({ status: 'bad', outSince: 50 });
    expect(judgeRegion({ votes: [], health: out }, two, 100).health).toMatchObject({ status: 'bad', outSince: 50 });
  });

  it.each<[string, readonly Vote[], string]>([
    ['what was said before it went out', [vote('a', false, 49), vote('alert:old', false, 40)], 'no-data'],
    ['one word since', [vote('a', false, 60), vote('alert:old', false, 40)], 'quorum'],
    ['enough words since', [vote('a', false, 60), vote('alert:x', false, 50)], 'recover-hold'],
  ])('lets nobody back for %s', (_, votes, reason) => {
    expect(judgeRegion({ votes, health: out }, two, 100).reason).toBe(reason);
  });

  it('forgets that when the region is back', () => {
    const recovering: RegionHealth = { ...out, status: 'recovering', wellSince: 60 };
    const { health, reason } = judgeRegion({ votes: [vote('a', false, 60)], health: recovering }, POLICY, 160);
    expect({ health, reason }).toEqual({ health: { status: 'healthy', penalty: out.penalty }, reason: 'recovered' });
  });

  it('holds a return back where the region came and went', () => {
    const damping = { perFlap: 10, halfLifeMs: 100, suppress: 5, reuse: 1, maxSuppressMs: 1_000 };
    const bad = judgeRegion({ votes: [vote('a', true, 1)], health: UNKNOWN_HEALTH }, { ...POLICY, damping }, 1).health;
    const good = [vote('a', false, 2)];
    const first = judgeRegion({ votes: good, health: bad }, { ...POLICY, damping }, 2);
    expect(judgeRegion({ votes: good, health: first.health }, { ...POLICY, damping }, 110).reason).toBe('damped');
  });
});
