import { describe, expect, it } from 'vitest';

import type { Intent } from '../../../../../shared/intents/intent.ts';
import type { Field, Situation } from '../../../../../shared/reconcile/target-kind.ts';
import { mayLeave } from '../../../../../shared/targets/edge/agreement/leave.ts';
import type { ObservedEdge } from '../../../../../shared/targets/edge/index.ts';
import { edgeOf, frozenUntil, markOf, originOf, outOf, sharesOf, situation } from '../observed.ts';

const TWO = edgeOf([originOf('weu'), originOf('neu')]);

describe('a way back', () => {
  const out = edgeOf([originOf('weu', { enabled: false }), originOf('neu')]);
  const LEAVING = outOf('weu', { state: 'leaving' });
  const OURS = [markOf('weu', { enabled: true }, { enabled: false })];
  const weights = edgeOf([originOf('weu', { weight: 5 }), originOf('neu')]);
  const SHARES_LEAVING = sharesOf({ weu: 5 }, { state: 'leaving' });

  it.each<[string, Intent, ObservedEdge, Partial<Situation>, string | undefined]>([
    ['to what we have written down', LEAVING, out, { fields: OURS }, undefined],
    ['to what nobody has written down', LEAVING, out, {}, 'no-snapshot'],
    ['that somebody else has gone', LEAVING, TWO, {}, undefined],
    ['that people have not agreed to', LEAVING, out, { fields: OURS, unapproved: [LEAVING] }, 'approvals 0/1'],
    [
      'of weights that people have not agreed to',
      SHARES_LEAVING,
      weights,
      { unapproved: [SHARES_LEAVING] },
      'approvals 0/1',
    ],
    ['of weights that are back', SHARES_LEAVING, TWO, { unapproved: [SHARES_LEAVING] }, undefined],
    ['that others wait for', LEAVING, out, { fields: OURS, unapproved: [SHARES_LEAVING] }, undefined],
  ])('%s', (_, intent, edge, asked, reason) => {
    expect(mayLeave(intent, edge, situation(asked))?.reason).toBe(reason);
  });

  it.each<[string, readonly string[], Partial<Situation>, Intent, string | undefined]>([
    ['waits in a freeze', ['drain'], {}, LEAVING, 'freeze'],
    ['goes in a freeze that leaves restores out', ['restore'], {}, LEAVING, undefined],
    ['goes in a freeze where a failed plan is undone', [], { isUndoing: true }, LEAVING, undefined],
    [
      'of a hold goes in a freeze',
      [],
      {},
      outOf('', { kind: 'hold', value: { held: true }, state: 'leaving' }),
      undefined,
    ],
  ])('%s', (_, except, asked, intent, reason) => {
    const edge = { ...frozenUntil('2026-01-04', ...except), origins: out.origins };
    expect(mayLeave(intent, edge, situation({ fields: OURS, ...asked }))?.reason).toBe(reason);
  });

  it.each<[string, Partial<Field>, string | undefined]>([
    ['waits for people', { isPart: true }, 'approvals 0/1'],
    [
      'waits for people where the write was said to have failed',
      { written: { weight: 9 }, attempted: { weight: 40 }, isPart: true },
      'approvals 0/1',
    ],
    ['is none of a weight that stands there for others', {}, undefined],
    ['is none of what is back', { baseline: { weight: 40 }, isPart: true }, undefined],
    ['is none of what somebody else has set since', { written: { weight: 9 }, isPart: true }, undefined],
  ])('of a part %s', (_, mark, reason) => {
    const part = edgeOf([originOf('weu', { weight: 40 }), originOf('neu')]);
    const fields = [markOf('weu', { weight: 100 }, { weight: 40 }, mark)];
    expect(mayLeave(LEAVING, part, situation({ fields, unapproved: [LEAVING] }))?.reason).toBe(reason);
  });
});
