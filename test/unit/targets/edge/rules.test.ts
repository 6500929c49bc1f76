import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Origin } from '../../../../shared/domain/traffic/origin.ts';
import type { Division } from '../../../../shared/domain/traffic/serving.ts';
import { findBreach, takesAway, type RuleFacts } from '../../../../shared/targets/edge/rules.ts';
import { originOf } from './observed.ts';

interface Rules {
  readonly minEnabled?: number;
  readonly maxDrainFraction?: number;
  readonly headroom?: number;
  readonly safe?: Readonly<Record<string, number>>;
  readonly division?: Division;
  readonly overrides?: readonly string[];
  readonly condemned?: readonly string[];
}

function facts({
  minEnabled = 1,
  maxDrainFraction = 1,
  headroom = 0,
  safe,
  division,
  overrides = [],
  condemned = [],
}: Rules): RuleFacts {
  const names = safe ?? { a: 1_000, b: 1_000, c: 1_000 };
  return {
    safety: { minEnabled, maxDrainFraction, headroom, allowStandby: false, allowPartial: false },
    division: division ?? { by: 'weight', load: 120 },
    capacity: new Map(Object.entries(names).map(([name, rate]) => [name, { safe: rate, taken: 0 }])),
    overrides,
    condemned: new Set(condemned.map((name) => originOf(name).id)),
  };
}

/** `a b` serve; `-c` is out, `b!` is sick, `b?` nobody knows, `b~` is behind its gate, `b*` well by hearsay, `b^` called bad. */
function state(text: string): readonly Origin[] {
  return text.split(' ').map((word) => {
    const name = word.replaceAll(/[^a-z]/g, '');
    const healthy = word.includes('!') ? false : word.includes('?') ? undefined : true;
    return originOf(name, {
      enabled: !word.startsWith('-'),
      healthy,
      ...(word.includes('~') ? { isShut: true } : {}),
      ...(word.includes('*') ? { isHearsay: true } : {}),
      ...(word.includes('^') ? { isCalledBad: true } : {}),
    });
  });
}

