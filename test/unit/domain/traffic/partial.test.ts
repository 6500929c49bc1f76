import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { findOverloads, type CapacityQuestion } from '../../../../shared/domain/traffic/capacity.ts';
import { partialWeight } from '../../../../shared/domain/traffic/partial.ts';
import type { ServingOrigin } from '../../../../shared/domain/traffic/serving.ts';

function origin(name: string, more: Partial<ServingOrigin> = {}): ServingOrigin {
  return { name, enabled: true, healthy: true, priority: 1, weight: 500, ...more };
}

function ask(load: number, safe: Readonly<Record<string, number>>, headroom = 0): CapacityQuestion {
  const capacity = new Map(Object.entries(safe).map(([name, rate]) => [name, { safe: rate, taken: 0 }]));
  return { division: { by: 'weight', load }, capacity, headroom };
}

describe('a partial shift', () => {
  it.each<[string, readonly ServingOrigin[], CapacityQuestion, number | undefined]>([
    ['leaves what the others cannot take', [origin('a'), origin('b')], ask(120, { a: 100, b: 80 }), 250],
    ['leaves more where room is kept free', [origin('a'), origin('b')], ask(120, { a: 100, b: 100 }, 0.2), 250],
    ['leaves the least weight where all of it fits', [origin('a'), origin('b')], ask(120, { b: 120 }), 1],
    [
      'is no shift where more than it has would have to stay',
      [origin('a'), origin('b')],
      ask(120, { b: 50 }),
      undefined,
    ],
    ['may keep all that it has', [origin('a'), origin('b')], ask(120, { b: 60 }), 500],
    ['is none where nobody else can take anything', [origin('a'), origin('b')], ask(120, {}), undefined],
    ['is none where nobody else serves', [origin('a'), origin('b', { healthy: false })], ask(1, { b: 9 }), undefined],
    ['is none of an origin that there is not', [origin('b')], ask(120, { b: 500 }), undefined],
    [
      'is none where latency decides',
      [origin('a'), origin('b')],
      { ...ask(120, { b: 500 }), division: { by: 'latency', own: new Map(), neighbour: new Map() } },
      undefined,
    ],
  ])('%s', (_, origins, question, weight) => {
    expect(partialWeight(origins, 'a', question)).toBe(weight);
  });

  const some = fc.array(
    fc.record({ weight: fc.integer({ min: 1, max: 1000 }), safe: fc.integer({ min: 1, max: 500 }) }),
    {
      minLength: 1,
      maxLength: 5,
    },
  );

  it('overloads nobody else, and less weight would', () => {
    fc.assert(
      fc.property(some, fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 1000 }), (list, load, own) => {
        const others = list.map(({ weight }, index) => origin(`o${index}`, { weight }));
        const question = ask(load, Object.fromEntries(list.map(({ safe }, index) => [`o${index}`, safe])));
        const weight = partialWeight([origin('a', { weight: own }), ...others], 'a', question);
        fc.pre(weight !== undefined);
        expect(Number.isInteger(weight) && weight >= 1 && weight <= own).toBe(true);
        const overloaded = (at: number): readonly string[] =>
          findOverloads([origin('a', { weight: at }), ...others], question)
            .map(({ name }) => name)
            .filter((name) => name !== 'a');
        expect(overloaded(weight)).toEqual([]);
        expect(weight === 1 || overloaded(weight - 1).length > 0).toBe(true);
      }),
    );
  });
});
