import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Goal } from '../../../../shared/domain/traffic/moves.ts';
import type { Origin } from '../../../../shared/domain/traffic/origin.ts';
import { atGoals, beforeGoals, walk, type Rules } from '../../../../shared/domain/traffic/walk.ts';

function origin(name: string, more: Partial<Origin> = {}): Origin {
  return { id: `/${name}`, name, region: name, enabled: true, healthy: true, priority: 1, weight: 500, ...more };
}

function goals(wanted: Readonly<Record<string, Partial<Goal>>>): ReadonlyMap<string, Goal> {
  const whole = { enabled: true, weight: 500, via: [], isUrgent: false };
  return new Map(Object.entries(wanted).map(([name, goal]) => [`/${name}`, { ...whole, ...goal }]));
}

const free: Rules = () => undefined;

/** At least so many must be enabled. */
function atLeast(count: number): Rules {
  return (_, after) =>
    after.filter(({ enabled }) => enabled).length < count ? { reason: 'too-few', page: true } : undefined;
}

function names(origins: readonly Origin[], wanted: ReadonlyMap<string, Goal>, rules = free): readonly string[] {
  return walk(origins, wanted, rules).strides.map(({ move }) => move.id.slice(1));
}

describe('a walk', () => {
  it('has no strides where all goals are reached, or nobody has one', () => {
    expect(walk([origin('a'), origin('b')], goals({ a: {} }), free)).toEqual({ strides: [] });
  });

  it('gives before it takes, and in the order of the ids', () => {
    const origins = [origin('a'), origin('c', { enabled: false }), origin('b', { enabled: false })];
    expect(names(origins, goals({ a: { enabled: false }, b: {}, c: {} }))).toEqual(['b', 'c', 'a']);
  });

  it('does what is urgent first', () => {
    const origins = [origin('a'), origin('b', { enabled: false })];
    expect(names(origins, goals({ a: { enabled: false, isUrgent: true }, b: {} }))).toEqual(['a', 'b']);
  });

  it('puts off what would break a rule until it no longer does', () => {
    const origins = [origin('a'), origin('b', { enabled: false })];
    const wanted = goals({ a: { enabled: false, isUrgent: true }, b: {} });
    expect(names(origins, wanted, atLeast(1))).toEqual(['b', 'a']);
  });

  it('stops where every move breaks a rule, and says which one the most pressing breaks', () => {
    const both = goals({ a: { enabled: false }, b: { enabled: false } });
    const walked = walk([origin('a'), origin('b')], both, atLeast(1));
    expect(walked).toMatchObject({ strides: [{ move: { id: '/a' } }], breach: { reason: 'too-few', page: true } });
  });

  it('takes what is changed for healthy before it: a drain is judged by what it takes away', () => {
    const seen: (boolean | undefined)[] = [];
    const rules: Rules = (before) => void seen.push(before[0]?.healthy);
    walk([origin('a', { healthy: false })], goals({ a: { enabled: false } }), rules);
    expect(seen).toEqual([true]);
  });

  it('links its strides: each begins where the last one ended', () => {
    const origins = [origin('a'), origin('b', { enabled: false, weight: 7 })];
    const { strides } = walk(origins, goals({ a: { enabled: false, via: [100] }, b: {} }), free);
    expect(strides.map(({ before }) => before)).toEqual([origins, ...strides.slice(0, -1).map(({ after }) => after)]);
  });

  it('ends, however many steps somebody asks for', () => {
    const via = Array.from({ length: 2_100 }, (_, index) => 5_000 - index);
    const wanted = goals({ a: { enabled: false, via } });
    expect(walk([origin('a', { weight: 6_000 })], wanted, free).strides).toHaveLength(2_000);
  });
});

describe('the two ends of a walk', () => {
  // Few weights, so that a goal often differs from what is in one field alone.
  const weight = fc.constantFrom(100, 500);
  const anyOrigin = fc.record(
    {
      enabled: fc.boolean(),
      isShut: fc.boolean(),
      weight,
      healthy: fc.constantFrom(true, false, undefined),
    },
    { requiredKeys: ['enabled', 'weight', 'healthy'] },
  );
  const anyGoal = fc.record(
    {
      enabled: fc.boolean(),
      isShut: fc.boolean(),
      weight,
      via: fc.constant([]),
      isUrgent: fc.constant(false),
    },
    { requiredKeys: ['enabled', 'weight', 'via', 'isUrgent'] },
  );

  /** Who has no gate is not shut out by one. */
  const plain = (origins: readonly Origin[]): readonly Origin[] =>
    origins.map((one) => ({ ...one, isShut: one.isShut ?? false }));

  it('are what it begins with and what it comes to', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyOrigin, fc.option(anyGoal)), { maxLength: 5 }), (some) => {
        const origins = some.map(([one], index) => origin(`o${index}`, one));
        const wanted = new Map(
          some.flatMap(([, goal], index) => (goal === null ? [] : [[`/o${index}`, goal] as const])),
        );
        const { strides } = walk(origins, wanted, free);
        expect(plain(strides.at(-1)?.after ?? origins)).toEqual(plain(atGoals(origins, wanted)));
        const changed = new Set(strides.map(({ move }) => move.id));
        expect(beforeGoals(origins, wanted)).toEqual(
          origins.map((one) => (changed.has(one.id) ? { ...one, healthy: true } : one)),
        );
        expect(walk(atGoals(origins, wanted), wanted, free).strides).toEqual([]);
      }),
    );
  });
});
