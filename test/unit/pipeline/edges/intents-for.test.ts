import { describe, expect, it } from 'vitest';

import type { RegionEvidence } from '../../../../shared/domain/traffic/evidence.ts';
import type { Intent } from '../../../../shared/intents/intent.ts';
import { intentsFor } from '../../../../shared/pipeline/edges/intents-for.ts';
import type { Decision } from '../../../../shared/reactions/region-failover/index.ts';
import { stateOf } from '../../reconcile/rows.ts';
import { edgeOf, emergencyOf, originOf } from '../../targets/edge/observed.ts';

const { edge, origins } = edgeOf([originOf('a'), originOf('b')]);
const AT = '2026-01-01T01:00:00.000Z';
/** Since then the region is bad. */
const BAD_SINCE = '2026-01-01T00:30:00.000Z';
const TICK = `tick#${BAD_SINCE}`;
const DRAIN = {
  verdicts: [{ decision: 'drain', origins: ['a'], reason: 'bad' }],
  evidence: { regions: { a: { votes: [], health: { status: 'bad', badSince: Date.parse(BAD_SINCE) } } } },
} as unknown as Decision;

/** What is stored for origin `a` after a verdict that drains it, and what was asked for. */
function drained(
  stored: Partial<Intent> | undefined,
  signal?: string,
  { votes = [], origins: at = origins }: { readonly votes?: readonly object[]; readonly origins?: typeof origins } = {},
) {
  const state = stateOf(stored === undefined ? [] : [emergencyOf('a', { mode: edge.policy.mode.drain, ...stored })]);
  const region = { ...DRAIN.evidence.regions['a']!, votes } as RegionEvidence;
  const decision = { ...DRAIN, evidence: { ...DRAIN.evidence, regions: { a: region } } };
  const { intents, asked } = intentsFor(edge, decision, { state, origins: at, signal, at: AT });
  return { written: intents, asked: asked[0] as Intent };
}

describe('what the clock asks for', () => {
  const value = { enabled: false, urgency: 'emergency' };

  const told = { value, signals: [TICK] };
  it.each<[string, Partial<Intent>]>([
    ['is there', { ...told, state: 'open', note: 'effective' }],
    ['waits', { ...told, state: 'blocked', note: 'insufficient-capacity' }],
    ['was tried a moment ago', { ...told, state: 'failed', note: 'x', asOf: '2026-01-01T00:59:00.000Z' }],
    ['was let go by a person although the region is bad still', { ...told, state: 'closed', note: 'released' }],
  ])('is no news where it %s', (_, stored) => {
    expect(drained(stored).written).toEqual([]);
  });

  it.each<[string, Partial<Intent> | undefined]>([
    ['has never been', undefined],
    ['is over since the last time', { state: 'closed', note: 'released', signals: ['tick#before'] }],
    ['is on its way back from the last time', { state: 'leaving', note: 'recovered', signals: ['tick#before'] }],
  ])('is asked for anew where it %s', (_, stored) => {
    const { written } = drained(stored);
    expect(written).toMatchObject([{ state: 'open', openedAt: AT, signals: [TICK] }]);
  });

  const RELEASED = { ...told, state: 'leaving', note: 'asked-for', releasedAt: '2026-01-01T00:40:00.000Z' } as const;
  const word = (at: string, more: object = {}) => ({ isBad: true, at: Date.parse(at), expires: Infinity, ...more });
  it.each<[string, Partial<Intent>, readonly object[], object, readonly string[]]>([
    ['what was said before', RELEASED, [word('2026-01-01T00:40:00Z')], {}, []],
    ['a good word', RELEASED, [word('2026-01-01T00:41:00Z', { isBad: false })], {}, []],
    ['a word that is over', RELEASED, [word('2026-01-01T00:41:00Z', { expires: 0 })], {}, []],
    ['a bad word while it is out', RELEASED, [word('2026-01-01T00:41:00Z')], { enabled: false }, []],
    ['a bad word', RELEASED, [word('2026-01-01T00:41:00Z')], {}, ['tick#2026-01-01T00:40:00.000Z']],
    [
      'a bad word on what is back',
      { ...RELEASED, state: 'closed' },
      [word('2026-01-01T00:41:00Z')],
      {},
      ['tick#2026-01-01T00:40:00.000Z'],
    ],
  ])(
    'is no news where a person has brought it back, but for a bad word since: %s',
    (_, stored, votes, more, signals) => {
      const { written } = drained(stored, undefined, { votes, origins: [originOf('a', more), originOf('b')] });
      expect(written.flatMap((one) => one.signals)).toEqual(signals);
    },
  );

  it('is the same for as long as the intent that it has opened anew', () => {
    const votes = [word('2026-01-01T00:41:00Z')];
    const again = {
      ...told,
      signals: ['tick#2026-01-01T00:40:00.000Z'],
      served: [TICK],
      asOf: '2026-01-01T00:41:00.000Z',
    };
    expect(drained({ ...again, state: 'open', note: '' }, undefined, { votes }).written).toEqual([]);
    const failed = drained({ ...again, state: 'failed', note: 'authorization' }, undefined, { votes });
    expect(failed.written).toMatchObject([{ value: { attempt: 1 }, signals: ['tick#2026-01-01T00:40:00.000Z'] }]);
  });

  it('is still that of an intent opened anew, though alerts have crowded out its word', () => {
    const signals = Array.from({ length: 20 }, (_, index) => `alert#${index}`);
    const again = {
      ...told,
      signals,
      served: [TICK],
      asOf: '2026-01-01T00:41:00.000Z',
      openedAt: '2026-01-01T00:40:00.000Z',
    };
    const { written } = drained({ ...again, state: 'failed', note: 'authorization' });
    expect(written).toMatchObject([{ value: { attempt: 1 }, signals: ['tick#2026-01-01T00:40:00.000Z'] }]);
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
