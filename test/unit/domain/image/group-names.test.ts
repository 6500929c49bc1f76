import * as fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';

import { readGroupNames } from '../../../../shared/domain/image/group-names.ts';

/** Parts of patterns that hold what looks like a named group, and the groups that each really opens. */
const PARTS: readonly (readonly [part: string, opened: readonly string[]])[] = [
  ['(?P<a>x)', ['a']],
  ['(?<a>y)', ['a']],
  ['(?P<b>z|(?P<a>w))', ['b', 'a']],
  ['(u)', ['']],
  ['(?:v)', []],
  ['(?i:v)', []],
  ['[(?P<a>]', []],
  ['[]()]', []],
  ['[^](]', []],
  ['[[:alpha:](]', []],
  ['[\\](]', []],
  ['\\(?P<a>', []],
  ['\\Q(?P<a>\\E', []],
  ['\\\\', []],
];

describe('the names of groups', () => {
  it('are told from text that looks alike, by number, and stand once in what RE2 reads', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...PARTS), { maxLength: 6 }), (parts) => {
        const opened = parts.flatMap(([, names]) => names);
        const { pattern, numbers } = readGroupNames(parts.map(([part]) => part).join(''));
        const expected = [...new Set(opened.filter((name) => name !== ''))].map((name) => [
          name,
          opened.flatMap((other, index) => (other === name ? [index + 1] : [])),
        ]);
        expect([...numbers]).toEqual(expected);
        expect(RE2JS.compile(pattern).groupCount()).toBe(opened.length);
      }),
    );
  });

  it('leave a pattern alone that repeats none', () => {
    const pattern = '^(?:v(?P<n>\\d+)|[(?P<n>]\\Q(?P<n>\\E(x))$';
    expect(readGroupNames(pattern).pattern).toBe(pattern);
  });
});
