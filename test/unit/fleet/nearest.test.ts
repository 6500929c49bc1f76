import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { editDistance, nearest } from '../../../shared/fleet/check/nearest.ts';

describe('edit distance', () => {
  it.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['orgins', 'origins', 1],
    ['imgaes', 'images', 1],
    ['kitten', 'sitting', 3],
    ['ca', 'abc', 3],
  ])('of %j and %j is %i', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
  });

  it('is symmetric, zero for equal words only, and at most the longer length', () => {
    const word = fc.string({ maxLength: 12 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        const distance = editDistance(a, b);
        expect(editDistance(b, a)).toBe(distance);
        expect(distance === 0).toBe(a === b);
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });
});

describe('nearest word', () => {
  it('is the one with the fewest edits, and the first of several', () => {
    expect(nearest('rolout', ['rollouts', 'rollout'])).toBe('rollout');
    expect(nearest('bx', ['by', 'bz'])).toBe('by');
  });

  it('ignores case', () => {
    expect(nearest('Images', ['edges', 'images'])).toBe('images');
  });

  it('is none if no word is near', () => {
    expect(nearest('owner', ['images', 'edges'])).toBeUndefined();
    expect(nearest('x'.repeat(5000), ['x'.repeat(4999)])).toBeUndefined();
  });
});
