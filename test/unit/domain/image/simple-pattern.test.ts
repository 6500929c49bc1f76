import { describe, expect, it } from 'vitest';

import { readSimplePattern } from '../../../../shared/domain/image/simple-pattern.ts';

describe('a pattern that is read without RE2', () => {
  it('knows where it begins and ends, and its groups', () => {
    expect(readSimplePattern('^v(?P<major>\\d+)(?:-rc)?$')).toMatchObject({
      startsAtStart: true,
      endsAtEnd: true,
      groups: 1,
    });
  });

  it.each([
    ['an alternative outside of groups', 'a|b'],
    ['an end in the middle', 'a$b'],
    ['a closing parenthesis too many', 'a)'],
    ['a group without end', '(a'],
    ['groups within groups beyond what tags need', `${'('.repeat(21)}a${')'.repeat(21)}`],
    ['two repeats of one piece', 'a**'],
    ['an escape that is no character', '\\pL'],
    ['a character beyond ASCII', 'ä'],
    ['a class without end', '[a'],
    ['a class that takes nothing', '[^\\x00-\\x{10ffff}]'],
    ['an empty class', '[]'],
    ['a POSIX class of another kind', '[[:word:]]'],
    ['a range of classes', '[\\d-z]'],
    ['a range that goes back', '[z-a]'],
  ])('is not one with %s', (_what, pattern) => {
    expect(readSimplePattern(pattern)).toBeUndefined();
  });
});
