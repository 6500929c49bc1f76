import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { findOverloads, usable, type CapacityQuestion } from '../../../../shared/domain/traffic/capacity.ts';
import { loadOf, servingTier, type Division, type ServingOrigin } from '../../../../shared/domain/traffic/serving.ts';

function origin(name: string, more: Partial<ServingOrigin> = {}): ServingOrigin {
  return { name, enabled: true, healthy: true, priority: 1, weight: 500, ...more };
}

const byWeight: Division = { by: 'weight', load: 120 };

function ask(safe: Readonly<Record<string, number>>, more: Partial<CapacityQuestion> = {}): CapacityQuestion {
  const capacity = new Map(Object.entries(safe).map(([name, rate]) => [name, { safe: rate, taken: 0 }]));
  return { division: byWeight, capacity, headroom: 0, ...more };
}

function names(origins: readonly { readonly name: string }[]): readonly string[] {
  return origins.map(({ name }) => name);
}

describe('the serving tier', () => {
  it.each([
    ['all of one priority', [origin('a'), origin('b')], ['a', 'b']],
    ['none that is disabled', [origin('a', { enabled: false }), origin('b')], ['b']],
    ['none that is sick', [origin('a', { healthy: false }), origin('b')], ['b']],
    ['none that is not known to be well', [origin('a', { healthy: undefined }), origin('b')], ['b']],
    [
      'the first priority that can',
      [origin('a', { healthy: false }), origin('b', { priority: 3 }), origin('c', { priority: 2 })],
      ['c'],
    ],
    ['nobody', [origin('a', { enabled: false })], []],
  ])('is %s', (_, origins, expected) => {
    expect(names(servingTier(origins))).toEqual(expected);
  });
});

describe('the load', () => {
  it('follows the weights of the tier', () => {
    const load = loadOf(
      [origin('a', { weight: 100 }), origin('b', { weight: 300 }), origin('c', { priority: 2 })],
      byWeight,
    );
    expect([...load]).toEqual([
      ['a', 30],
      ['b', 90],
    ]);
  });

  it('goes to the neighbour where latency decides, and to anyone in the worst case', () => {
    const own = new Map([
      ['a', 50],
      ['b', 20],
      ['c', 10],
    ]);
    const origins = [origin('a', { healthy: false }), origin('b'), origin('c')];
    const neighbour = new Map([['a', 'b']]);
    expect([...loadOf(origins, { by: 'latency', own, neighbour })]).toEqual([
      ['b', 70],
      ['c', 10],
    ]);
    expect([...loadOf(origins, { by: 'latency', own, neighbour: new Map() })]).toEqual([
      ['b', 70],
      ['c', 60],
    ]);
    const both = [origin('a', { healthy: false }), origin('b', { healthy: false }), origin('c')];
    expect([...loadOf(both, { by: 'latency', own, neighbour })]).toEqual([['c', 80]]);
  });

  it('is all of it, however it is divided', () => {
    const some = fc.array(fc.record({ weight: fc.integer({ min: 1, max: 1000 }), healthy: fc.boolean() }), {
      minLength: 1,
      maxLength: 9,
    });
    fc.assert(
      fc.property(some, fc.integer({ min: 0, max: 100_000 }), (list, load) => {
        const origins = list.map((one, index) => origin(`o${index}`, one));
        const sum = [...loadOf(origins, { by: 'weight', load }).values()].reduce((all, one) => all + one, 0);
        expect(sum).toBeCloseTo(servingTier(origins).length === 0 ? 0 : load, 6);
      }),
    );
  });
});

describe('capacity', () => {
  it.each([
    ['exactly enough is enough', { a: 100, b: 120 }, 0, []],
    ['too little', { a: 100, b: 80 }, 0, [{ name: 'b', load: 120, usable: 80 }]],
    ['headroom counts', { a: 100, b: 120 }, 0.2, [{ name: 'b', load: 120, usable: 96 }]],
    ['nobody knows what it can carry', { a: 100 }, 0, [{ name: 'b', load: 120, usable: 0 }]],
  ])('%s', (_, safe, headroom, expected) => {
    const after = [origin('a', { enabled: false }), origin('b')];
    expect(findOverloads(after, ask(safe, { headroom }))).toEqual(expected);
  });

  it('is what other edges leave of it', () => {
    expect(usable({ safe: 100, taken: 30 }, 0.1)).toBe(60);
    expect(usable({ safe: 100, taken: 300 }, 0.1)).toBe(0);
  });

  it('names every origin that would get too much, by name', () => {
    expect(names(findOverloads([origin('b'), origin('a')], ask({ a: 1, b: 1 })))).toEqual(['a', 'b']);
  });
});
