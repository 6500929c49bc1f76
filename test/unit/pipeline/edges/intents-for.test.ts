import { describe, expect, it } from 'vitest';

import type { Intent } from '../../../../shared/intents/intent.ts';
import { intentsFor, tickAt } from '../../../../shared/pipeline/edges/intents-for.ts';
import type { Decision } from '../../../../shared/reactions/region-failover/index.ts';
import { stateOf } from '../../reconcile/rows.ts';
import { edgeOf, emergencyOf, originOf } from '../../targets/edge/observed.ts';

const { edge, origins } = edgeOf([originOf('a'), originOf('b')]);
const AT = '2026-01-01T01:00:00.000Z';
const TICK = tickAt(new Date(AT));
const DRAIN = { verdicts: [{ decision: 'drain', origins: ['a'], reason: 'bad' }] } as unknown as Decision;

/** What is stored for origin `a` after a verdict that drains it, and what was asked for. */
function drained(stored: Partial<Intent> | undefined, signal = TICK) {
  const state = stateOf(stored === undefined ? [] : [emergencyOf('a', { mode: edge.policy.mode.drain, ...stored })]);
  const { intents, asked } = intentsFor(edge, DRAIN, { state, origins, signal, at: AT });
  return { written: intents, asked: asked[0] as Intent };
}

it('a look of the clock has a name of its own', () => {
  expect(TICK).toBe(`tick#${AT}`);
  expect(tickAt(new Date(0))).not.toBe(TICK);
});

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
    ['is over', { state: 'closed', note: 'released' }],
    ['is on its way back', { state: 'leaving', note: 'recovered' }],
  ])('is asked for anew where it %s', (_, stored) => {
    const { written } = drained(stored);
    expect(written).toMatchObject([{ state: 'open', openedAt: AT, signals: [TICK] }]);
  });

  it('is news of somebody else', () => {
    expect(drained({ state: 'open', value }, 'alert#1').written).toMatchObject([{ signals: ['command', 'alert#1'] }]);
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
