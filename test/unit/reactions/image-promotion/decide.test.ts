import { describe, expect, it } from 'vitest';

import { withoutHold, type StageProgress } from '../../../../shared/domain/image/progress.ts';
import type { Intent } from '../../../../shared/intents/intent.ts';
import {
  callFor,
  decidePromotion,
  wayBack,
  type TrackedStage,
} from '../../../../shared/reactions/image-promotion/decide.ts';
import { at, digestOf, failed, IMAGE, passed, rowOf, RULE, running, stageOf, T0 } from './rows.ts';

const DEV = stageOf('dev', { soakMs: 3_600_000 });
const PROD = stageOf('prod', { after: 'dev' });
const prod = (more: Partial<TrackedStage['row']> = {}): TrackedStage => ({ stage: PROD, row: rowOf('prod', more) });

/** Kinds that are wanted, by subject, and causes that are over. */
function decided(stages: readonly TrackedStage[], now = at(120)) {
  const { wanted, over } = decidePromotion({ image: IMAGE, rule: RULE, stages, now });
  return { wanted, kinds: wanted.map(({ kind, value }) => `${kind} ${value['stage'] as string}`), over };
}

describe('the next stage', () => {
  const held = { tag: '1.1', digest: digestOf('1.1'), cause: 'person', at: T0, reason: 'r' } as const;

  it.each([
    ['gets what has passed and soaked', [passed('1.1', 0, DEV), prod()], ['image prod']],
    ['does not get what soaks', [passed('1.1', 90, DEV), prod()], []],
    ['does not get what has not passed', [{ stage: DEV, row: rowOf('dev', { current: running('1.1') }) }, prod()], []],
    ['does not get what it has', [passed('1.1', 0, DEV), prod({ current: running('1.1') })], []],
    ['does not get what it holds', [passed('1.1', 0, DEV), prod({ held: [held] })], []],
    [
      'does not get what the one before holds',
      [{ stage: DEV, row: { ...passed('1.1', 0, DEV).row, held: [held] } }, prod()],
      [],
    ],
    ['does not get anything from nowhere', [prod()], []],
  ] as const)('%s', (_, stages, kinds) => {
    expect(decided(stages).kinds).toEqual(kinds);
  });

  it('is asked for at the minute the soak is over', () => {
    expect([at(59), at(60)].map((now) => decided([passed('1.1', 0, DEV), prod()], now).kinds.length)).toEqual([0, 1]);
  });

  it('is withdrawn when what was to come is held by then', () => {
    const over = decided([passed('1.1', 0, DEV), prod({ held: [held] })]).over;
    expect(over).toContainEqual({ subject: `${IMAGE}@prod`, by: { reaction: 'image-promotion' }, cause: 'promotion' });
  });

  it('is asked for anew after a release, and the same way each time', () => {
    const first = decided([passed('1.1', 0, DEV), prod()]).wanted[0]?.signals;
    const released = { stage: PROD, row: withoutHold(prod({ held: [held] }).row, held.digest, at(30)) };
    const again = decided([passed('1.1', 0, DEV), released]).wanted[0]?.signals;
    expect(decided([passed('1.1', 0, DEV), prod()], at(500)).wanted[0]?.signals).toEqual(first);
    expect(again).not.toEqual(first);
  });

  it('gets it by pull request where it is written so', () => {
    const { wanted } = decided([
      passed('1.1', 0, DEV),
      { stage: { ...PROD, write: 'pull-request' }, row: rowOf('prod') },
    ]);
    expect(wanted[0]).toMatchObject({ kind: 'image', value: { tag: '1.1', pullRequest: 'stage:prod' } });
  });

  it('asks people where it says so', () => {
    const approvals = { needed: 2, withinMs: 1000 };
    const { wanted } = decided([passed('1.1', 0, DEV), { stage: { ...PROD, approvals }, row: rowOf('prod') }]);
    expect(wanted[0]).toMatchObject({ mode: 'propose', approvals });
  });
});

describe('a failure', () => {
  it('holds the digest and goes back to what ran before', () => {
    const { kinds, wanted } = decided([failed('1.1', DEV)]);
    expect(kinds).toEqual(['verification-hold dev', 'rollback dev']);
    expect(wanted.map(({ value }) => value)).toMatchObject([
      { refuses: [digestOf('1.1')] },
      { tag: '0.9', digest: digestOf('0.9'), undoes: { tag: '1.1' }, before: 'c0' },
    ]);
  });

  it.each([
    ['goes further back where what ran before has failed', { previous: { ...running('0.9'), outcome: 'fail' } }, '0.8'],
    ['goes back to what has passed where nothing ran before', { previous: undefined }, '0.8'],
    ['goes nowhere where nothing has', { previous: undefined, good: [] }, undefined],
  ] as const)('%s', (_, more, tag) => {
    const good = [{ tag: '0.8', digest: digestOf('0.8'), at: T0 }];
    const { row } = failed('1.1', DEV, { good, ...more } as Partial<StageProgress>);
    expect(wayBack(row)?.tag).toBe(tag);
    const rollback = decided([{ stage: DEV, row }]).wanted.find(({ kind }) => kind === 'rollback');
    expect([rollback?.value['tag'], rollback?.value['before']]).toEqual([tag, undefined]);
  });

  it('of what is no longer held ends the way back', () => {
    const { row } = failed('1.1', DEV);
    const { kinds, over } = decided([{ stage: DEV, row: withoutHold(row, digestOf('1.1'), at(1)) }]);
    expect([kinds, over.map(({ cause }) => cause)]).toEqual([[], ['soak', 'verification', 'revert', 'rollback']]);
  });
});

