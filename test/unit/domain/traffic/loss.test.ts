import { describe, expect, it } from 'vitest';

import { regionLosses, type LossQuestion } from '../../../../shared/domain/traffic/loss.ts';
import type { Origin } from '../../../../shared/domain/traffic/origin.ts';

function origin(name: string, more: Partial<Origin> = {}): Origin {
  return { id: `/${name}`, name, region: name, enabled: true, healthy: true, priority: 1, weight: 500, ...more };
}

function ask(safe: Readonly<Record<string, number>>, more: Partial<LossQuestion['safety']> = {}): LossQuestion {
  const safety = { minEnabled: 1, maxDrainFraction: 1, headroom: 0, allowStandby: false, allowPartial: false, ...more };
  const capacity = new Map(Object.entries(safe).map(([name, rate]) => [name, { safe: rate, taken: 0 }]));
  return { safety, division: { by: 'weight', load: 120 }, capacity };
}

const PAIR = [origin('a'), origin('b')];

describe('the loss of a region', () => {
  it.each([
    ['fits exactly', PAIR, ask({ a: 120, b: 120 }), ['fits', 'fits']],
    ['is too much for one side', PAIR, ask({ a: 119, b: 120 }), ['fits', 'breaks insufficient-capacity']],
    [
      'counts the headroom',
      PAIR,
      ask({ a: 120, b: 120 }, { headroom: 0.1 }),
      Array(2).fill('breaks insufficient-capacity'),
    ],
    ['is too much where no capacity is known', PAIR, ask({ a: 500 }), ['breaks insufficient-capacity', 'fits']],
    [
      'leaves nobody who is healthy',
      [origin('a'), origin('b', { healthy: undefined })],
      ask({ a: 500, b: 500 }),
      ['breaks no-healthy-target', 'fits'],
    ],
    [
      'is kept back by a least number',
      PAIR,
      ask({ a: 500, b: 500 }, { minEnabled: 2 }),
      Array(2).fill('breaks safety-rule:atleast-2'),
    ],
    [
      'is kept back by the drain cap',
      PAIR,
      ask({ a: 500, b: 500 }, { maxDrainFraction: 0.4 }),
      Array(2).fill('breaks max-drain-fraction'),
    ],
    [
      'is none where the region is out',
      [origin('a', { enabled: false }), origin('b')],
      ask({ b: 10 }),
      ['fits', 'breaks no-healthy-target'],
    ],
    [
      'falls to the next priority',
      [origin('a'), origin('b', { priority: 2 })],
      ask({ a: 500, b: 120 }),
      ['fits', 'fits'],
    ],
    [
      'takes all origins of a region at once',
      [origin('a1', { region: 'a' }), origin('a2', { region: 'a' }), origin('b')],
      ask({ a1: 500, a2: 500, b: 119 }),
      ['breaks insufficient-capacity', 'fits'],
    ],
    [
      'fits with a standby',
      [...PAIR, origin('c', { enabled: false })],
      ask({ a: 60, b: 60, c: 60 }, { allowStandby: true }),
      ['standby insufficient-capacity', 'standby insufficient-capacity', 'fits'],
    ],
    [
      'does not count on a standby that may not serve',
      [...PAIR, origin('c', { enabled: false })],
      ask({ a: 60, b: 60, c: 60 }),
      ['breaks insufficient-capacity', 'breaks insufficient-capacity', 'fits'],
    ],
    [
      'does not count on a standby that is not known to be well',
      [...PAIR, origin('c', { enabled: false, healthy: undefined })],
      ask({ a: 60, b: 60, c: 60 }, { allowStandby: true }),
      ['breaks insufficient-capacity', 'breaks insufficient-capacity', 'fits'],
    ],
    [
      'does not count on a standby of the same region',
      [origin('a'), origin('b'), origin('a2', { region: 'a', enabled: false })],
      ask({ a: 60, b: 60, a2: 60 }, { allowStandby: true }),
      ['breaks insufficient-capacity', 'standby insufficient-capacity'],
    ],
    [
      'is not helped by a standby that is too small',
      [...PAIR, origin('c', { enabled: false })],
      ask({ a: 60, b: 60, c: 59 }, { allowStandby: true }),
      ['breaks insufficient-capacity', 'breaks insufficient-capacity', 'fits'],
    ],
    [
      'is as much as the drain cap allows',
      [origin('a'), origin('b'), origin('c')],
      ask({ a: 500, b: 500, c: 500 }, { maxDrainFraction: 1 / 3 }),
      Array(3).fill('fits'),
    ],
    [
      'is not eased by moving a part where a rule stands in the way',
      PAIR,
      ask({ a: 100, b: 100 }, { allowPartial: true, minEnabled: 2 }),
      Array(2).fill('breaks safety-rule:atleast-2'),
    ],
    [
      'does not fit in part where several origins would have to be eased',
      [origin('a1', { region: 'a' }), origin('a2', { region: 'a' }), origin('b')],
      ask({ a1: 500, a2: 500, b: 100 }, { allowPartial: true }),
      ['breaks insufficient-capacity', 'fits'],
    ],
    [
      'does not fit in part where the others have no room at all',
      PAIR,
      ask({ a: 0, b: 100 }, { allowPartial: true }),
      ['partial insufficient-capacity', 'breaks insufficient-capacity'],
    ],
    [
      'fits in part beside an origin of the region that is out already',
      [origin('a'), origin('b'), origin('a2', { region: 'a', enabled: false })],
      ask({ a: 100, b: 100, a2: 100 }, { allowPartial: true }),
      Array(2).fill('partial insufficient-capacity'),
    ],
    [
      'fits in part',
      PAIR,
      ask({ a: 100, b: 100 }, { allowPartial: true }),
      Array(2).fill('partial insufficient-capacity'),
    ],
    [
      'leaves out what is nobody’s',
      [...PAIR, origin('x', { region: '' })],
      ask({ a: 120, b: 120, x: 120 }),
      ['fits', 'fits'],
    ],
    [
      'is none where a gate keeps the region out',
      [origin('a', { isShut: true }), origin('b')],
      ask({ b: 10 }),
      ['fits', 'breaks no-healthy-target'],
    ],
    ['is nothing without origins', [], ask({}), []],
  ])('%s', (_, origins, question, expected: readonly string[]) => {
    const told = regionLosses(origins, question).map(({ outcome, reason }) => [outcome, reason].join(' ').trim());
    expect(told).toEqual(expected);
  });

  it('pours everything into the nearest where latency decides', () => {
    const origins = [origin('a'), origin('b'), origin('c')];
    const own = new Map(['a', 'b', 'c'].map((name) => [name, 50]));
    const question = ask({ a: 80, b: 80, c: 80 });
    const near = { ...question, division: { by: 'latency', own, neighbour: new Map([['a', 'b']]) } as const };
    expect(regionLosses(origins, near)[0]).toEqual({
      region: 'a',
      outcome: 'breaks',
      reason: 'nearest-region-overload',
    });
    const wide = { ...near, capacity: ask({ a: 80, b: 100, c: 50 }).capacity };
    expect(regionLosses(origins, wide)[0]).toMatchObject({ outcome: 'fits' });
    const just = { ...near, capacity: ask({ a: 80, b: 90, c: 60 }).capacity };
    expect(regionLosses(origins, just)[0]).toMatchObject({ reason: 'nearest-region-overload' });
    const little = { ...near, capacity: ask({ a: 80, b: 60, c: 60 }).capacity };
    expect(regionLosses(origins, little)[0]).toMatchObject({ reason: 'insufficient-capacity' });
  });
});
