import { describe, expect, it } from 'vitest';

import type { CheckResult, StageProgress } from '../../../../shared/domain/image/progress.ts';
import { isAsked, isThrough, judged, seen } from '../../../../shared/reactions/image-promotion/track.ts';
import { at, digestOf, failed, passed, rowOf, running, stageOf, T0 } from './rows.ts';

const DEV = stageOf('dev', {
  soakMs: 3_600_000,
  verify: [{ kind: 'commitStatus', contexts: [], timeoutMs: 1_800_000 }],
});
const version = (tag: string) => ({ tag, digest: digestOf(tag) });
const result = (outcome: CheckResult['outcome']): CheckResult[] => [{ check: '0:x', outcome, reason: 'r', at: T0 }];

describe('what is seen at the head', () => {
  const look = { head: 'h9', now: at(10) };
  const soaking = passed('1.1', 5, DEV).row;

  it('is new when it is there for the first time: by us, or by somebody else', () => {
    const written = { commit: 'c7', before: 'c6', at: at(9), isRollback: false };
    const row = rowOf('dev');
    expect(seen({ stage: DEV, row, standing: version('1.1'), written }, look).current).toMatchObject({
      ...{ tag: '1.1', commit: 'c7', before: 'c6', isForeign: false, at: at(10), heads: ['h9'] },
    });
    expect(seen({ stage: DEV, row, standing: version('1.1') }, look).current).toMatchObject({
      commit: 'h9',
      isForeign: true,
    });
  });

  it('keeps what is known of the same version, and adds the head', () => {
    const row = seen({ stage: DEV, row: soaking, standing: version('1.1') }, look);
    expect(row).toMatchObject({ since: at(5), current: { at: T0, heads: ['c1', 'h9'] } });
  });

  it('starts anew with another version, with the same written again, and counts who did not get through', () => {
    const other = seen({ stage: DEV, row: soaking, standing: version('1.2') }, look);
    expect(other).toMatchObject({
      verdict: { outcome: 'pending' },
      previous: { tag: '1.1', outcome: 'pass' },
      starved: { count: 1 },
    });
    expect(other.since).toBeUndefined();
    const written = { commit: 'c7', before: 'c6', at: at(9), isRollback: false };
    expect(seen({ stage: DEV, row: soaking, standing: version('1.1'), written }, look).since).toBeUndefined();
    const through = seen({ stage: DEV, row: soaking, standing: version('1.2') }, { head: 'h', now: at(65) });
    expect(through.starved).toBeUndefined();
  });

  it('takes an old write of ours for no proof that this one is', () => {
    const written = { commit: 'c0', before: 'b', at: at(-60), isRollback: true };
    expect(seen({ stage: DEV, row: soaking, standing: version('1.0'), written }, look).current).toMatchObject({
      isForeign: true,
    });
    const between = seen({ stage: DEV, row: soaking, standing: { unsettled: 'unknown-digest' } }, look);
    const old = { ...written, commit: 'c1', isRollback: false };
    expect(seen({ stage: DEV, row: between, standing: version('1.1'), written: old }, look).current).toMatchObject({
      ...{ commit: 'h9', isForeign: true },
    });
  });

  it('is a revert where somebody goes back from what we wrote to what ran before, and none where we do', () => {
    const previous = { ...running('1.0'), outcome: 'pass' } as const;
    const row = { ...soaking, previous };
    const back = { stage: DEV, row, standing: version('1.0') };
    expect(seen(back, look).held).toMatchObject([{ tag: '1.1', cause: 'revert', commit: 'c1' }]);
    const written = { commit: 'c7', before: 'c6', at: at(9), isRollback: true };
    expect(seen({ ...back, written }, look).held).toEqual([]);
  });

  it('is no version where several stand, and what was known is kept as what ran before', () => {
    const row = seen({ stage: DEV, row: soaking, standing: { unsettled: 'mixed' } }, look);
    expect(row).toMatchObject({ unsettled: 'mixed', previous: { tag: '1.1' }, verdict: { outcome: 'pending' } });
    expect([row.current, row.since]).toEqual([undefined, undefined]);
    expect(seen({ stage: DEV, row, standing: { unsettled: 'mixed' } }, look)).toBe(row);
  });

  it('changes nothing where it could not be told', () => {
    expect(seen({ stage: DEV, row: soaking }, look)).toBe(soaking);
  });
});

describe('what the verifications say', () => {
  const fresh = rowOf('dev', { current: running('1.1') });
  const judge = (row: StageProgress, outcome: CheckResult['outcome'], minute = 10): StageProgress =>
    judged({ stage: DEV, row, results: result(outcome) }, at(minute));

  it.each([
    [fresh, 'pass', 10, 'pass'],
    [fresh, 'pending', 10, 'pending'],
    [fresh, 'pending', 29, 'pending'],
    [fresh, 'pending', 30, 'inconclusive'],
    [fresh, 'inconclusive', 10, 'inconclusive'],
    [fresh, 'fail', 10, 'fail'],
    [passed('1.1', 5, DEV).row, 'pending', 40, 'pass'],
    [passed('1.1', 5, DEV).row, 'fail', 10, 'fail'],
    [judge(fresh, 'inconclusive'), 'pass', 50, 'pass'],
  ] as const)('%# makes a verdict', (row, outcome, minute, expected) => {
    expect(judge(row, outcome, minute).verdict.outcome).toBe(expected);
  });

  it('starts the soak once, and remembers what has passed', () => {
    const row = judge(judge(fresh, 'pass', 10), 'pass', 20);
    expect([row.since, row.good]).toEqual([at(10), [{ ...version('1.1'), at: at(10) }]]);
    expect(isThrough(row, DEV, at(69))).toBe(false);
    expect(isThrough(row, DEV, at(70))).toBe(true);
  });

  it('holds what is ours and has failed; nothing else', () => {
    expect(judge(fresh, 'fail').held).toMatchObject([{ ...version('1.1'), cause: 'verification' }]);
    expect(judge(judge(fresh, 'pass'), 'fail').since).toBeUndefined();
    for (const current of [running('1.1', { isForeign: true }), running('1.1', { isRollback: true })]) {
      expect(judge({ ...fresh, current }, 'fail').held).toEqual([]);
    }
  });

  it('pass where there are none, and say nothing of nothing', () => {
    expect(judged({ stage: DEV, row: fresh, results: [] }, T0).verdict).toMatchObject({ outcome: 'pass' });
    expect(judged({ stage: DEV, row: rowOf('dev'), results: result('pass') }, T0).verdict.outcome).toBe('pending');
    expect(judged({ stage: DEV, row: fresh }, T0)).toBe(fresh);
  });

  it('are asked until a version is through, or failed and held', () => {
    const rows = [fresh, passed('1.1', 0, DEV).row, failed('1.1', DEV).row, rowOf('dev')];
    expect(rows.map((row) => isAsked(row, DEV, at(30)))).toEqual([true, true, false, false]);
    expect(isAsked(passed('1.1', 0, DEV).row, DEV, at(60))).toBe(false);
  });
});
