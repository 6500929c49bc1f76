import { describe, expect, it } from 'vitest';

import type { Goal } from '../../../../../shared/domain/traffic/moves.ts';
import { overriddenFor, overridesOf } from '../../../../../shared/targets/edge/agreement/overrides.ts';
import { originOf, outOf, sharesOf } from '../observed.ts';

const [WEU, NEU, EUS] = ['weu', 'neu', 'eus'].map((name) => originOf(name)) as [Origin, Origin, Origin];
type Origin = ReturnType<typeof originOf>;

const MINE = [{ rules: ['r'], subject: WEU.id, subjects: [WEU.id] }];
const out = (origin: Origin): Origin => ({ ...origin, enabled: false });
const light = (origin: Origin): Origin => ({ ...origin, weight: 1 });
const goalsOf = (...origins: readonly Origin[]): ReadonlyMap<string, Goal> =>
  new Map(origins.map(({ id, enabled, weight }) => [id, { enabled, weight, via: [], isUrgent: false }]));
const ALL = [WEU, NEU, EUS];

describe('what is overridden', () => {
  it.each<[string, readonly Origin[], readonly Origin[], ReadonlyMap<string, Goal>, boolean]>([
    ['for what is taken out', ALL, [out(WEU), NEU, EUS], goalsOf(), true],
    ['for another that is taken out', ALL, [WEU, out(NEU), EUS], goalsOf(), false],
    ['for both at once', ALL, [out(WEU), out(NEU), EUS], goalsOf(), false],
    ['for another, while it is out already', [out(WEU), NEU, EUS], [out(WEU), out(NEU), EUS], goalsOf(out(WEU)), false],
    ['for a gate that is shut', ALL, [{ ...WEU, isShut: true }, NEU, EUS], goalsOf(), true],
    ['for its weight', ALL, [light(WEU), NEU, EUS], goalsOf(), true],
    ['for the weights of others on its way', ALL, [WEU, light(NEU), EUS], goalsOf(out(WEU)), true],
    ['for the weights of others by themselves', ALL, [WEU, light(NEU), EUS], goalsOf(...ALL), false],
  ])('%s', (_, before, after, goals, isMeant) => {
    expect(overriddenFor(MINE, [before, after], goals)).toEqual(isMeant ? ['r'] : []);
  });

  it('is what each has overridden for its own part', () => {
    const theirs = [...MINE, { rules: ['r', 'q'], subject: NEU.id, subjects: [NEU.id] }];
    expect(overriddenFor(theirs, [ALL, [out(WEU), out(NEU), EUS]], goalsOf())).toEqual(['r']);
  });

  it('is for weights alone where those were asked for', () => {
    const weights = overridesOf([sharesOf({ weu: 1 }, { value: { weights: { [WEU.id]: 1 }, overrides: ['r'] } })]);
    expect(overriddenFor(weights, [ALL, [light(WEU), NEU, EUS]], goalsOf())).toEqual(['r']);
    expect(overriddenFor(weights, [ALL, [out(WEU), NEU, EUS]], goalsOf(out(WEU)))).toEqual([]);
  });

  it('is over for what is carried out', () => {
    const intent = outOf('weu', { value: { enabled: false, overrides: ['r'] } });
    expect(overridesOf([intent])).toEqual([{ rules: ['r'], subject: intent.subject, subjects: [intent.subject] }]);
    expect(overridesOf([{ ...intent, isCarriedOut: true }, outOf('neu')])).toEqual([]);
  });
});
