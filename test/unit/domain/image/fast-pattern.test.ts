import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';

import { areDisjoint, charSet, complement } from '../../../../shared/domain/image/char-set.ts';
import { compileFast } from '../../../../shared/domain/image/fast-pattern.ts';

/** All groups of the first match, by RE2. */
function byRe2(pattern: string, text: string): readonly (string | null)[] | null {
  const matcher = RE2JS.compile(pattern).matcher(text);
  return matcher.find() ? Array.from({ length: matcher.groupCount() + 1 }, (_, index) => matcher.group(index)) : null;
}

function byFast(fast: RegExp, text: string): readonly (string | null)[] | null {
  const found = fast.exec(text);
  return found === null ? null : Array.from(found, (group: string | undefined) => group ?? null);
}

const atom = fc.constantFrom('a', 'b', '1', '-', '\\.', '.', '\\d', '\\w', '[a-c]', '[^a]', '[[:digit:]]', 'v', '_');
const repeat = fc.constantFrom('', '', '', '*', '+', '?', '*?', '+?', '??', '{2}', '{1,2}', '{2,}', '{0,3}?');
const { pattern: PATTERN } = fc.letrec<{ pattern: string; piece: string; sequence: string }>((tie) => ({
  sequence: fc.array(tie('piece'), { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join('')),
  piece: fc.oneof(
    { weight: 4, arbitrary: fc.tuple(atom, repeat).map((parts) => parts.join('')) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(
          fc.constantFrom('(', '(?:', '(?P<n>'),
          fc.array(tie('sequence'), { minLength: 1, maxLength: 2 }),
          fc.constantFrom('', '', '?', '??', '*'),
        )
        .map(([open, alternatives, times]) => `${open}${alternatives.join('|')})${times}`),
    },
  ),
  pattern: fc
    .tuple(fc.constantFrom('^', '', '\\A'), tie('sequence'), fc.constantFrom('$', '', '\\z'))
    .map((parts) => parts.join('')),
}));
const TEXT = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', 'b', 'c', '1', '2', '-', '.', '_', 'v'), maxLength: 10 }),
  fc.string({ unit: fc.constantFrom('a', '1', '-', '\n', '\r', '\u2028', 'é', '😀'), maxLength: 6 }),
);

function isRe2(pattern: string): boolean {
  try {
    RE2JS.compile(pattern);
    return true;
  } catch {
    return false;
  }
}

describe('the fast way', () => {
  it('finds what RE2 finds, group by group', () => {
    let taken = 0;
    fc.assert(
      fc.property(PATTERN.filter(isRe2), fc.array(TEXT, { minLength: 8, maxLength: 8 }), (pattern, texts) => {
        const fast = compileFast(pattern);
        if (fast === undefined) {
          return;
        }
        taken += 1;
        for (const text of texts) {
          expect(byFast(fast, text)).toEqual(byRe2(pattern, text));
        }
      }),
      { numRuns: 5_000 },
    );
    expect(taken).toBeGreaterThan(500);
  });

  it.each([
    '^main-[a-f0-9]+-(?P<ts>[0-9]+)$',
    '^release-(?P<v>\\d+\\.\\d+\\.\\d+)$',
    '^v?(\\d+)\\.(\\d+)(?:-(rc)\\.\\d+)?$',
    '^(?:main|dev)-\\d{8}$',
    '-(\\d{10})$',
    '^[^-]+-x$',
    '\\Av[[:digit:]]+\\z',
  ])('is taken for %s', (pattern) => {
    expect(compileFast(pattern)).toBeDefined();
  });

  it.each([
    ['(a+)+$', 'a repeated group'],
    ['^a*a$', 'a repeat that what follows could end too early'],
    ['^(a|ab)c$', 'alternatives that start alike'],
    ['^a??', 'laziness that decides'],
    ['(?i)a', 'flags'],
    ['\\bx', 'a boundary'],
    ['^(a?)$', 'a group that may be empty'],
    ['a^b', 'an anchor inside'],
    ['[^\\x00]', 'codes'],
    ['\\pL', 'Unicode classes'],
    ['(?P<n>a{0})', 'none of something'],
  ])('is not taken for %s: %s', (pattern) => {
    expect(compileFast(pattern)).toBeUndefined();
  });
});

describe('character sets', () => {
  it('join what meets, and have nothing in common with their complement', () => {
    expect(
      charSet([
        [5, 9],
        [1, 2],
        [3, 4],
        [12, 12],
      ]),
    ).toEqual([
      [1, 9],
      [12, 12],
    ]);
    const range = fc.tuple(fc.nat(0x10ffff), fc.nat(50)).map(([from, more]) => [from, Math.min(from + more, 0x10ffff)]);
    fc.assert(
      fc.property(fc.array(range as fc.Arbitrary<[number, number]>, { maxLength: 6 }), (ranges) => {
        const set = charSet(ranges);
        expect(areDisjoint(set, complement(set))).toBe(true);
        expect(charSet([...set, ...complement(set)])).toEqual([[0, 0x10ffff]]);
      }),
    );
  });
});
