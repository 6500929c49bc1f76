import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { MAX_WEIGHT, MIN_WEIGHT, weightsFor, type Share } from '../../../../shared/domain/traffic/weights.ts';

function weights(shares: Readonly<Record<string, number>>, total: number): Record<string, number> {
  return Object.fromEntries(
    weightsFor(
      Object.entries(shares).map(([name, share]) => ({ name, share })),
      total,
    ),
  );
}

describe('weightsFor', () => {
  it.each([
    ['halves', { a: 1, b: 1 }, 1000, { a: 500, b: 500 }],
    ['a share below one', { big: 2000, small: 1 }, 1000, { big: 999, small: 1 }],
    [
      'sevenths of a hundred',
      { a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1 },
      100,
      { a: 15, b: 15, c: 14, d: 14, e: 14, f: 14, g: 14 },
    ],
    ['thirds', { a: 1, b: 2 }, 500, { a: 167, b: 333 }],
    ['capacities', { neu: 100, weu: 60 }, 1000, { neu: 625, weu: 375 }],
    ['one alone', { a: 7 }, 1000, { a: 1000 }],
    ['more than there is room for', { a: 1, b: 1 }, 5000, { a: 1000, b: 1000 }],
    ['one above the greatest weight', { a: 3, b: 1 }, 1600, { a: 1000, b: 333 }],
    ['less than one each', { a: 1, b: 1, c: 1 }, 2, { a: 1000, b: 1000, c: 1000 }],
    ['the greatest remainder, whoever has it', { a: 2, b: 1 }, 500, { a: 333, b: 167 }],
    ['remainders in order', { a: 1.2, b: 1.7, c: 1.6, d: 5.5 }, 10, { a: 1, b: 2, c: 2, d: 5 }],
    ['the greatest weight exactly', { a: 1000, b: 300.5, c: 300.5 }, 1601, { a: 1000, b: 301, c: 300 }],
    ['equal remainders of unequal shares: a tie', { f: 1, g: 10, h: 1 }, 1000, { f: 84, g: 833, h: 83 }],
    ['a little above the greatest weight', { a: 1000.4, b: 500.6 }, 1501, { a: 1000, b: 500 }],
    ['shares that nobody can add up', { a: 1e308, b: 1e308, c: 1e308 }, 100, { a: 34, b: 33, c: 33 }],
    ['one for each', { a: 5, b: 3, c: 1 }, 3, { a: 1, b: 1, c: 1 }],
    ['many small ones', { a: 1, b: 1, c: 10_000 }, 10, { a: 1, b: 1, c: 8 }],
  ])('%s', (_, shares, total, expected) => {
    expect(weights(shares, total)).toEqual(expected);
  });

  it.each([
    [{ a: 0 }, 100],
    [{ a: -1 }, 100],
    [{ a: Number.NaN }, 100],
    [{ a: Number.POSITIVE_INFINITY }, 100],
    [{ a: 1 }, 0],
    [{ a: 1 }, 1.5],
  ])('refuses %j of %d', (shares, total) => {
    expect(() => weights(shares, total)).toThrow(RangeError);
  });

  const shares = fc
    .uniqueArray(
      fc.record({
        name: fc.string({ minLength: 1, maxLength: 6 }),
        share: fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
      }),
      {
        selector: ({ name }) => name,
        minLength: 1,
        maxLength: 12,
      },
    )
    .map((list): readonly Share[] => list);

  it('gives whole weights from 1 to 1000 that add up, for every order of the shares', () => {
    fc.assert(
      fc.property(shares, fc.integer({ min: 1, max: 3_000 }), (list, total) => {
        const given = weightsFor(list, total);
        expect(new Map([...weightsFor(list.toReversed(), total)].toSorted())).toEqual(new Map([...given].toSorted()));
        const values = [...given.values()];
        expect(values.every((value) => Number.isInteger(value) && value >= MIN_WEIGHT && value <= MAX_WEIGHT)).toBe(
          true,
        );
        const sum = values.reduce((all, value) => all + value, 0);
        expect(sum === total || Math.max(...values) === MAX_WEIGHT).toBe(true);
      }),
    );
  });

  it('never gives less to a greater share', () => {
    fc.assert(
      fc.property(shares, (list) => {
        const given = weightsFor(list, 1_000);
        const order = list.toSorted((a, b) => a.share - b.share).map(({ name }) => given.get(name) ?? 0);
        expect(order.every((weight, index) => index === 0 || weight >= (order[index - 1] ?? 0) - 1)).toBe(true);
      }),
    );
  });
});
