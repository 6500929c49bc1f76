import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Goal } from '../../../../shared/domain/traffic/moves.ts';
import type { Origin } from '../../../../shared/domain/traffic/origin.ts';
import { withRoomFirst, type Around } from '../../../../shared/domain/traffic/room.ts';
import { walk, type Rules, type Walk } from '../../../../shared/domain/traffic/walk.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e'];

function origin(name: string, more: Partial<Origin> = {}): Origin {
  return { id: name, name, region: name, enabled: true, healthy: true, priority: 1, weight: 500, ...more };
}

function goals(wanted: Readonly<Record<string, Partial<Goal>>>): ReadonlyMap<string, Goal> {
  const whole = { enabled: true, weight: 500, via: [], isUrgent: false };
  return new Map(Object.entries(wanted).map(([name, goal]) => [name, { ...whole, ...goal }]));
}

/** At least so many must be enabled. */
function atLeast(count: number): Rules {
  return (_, after) =>
    after.filter(({ enabled }) => enabled).length < count ? { reason: 'too-few', page: true } : undefined;
}

interface Given {
  readonly origins: readonly Origin[];
  readonly wanted: ReadonlyMap<string, Goal>;
  readonly rules: Rules;
  /** Those that nobody has asked to come in. */
  readonly standby: readonly string[];
}

function both({ origins, wanted, rules, standby }: Given): { readonly plain: Walk; readonly first: Walk } {
  const goOn = (from: readonly Origin[]): Walk => walk(from, wanted, rules);
  const isRoom: Around['isRoom'] = ({ move }) => standby.includes(move.id);
  const plain = goOn(origins);
  return { plain, first: withRoomFirst(plain, origins, { rules, isRoom, goOn }) };
}

function words({ strides }: Walk): readonly string[] {
  return strides.map(({ move: { id }, roomFor }) => (roomFor === undefined ? id : `${id} for ${roomFor}`));
}

describe('room for what is urgent', () => {
  const out = { enabled: false };
  const wanted = goals({ a: { enabled: false, isUrgent: true }, b: { weight: 600 }, c: {}, d: {} });

  it('is made before it, and what others want comes after it', () => {
    const origins = [origin('a'), origin('b'), origin('c', out), origin('d', out)];
    const { plain, first } = both({ origins, wanted, rules: atLeast(2), standby: ['d'] });
    expect(words(plain)).toEqual(['c', 'a', 'd', 'b']);
    expect(words(first)).toEqual(['d for a', 'a', 'c', 'b']);
  });

  it('is not made of what others want', () => {
    const origins = [origin('a'), origin('b'), origin('c', out)];
    const { plain, first } = both({ origins, wanted, rules: atLeast(2), standby: [] });
    expect(first).toBe(plain);
  });

  it('is not made where nothing may be moved any more afterwards', () => {
    const origins = [origin('a'), origin('b'), origin('c', out), origin('d', out)];
    // Once a is out, c is not to come in.
    const rules: Rules = (before, after) =>
      atLeast(2)(before, after) ??
      (before[0]?.enabled === false && before[2]?.enabled === false && after[2]?.enabled === true
        ? { reason: 'late', page: false }
        : undefined);
    const { plain, first } = both({ origins, wanted, rules, standby: ['d'] });
    expect(plain.breach).toBeUndefined();
    expect(first).toBe(plain);
  });

  it('is not made of what may not be moved that early', () => {
    const origins = [origin('a'), origin('b'), origin('c', out), origin('d', out)];
    // As long as c is out, d is not to come in.
    const rules: Rules = (before, after) =>
      atLeast(2)(before, after) ??
      (after[2]?.enabled === false && after[3]?.enabled === true ? { reason: 'early', page: false } : undefined);
    const { plain, first } = both({ origins, wanted, rules, standby: ['d'] });
    expect(plain.breach).toBeUndefined();
    expect(first).toBe(plain);
  });

  it('leads to the same end within the same rules, and what is urgent comes no later', () => {
    const weight = fc.constantFrom(100, 500);
    const anyOrigins = fc
      .array(fc.record({ enabled: fc.boolean(), weight }), { minLength: 2, maxLength: 5 })
      .map((some) => some.map((one, index) => origin(NAMES[index] ?? '', one)));
    const anyGoal = fc.record({
      ...{ enabled: fc.boolean(), weight, isUrgent: fc.boolean() },
      via: fc.subarray([300, 400]),
    });
    const anyGoals = fc.array(anyGoal, { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(anyOrigins, anyGoals, fc.subarray(NAMES), fc.nat(4), (origins, some, standby, least) => {
        const rules = atLeast(least);
        const given = new Map(some.map((goal, index) => [NAMES[index] ?? '', goal]));
        const { plain, first } = both({ origins, wanted: given, rules, standby });
        expect(first.breach).toEqual(plain.breach);
        expect(first.strides.at(-1)?.after).toEqual(plain.strides.at(-1)?.after);
        expect(first.strides.map(({ before }) => before)).toEqual(
          [origins, ...first.strides.map(({ after }) => after)].slice(0, first.strides.length),
        );
        expect(first.strides.flatMap(({ before, after }) => rules(before, after) ?? [])).toEqual([]);
        const at = ({ strides }: Walk): number => strides.findIndex(({ isUrgent }) => isUrgent);
        expect(at(first)).toBeLessThanOrEqual(at(plain));
        expect(first.strides.every(({ move, roomFor }) => roomFor === undefined || standby.includes(move.id))).toBe(
          true,
        );
      }),
      { numRuns: 2_000 },
    );
  });
});
