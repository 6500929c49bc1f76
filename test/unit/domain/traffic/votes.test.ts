import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { countVotes, isCounted, type Vote } from '../../../../shared/domain/traffic/votes.ts';

function vote(source: string, isBad: boolean, more: Partial<Vote> = {}): Vote {
  return { source, isBad, at: 1, expires: 100, isOutside: false, ...more };
}

function count(...votes: readonly Vote[]): readonly [bad: number, good: number] {
  const { bad, good } = countVotes(votes, 50);
  return [bad, good];
}

describe('votes', () => {
  const health = { sees: 'edge-health' };
  it.each<[string, readonly Vote[], readonly [number, number]]>([
    ['of two sources are two', [vote('a', true), vote('b', true)], [2, 0]],
    ['of two rules on one metric are one', [vote('alert:x', true, health), vote('alert:y', true, health)], [1, 0]],
    [
      'of a rule and of the source of its metric are one',
      [vote('alert:x', true, health), vote('edge-health', true)],
      [1, 0],
    ],
    ['of rules on two metrics are two', [vote('alert:x', true, health), vote('alert:y', true, { sees: 'z' })], [2, 0]],
    [
      'of one thing are bad while any is',
      [vote('alert:x', false, { ...health, at: 9 }), vote('edge-health', true)],
      [1, 0],
    ],
    ['of one thing are one good one', [vote('alert:x', false, health), vote('edge-health', false)], [0, 1]],
    ['that are over say nothing', [vote('a', true, { expires: 50 }), vote('b', true, { at: 51 })], [0, 0]],
  ])('%s', (_, votes, expected) => {
    expect(count(...votes)).toEqual(expected);
  });

  const anyVotes = fc
    .uniqueArray(
      fc.record({
        source: fc.constantFrom('alert:x', 'alert:y', 'edge-health', 'app'),
        isBad: fc.boolean(),
        at: fc.nat(60),
        sees: fc.constantFrom('edge-health', 'edge-errors'),
      }),
      { selector: ({ source }) => source },
    )
    .map((some) =>
      some.map(({ source, isBad, at, sees }) =>
        vote(source, isBad, { at, ...(source.startsWith('alert:') ? { sees } : {}) }),
      ),
    );

  it('are the same in any order, and one more rule on what is bad already adds nothing', () => {
    fc.assert(
      fc.property(anyVotes, fc.nat(50), (votes, at) => {
        expect(count(...votes.toReversed())).toEqual(count(...votes));
        const loud = votes.filter((one) => one.isBad && one.at <= 50).map(({ source, sees = source }) => sees);
        for (const sees of loud) {
          expect(count(...votes, vote('alert:z', true, { sees, at }))).toEqual(count(...votes));
        }
      }),
    );
  });
});

describe('a source that is listed', () => {
  const alert = { source: 'alert:/x', sees: 'edge-health', rule: 'Shop 5xx' };
  it.each<[string, Parameters<typeof isCounted>[0], readonly string[] | undefined, boolean]>([
    ['nobody is listed', alert, undefined, true],
    ['by its name in any letters', { source: 'Synthetic' }, ['synthetic'], true],
    ['by another', { source: 'synthetic' }, ['edge-health', 'alerts'], false],
    ['an alert as all are', alert, ['Alerts'], true],
    ['an alert by what it sees', alert, ['EDGE-health'], true],
    ['an alert by its rule', alert, ['shop 5XX'], true],
    ['an alert of nobody', alert, ['synthetic', '/x'], false],
    ['an alert without a rule', { source: 'alert:/x', sees: 'y' }, ['undefined'], false],
    ['an alert from before it said what it sees', { source: 'alert:/x' }, ['alerts'], true],
  ])('%s', (_, one, sources, expected) => {
    expect(isCounted(one, sources)).toBe(expected);
  });
});
