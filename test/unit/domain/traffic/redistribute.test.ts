import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Goal } from '../../../../shared/domain/traffic/moves.ts';
import type { Origin } from '../../../../shared/domain/traffic/origin.ts';
import { redistributed } from '../../../../shared/domain/traffic/redistribute.ts';
import { servingTier } from '../../../../shared/domain/traffic/serving.ts';

function origin(name: string, more: Partial<Origin> = {}): Origin {
  return { id: `/${name}`, name, region: name, enabled: true, healthy: true, priority: 1, weight: 500, ...more };
}

function goalsOf(origins: readonly Origin[]): ReadonlyMap<string, Goal> {
  return new Map(origins.map(({ id, enabled, weight }) => [id, { enabled, weight, via: [], isUrgent: false }]));
}

function weigh(
  origins: readonly Origin[],
  safe: Readonly<Record<string, number>>,
  more: { readonly headroom?: number; readonly total?: number } = {},
): Readonly<Record<string, number>> {
  const capacity = new Map(Object.entries(safe).map(([name, rate]) => [name, { safe: rate, taken: 0 }]));
  const serving = servingTier(origins);
  const total = serving.reduce((sum, { weight }) => sum + weight, 0);
  const goals = redistributed(serving, goalsOf(origins), { capacity, headroom: 0, total, ...more });
  return Object.fromEntries([...goals].map(([id, { weight }]) => [id.slice(1), weight]));
}

describe('what serves', () => {
  const three = [origin('a', { enabled: false }), origin('b'), origin('c')];

  it.each<[string, readonly Origin[], Readonly<Record<string, number>>, object, Readonly<Record<string, number>>]>([
    ['gets traffic by what it can carry', three, { b: 300, c: 100 }, {}, { a: 500, b: 750, c: 250 }],
    ['keeps its weights where one is not known', three, { b: 300 }, {}, { a: 500, b: 500, c: 500 }],
    ['keeps its weights where one can carry nothing', three, { b: 300, c: 0 }, {}, { a: 500, b: 500, c: 500 }],
    ['keeps its weights where nobody serves', [origin('a', { healthy: false })], { a: 9 }, {}, { a: 500 }],
    ['adds up to what the owner says', three, { b: 300, c: 100 }, { total: 100 }, { a: 500, b: 75, c: 25 }],
    [
      'adds up to what it did, however many there are',
      ['a', 'b', 'c', 'd'].map((name) => origin(name)),
      { a: 100, b: 100, c: 100, d: 200 },
      {},
      { a: 400, b: 400, c: 400, d: 800 },
    ],
    [
      'leaves a standby alone',
      [origin('b'), origin('c'), origin('d', { priority: 2, weight: 7 })],
      { b: 100, c: 100, d: 900 },
      {},
      { b: 500, c: 500, d: 7 },
    ],
  ])('%s', (_, origins, safe, more, expected) => {
    expect(weigh(origins, safe, more)).toEqual(expected);
  });

  it('has the same weights when it is asked again', () => {
    const list = fc.array(
      fc.record({ weight: fc.integer({ min: 1, max: 1000 }), safe: fc.integer({ min: 1, max: 900 }) }),
      {
        minLength: 1,
        maxLength: 6,
      },
    );
    fc.assert(
      fc.property(list, (some) => {
        const safe = Object.fromEntries(some.map((one, index) => [`o${index}`, one.safe]));
        const first = weigh(
          some.map(({ weight }, index) => origin(`o${index}`, { weight })),
          safe,
        );
        expect(Object.values(first).every((weight) => Number.isInteger(weight) && weight >= 1 && weight <= 1000)).toBe(
          true,
        );
        const again = weigh(
          Object.entries(first).map(([name, weight]) => origin(name, { weight })),
          safe,
        );
        // Where a greatest weight of 1000 cut the sum, the sum is another one the next time.
        expect(Math.max(...Object.values(first)) === 1000 || JSON.stringify(again) === JSON.stringify(first)).toBe(
          true,
        );
      }),
    );
  });
});
