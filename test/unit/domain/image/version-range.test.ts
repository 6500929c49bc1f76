import { describe, expect, it } from 'vitest';

import { parseRange } from '../../../../shared/domain/image/version-range.ts';
import { InvalidPolicyError } from '../../../../shared/errors.ts';

describe('a range that is refused', () => {
  it.each([
    ['has too many alternatives', Array.from({ length: 33 }, (_, major) => `${major}.x`).join(' || '), /more than 32/],
    ['is longer than anybody writes', '1'.repeat(2_000), /characters/],
    ['leaves it open what a hyphen joins', '1.x||2.0 - 3.0', /expected blanks around `\|\|`/],
    ['is empty', '', /range/],
  ])('%s', (_what, range, reason) => {
    expect(() => parseRange(range)).toThrow(InvalidPolicyError);
    expect(() => parseRange(range)).toThrow(reason);
  });

  it('is none with as many alternatives as are allowed', () => {
    expect(() => parseRange(Array.from({ length: 32 }, (_, major) => `${major}.x`).join(' || '))).not.toThrow();
  });
});
