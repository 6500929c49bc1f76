import { describe, expect, it } from 'vitest';

import { NO_EVIDENCE } from '../../../../shared/domain/traffic/evidence.ts';
import { UNKNOWN_HEALTH } from '../../../../shared/domain/traffic/health.ts';
import type { Intent } from '../../../../shared/intents/intent.ts';
import { intentsFor } from '../../../../shared/pipeline/edges/intents-for.ts';
import type { Decision } from '../../../../shared/reactions/region-failover/index.ts';
import { stateOf } from '../../reconcile/rows.ts';
import { edgeOf, emergencyOf, originOf } from '../../targets/edge/observed.ts';

const { edge, origins } = edgeOf([originOf('a'), originOf('b')]);
const AT = '2026-01-01T01:00:00.000Z';
const BAD_SINCE = '2026-01-01T00:30:00.000Z';
const TICK = `tick#${BAD_SINCE}`;
const HEALTH = { ...UNKNOWN_HEALTH, badSince: Date.parse(BAD_SINCE) };
const DRAIN = {
  verdicts: [{ decision: 'drain', origins: ['a'], reason: 'bad' }],
  evidence: { ...NO_EVIDENCE, regions: { a: { votes: [], health: HEALTH } } },
} as unknown as Decision;

/** What is stored for origin `a` after a verdict that drains it, and what was asked for; by the clock, if nobody else. */
function drained(stored: Partial<Intent> | undefined, signal?: string) {
  const known = { mode: edge.policy.mode.drain, signals: [TICK], ...stored };
  const state = stateOf(stored === undefined ? [] : [emergencyOf('a', known)]);
  const { intents, asked } = intentsFor(edge, DRAIN, { state, origins, signal, at: AT });
  return { written: intents, asked: asked[0] as Intent };
}

describe('what the clock asks for', () => {
  const value = { enabled: false, urgency: 'emergency' };

  it.each<[string, Partial<Intent>]>([
    ['is there', { state: 'open', value, note: 'effective' }],
    ['waits', { state: 'blocked', value, note: 'insufficient-capacity' }],
    ['was tried a moment ago', { state: 'failed', value, note: 'x', asOf: '2026-01-01T00:59:00.000Z' }],
  ])('is no news where it %s', (_, stored) => {
    expect(drained(stored).written).toEqual([]);
  });

  it.each<[string, Partial<Intent> | undefined]>([
    ['has never been', undefined],
    ['was of an earlier time', { state: 'closed', note: 'released', signals: ['tick#earlier'] }],
    ['goes back since then', { state: 'leaving', note: 'recovered', signals: ['tick#earlier'] }],
  ])('is asked for anew where it %s', (_, stored) => {
    const { written } = drained(stored);
    expect(written).toMatchObject([{ state: 'open', openedAt: AT, signals: [TICK] }]);
  });

  it('is not asked for again where it was let go of since the region is bad', () => {
    expect(drained({ state: 'closed', value, note: 'released' }).written).toEqual([]);
  });

  it('is news of somebody else', () => {
    expect(drained({ state: 'open', value }, 'alert#1').written).toMatchObject([{ signals: [TICK, 'alert#1'] }]);
  });
});

describe('a drain that was refused', () => {
  const failed = (attempt: number, asOf: string): Partial<Intent> => ({
    ...{ state: 'failed', note: 'authorization', asOf },
    value: { enabled: false, urgency: 'emergency', ...(attempt > 0 ? { attempt } : {}) },
  });

  it.each<[string, Partial<Intent>, number | undefined]>([
    ['waits 5 minutes', failed(0, '2026-01-01T00:55:01.000Z'), undefined],
    ['is tried again then', failed(0, '2026-01-01T00:55:00.000Z'), 1],
    ['waits 10 minutes the next time', failed(1, '2026-01-01T00:50:01.000Z'), 1],
    ['is tried again after those', failed(1, '2026-01-01T00:50:00.000Z'), 2],
    ['never waits longer than an hour', failed(9, '2026-01-01T00:00:00.000Z'), 10],
    ['and that waits now is the same', { ...failed(2, AT), state: 'blocked' }, 2],
    ['in an earlier incident is forgotten', { ...failed(4, AT), state: 'closed' }, undefined],
    ['before the region came back is forgotten', { ...failed(4, AT), state: 'leaving' }, undefined],
  ])('%s', (_, stored, attempt) => {
    expect(drained(stored).asked.value['attempt']).toBe(attempt);
  });
});