describe('a change', () => {
  const byLatency: Division = {
    by: 'latency',
    own: new Map([
      ['a', 60],
      ['b', 40],
      ['c', 20],
    ]),
    neighbour: new Map([['a', 'b']]),
  };

  it.each<[string, string, string, Rules, string | undefined, boolean?]>([
    ['that leaves enough', 'a b', '-a b', {}, undefined],
    ['that leaves nothing', 'a', '-a', {}, 'last-enabled', true],
    ['that leaves nothing but what is behind its gate', 'a b~', '-a b~', {}, 'last-enabled', true],
    ['that leaves nothing but what nobody probes', 'a -b*', '-a b*', {}, 'target-health-unknown', false],
    ['that lets in beside a sick one who is well by hearsay', 'a! -b*', 'a! b*', {}, undefined],
    ['that leaves nothing that is well', 'a b!', '-a b!', {}, 'last-healthy', true],
    ['that shuts the last that is well', 'a b!', 'a~ b!', {}, 'last-healthy', true],
    ['that leaves nobody knows what', 'a b?', '-a b?', {}, 'target-health-unknown', false],
    ['while nothing is well', 'a! b! c', '-a! b! -c', {}, 'last-healthy', true],
    ['of a sick one while nothing is well', 'a! b!', '-a! b!', {}, 'no-healthy-target', true],
    ['that leaves nothing but what is called bad', 'a b^ c!', '-a b^ c!', {}, 'targets-called-bad', false],
    ['that leaves what is called bad beside another', 'a b^ c', '-a b^ c', {}, undefined],
    ['that leaves it beside what nobody knows', 'a b^ c?', '-a b^ c?', {}, 'targets-called-bad', false],
    ['that leaves it beside what is well by hearsay', 'a b^ -c*', '-a b^ c*', {}, 'targets-called-bad', false],
    ['of what evidence drives out', 'a b^', '-a b^', { condemned: ['a'] }, undefined],
    ['that leaves what evidence drives out', 'a b', '-a b', { condemned: ['b'] }, 'targets-called-bad', false],
    ['that shuts the last that nobody calls bad', 'a b^', 'a~ b^', {}, 'targets-called-bad', false],
    ['of one that is called bad like all others', 'a^ b^', '-a^ b^', {}, undefined],
    ['of a sick one that leaves what is called bad', 'a! b^', '-a! b^', {}, undefined],
    ['that brings back beside what is called bad', '-a b^', 'a b^', {}, undefined],
    ['that leaves too few', 'a b c', '-a b c', { minEnabled: 3 }, 'safety-rule:atleast-3', false],
    ['that brings back some where they are too few', '-a b -c', 'a b -c', { minEnabled: 3 }, undefined],
    ['of weights where they are too few', '-a b -c', '-a b -c', { minEnabled: 3 }, undefined],
    ['that takes too large a part', 'a b c', '-a -b c', { maxDrainFraction: 0.5 }, 'max-drain-fraction', true],
    ['that takes just the part that it may', 'a b', '-a b', { maxDrainFraction: 0.5 }, undefined],
    ['that shuts too large a part', 'a b~ c', 'a~ b~ c', { maxDrainFraction: 0.5 }, 'max-drain-fraction', true],
    ['that brings back some of too large a part', '-a -b c', 'a -b c', { maxDrainFraction: 0.1 }, undefined],
    ['that overloads what is left', 'a b', '-a b', { safe: { a: 100, b: 100 } }, 'insufficient-capacity', true],
    ['that fits exactly', 'a b', '-a b', { safe: { a: 100, b: 120 } }, undefined],
    [
      'that fits but for the headroom',
      'a b',
      '-a b',
      { safe: { a: 100, b: 120 }, headroom: 0.1 },
      'insufficient-capacity',
      true,
    ],
    ['towards the limit', '-a b', 'a b', { safe: { a: 1, b: 1 } }, 'insufficient-capacity', true],
    [
      'that brings back one who is too small, where nobody is well',
      '-a b!',
      'a b!',
      { safe: { a: 1, b: 1_000 } },
      undefined,
    ],
    [
      'that brings back one who is too small, where nobody else is known',
      '-a b?',
      'a b?',
      { safe: { a: 1, b: 1_000 } },
      'insufficient-capacity',
      true,
    ],
    ['that makes a breach no worse', '-a b', '-a b', { safe: { a: 1, b: 1 } }, undefined],
    [
      'that overloads the nearest',
      'a b c',
      '-a b c',
      { division: byLatency, safe: { a: 100, b: 90, c: 100 } },
      'nearest-region-overload',
      false,
    ],
    [
      'that overloads all',
      'a b c',
      '-a b c',
      { division: byLatency, safe: { a: 100, b: 90, c: 20 } },
      'insufficient-capacity',
      true,
    ],
  ])('%s', (_, before, after, rules, reason, page) => {
    const breach = findBreach(state(before), state(after), facts(rules));
    expect(breach && { reason: breach.reason, page: breach.page }).toEqual(
      reason === undefined ? undefined : { reason, page },
    );
  });

  it.each<[string, Record<string, number>, string]>([
    [
      'how much too much it is',
      { a: 100, b: 80.04 },
      'b would get 120 requests a second and may get 80: add room for 40 there or shed as many.',
    ],
    ['that nothing is known', { a: 100 }, 'b would get 120 requests a second and its capacity is not known.'],
  ])('that overloads what is left says %s', (_, safe, advice) => {
    expect(findBreach(state('a b'), state('-a b'), facts({ safe }))?.advice).toBe(advice);
  });

  it.each<[string, string, string, Rules, string | undefined]>([
    ['a rule by its name', 'a b c', '-a b c', { minEnabled: 3, overrides: ['safety-rule:atleast-3'] }, undefined],
    ['a rule without its family', 'a b c', '-a b c', { minEnabled: 3, overrides: ['atleast-3'] }, undefined],
    ['another rule', 'a b c', '-a b c', { minEnabled: 3, overrides: ['atleast-2'] }, 'safety-rule:atleast-3'],
    [
      'a part of its name',
      'a b c',
      '-a b c',
      { minEnabled: 3, overrides: ['3', 'safety-rule'] },
      'safety-rule:atleast-3',
    ],
    ['what is said', 'a b^', '-a b^', { overrides: ['targets-called-bad'] }, undefined],
    ['capacity', 'a b', '-a b', { safe: {}, overrides: ['insufficient-capacity'] }, undefined],
    ['one of two', 'a b c', '-a b c', { minEnabled: 3, safe: {}, overrides: ['atleast-3'] }, 'insufficient-capacity'],
    ['the last', 'a', '-a', { overrides: ['last-enabled'] }, 'non-overridable:last-enabled'],
    ['the last that is well', 'a b!', '-a b!', { overrides: ['last-healthy'] }, 'non-overridable:last-healthy'],
    ['nothing that is asked for', 'a', '-a', { overrides: ['max-drain-fraction'] }, 'last-enabled'],
  ])('may override %s or not', (_, before, after, rules, reason) => {
    expect(findBreach(state(before), state(after), facts(rules))?.reason).toBe(reason);
  });

  it.each([
    ['a b', '-a b', true],
    ['a b', 'a~ b', true],
    ['-a b', 'a b', false],
    ['a~ b', 'a b', false],
    ['a b', 'a b', false],
  ])('from "%s" to "%s" takes something away: %s', (before, after, takes) => {
    expect(takesAway(state(before), state(after))).toBe(takes);
  });

  it('never leaves nothing that is well, whatever is overridden', () => {
    const one = fc.record({
      enabled: fc.boolean(),
      healthy: fc.constantFrom(true, false, undefined),
      isShut: fc.boolean(),
    });
    const overrides = fc.subarray([
      'last-enabled',
      'last-healthy',
      'no-healthy-target',
      'target-health-unknown',
      'insufficient-capacity',
    ]);
    fc.assert(
      fc.property(fc.array(fc.tuple(one, one), { minLength: 1, maxLength: 4 }), overrides, (some, names) => {
        const before = some.map(([was], index) => originOf(`o${index}`, was));
        const after = some.map(([was, is], index) => originOf(`o${index}`, { ...was, ...is, healthy: was.healthy }));
        const isServed = after.some(({ enabled, healthy, isShut }) => enabled && healthy === true && isShut !== true);
        const breach = findBreach(before, after, facts({ safe: {}, overrides: names }));
        expect(isServed || breach !== undefined).toBe(true);
      }),
    );
  });
});