describe('people', () => {
  const before = rowOf('dev', { current: running('1.1') });

  it.each([
    ['a failure', {}, 'verification-failed: back to 0.9: probe'],
    [
      'a failure without a way back',
      { previous: undefined },
      'verification-failed: there is nothing to go back to: probe',
    ],
    [
      "somebody else's",
      { current: running('1.1', { isForeign: true }) },
      /^verification-failed: written by somebody else/,
    ],
    ['what was gone back to', { current: running('1.1', { isRollback: true }) }, /^verification-failed: so has/],
  ] as const)('hear of %s', (_, more, expected) => {
    expect(callFor(before, failed('1.1', DEV, more as Partial<StageProgress>))).toMatch(expected);
  });

  it('hear of nothing twice, and of nothing that goes well', () => {
    const one = failed('1.1', DEV);
    expect([callFor(one.row, one), callFor(before, passed('1.1', 0, DEV))]).toEqual([undefined, undefined]);
  });

  it('hear of what is inconclusive, if it is ours', () => {
    const verdict = { ...before.verdict, outcome: 'inconclusive', reason: 'late' } as const;
    expect(callFor(before, { stage: DEV, row: { ...before, verdict } })).toBe('verification-inconclusive: late');
    const foreign = { ...before, current: running('1.1', { isForeign: true }) };
    expect(callFor(foreign, { stage: DEV, row: { ...foreign, verdict } })).toBeUndefined();
  });
});

it.each([
  ['pending', rowOf('dev', { current: running('1.1') }), ['soak-hold dev']],
  ['soaking', passed('1.1', 90, DEV).row, ['soak-hold dev']],
  ['through', passed('1.1', 0, DEV).row, []],
  [
    'inconclusive',
    rowOf('dev', { current: running('1.1'), verdict: { outcome: 'inconclusive', reason: '', at: T0, checks: [] } }),
    [],
  ],
  ['nothing', rowOf('dev'), []],
] as const)('newer versions wait while one is %s', (_, row, kinds) => {
  expect(decided([{ stage: { ...DEV, newer: 'wait' }, row }]).kinds).toEqual(kinds);
});

const HOLD = { subject: `${IMAGE}@dev`, by: { person: 'ann' }, cause: 'hold:1', kind: 'hold' } as const;

describe('what was asked for and waits still', () => {
  const asked = (tag: string, more: Partial<Intent> = {}): Intent => ({
    ...{ schema: 1, subject: `${IMAGE}@prod`, by: { reaction: 'image-promotion' }, cause: 'promotion', kind: 'image' },
    ...{ mode: 'enforce', reason: 'r', signals: [], asOf: T0, openedAt: T0, state: 'open' },
    value: { image: IMAGE, stage: 'prod', tag, digest: digestOf(tag) },
    ...more,
  });
  const over = (stages: readonly TrackedStage[], open: readonly Intent[]): boolean =>
    decidePromotion({ image: IMAGE, rule: RULE, stages, open, now: at(120) }).over.some(
      ({ cause }) => cause === 'promotion',
    );

  it.each<[string, readonly TrackedStage[], readonly Intent[], boolean]>([
    [
      'stays while a newer one soaks',
      [passed('1.2', 90, DEV), prod({ current: running('1.0') })],
      [asked('1.1')],
      false,
    ],
    [
      'is over when the stage before has gone back to what stands here',
      [passed('1.0', 0, DEV), prod({ current: running('1.0') })],
      [asked('1.1')],
      true,
    ],
    [
      'is over when somebody holds it in the stage before',
      [passed('1.2', 90, DEV), prod()],
      [asked('1.1'), asked('1.1', { ...HOLD, value: { image: IMAGE, stage: 'dev', refuses: [digestOf('1.1')] } })],
      true,
    ],
    ['stays otherwise', [passed('1.1', 0, DEV), prod()], [asked('1.1')], false],
  ])('%s', (_what, stages, open, isOver) => {
    expect(over(stages, open)).toBe(isOver);
  });
});
