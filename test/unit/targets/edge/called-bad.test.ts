import { describe, expect, it } from 'vitest';

import { intentKey } from '../../../../shared/intents/intent.ts';
import type { Situation } from '../../../../shared/reconcile/target-kind.ts';
import type { ObservedEdge } from '../../../../shared/targets/edge/index.ts';
import { capacities, look, written } from './look.ts';
import { edgeOf, emergencyOf, markOf, originOf, outOf, pinOf, sharesOf } from './observed.ts';

const A = originOf('a');
const SICK = originOf('a', { healthy: false, isCalledBad: true });
const B = originOf('b', { isCalledBad: true });
const C = originOf('c', { weight: 50 });
const OUT = { enabled: true };
const BEGUN = written('a', 'weight', {}, { effect: 'shift' });
const REDISTRIBUTED = { redistribute: 'capacity' } as const;

function blocked(observed: ObservedEdge, asked: Partial<Situation>): readonly string[] {
  return look(observed, asked).verdicts.filter((verdict) => verdict.startsWith('blocked'));
}

describe('an origin that serves and that enough call bad', () => {
  it.each<[string, ObservedEdge, Partial<Situation>]>([
    [
      'the drain of a sick one, whose traffic is divided among all that are left',
      capacities(edgeOf([SICK, B, C], REDISTRIBUTED), { a: 1_000, b: 800, c: 200 }),
      { acting: [emergencyOf('a'), pinOf('b', 'in'), sharesOf({ c: 50 })] },
    ],
    [
      'the way back of another, whose weights go back with it',
      capacities(edgeOf([originOf('a', { enabled: false }), originOf('c'), { ...B, weight: 30 }], REDISTRIBUTED), {
        a: 1_000,
        b: 800,
        c: 200,
      }),
      {
        leaving: [emergencyOf('a', { state: 'leaving' })],
        acting: [sharesOf({ c: 100 })],
        fields: [markOf('a', OUT, { enabled: false }), markOf('b', { weight: 50 }, { weight: 30 })],
      },
    ],
    [
      'the end of shares',
      edgeOf([A, { ...B, weight: 50 }]),
      {
        leaving: [sharesOf({ b: 50 }, { state: 'leaving', cause: 'other' })],
        acting: [sharesOf({ a: 100 })],
        fields: [markOf('b', { weight: 100 }, { weight: 50 })],
      },
    ],
    [
      'the halving of a slow one by what has seen it',
      edgeOf([A, B]),
      { acting: [sharesOf({ a: 50 }, { by: { reaction: 'region-failover' }, cause: 'region-slow:a' })] },
    ],
    ['weights that take from it', edgeOf([A, B]), { acting: [sharesOf({ b: 50 })] }],
    ['a drain by evidence of which nobody speaks any more', edgeOf([originOf('a'), B]), { acting: [emergencyOf('a')] }],
    ['what people want all the same', edgeOf([A, B]), { acting: [despite(outOf('a'))] }],
    ['weights that people want all the same', edgeOf([A, B]), { acting: [despite(sharesOf({ b: 900 }))] }],
    [
      'a drain that has begun',
      edgeOf([A, B, C]),
      { acting: [outOf('a')], journal: [BEGUN], underWay: [intentKey(outOf('a'))] },
    ],
    [
      'a planned drain of what is called bad itself',
      edgeOf([{ ...B, id: A.id, name: 'a' }, B, C]),
      { acting: [outOf('a')] },
    ],
  ])('keeps not back %s', (_, observed, asked) => {
    expect(blocked(observed, asked)).toEqual([]);
    expect(look(observed, asked).steps.length).toBeGreaterThan(0);
  });

  function despite(wish: ReturnType<typeof outOf>): ReturnType<typeof outOf> {
    return { ...wish, value: { ...wish.value, overrides: ['targets-called-bad'] } };
  }

  it.each<[string, ObservedEdge, Partial<Situation>]>([
    ['a planned drain', edgeOf([A, B]), { acting: [outOf('a')] }],
    ['a planned drain beside a third one', edgeOf([A, B, C]), { acting: [outOf('a')] }],
    ['a drill', edgeOf([A, B, C]), { acting: [outOf('a', { value: { enabled: false, urgency: 'drill' } })] }],
    ['a pin', edgeOf([A, B]), { acting: [pinOf('a', 'out')] }],
    ['weights that give to it', edgeOf([A, B]), { acting: [sharesOf({ b: 900 })] }],
    ['weights that take from the others', edgeOf([A, B]), { acting: [sharesOf({ a: 1 })] }],
    [
      'a drain beside one of which nobody knows',
      edgeOf([A, B, { ...C, healthy: undefined }]),
      { acting: [outOf('a')] },
    ],
    ['a drain beside one that its tier goes before', edgeOf([A, B, { ...C, priority: 2 }]), { acting: [outOf('a')] }],
    [
      'a planned drain, where it is to go out itself and may not',
      edgeOf([A, B, C], { minEnabled: 3 }),
      { acting: [emergencyOf('b'), outOf('a')] },
    ],
  ])('keeps back %s', (_, observed, asked) => {
    expect(blocked(observed, asked).length).toBeGreaterThan(0);
    expect(look(observed, asked).steps.filter((title) => title.startsWith('a: out'))).toEqual([]);
  });

  it('keeps in what a plan that goes back would take out again, as it stands, and people hear of it', () => {
    const fields = [markOf('a', { weight: 500 }, { weight: 100 })];
    const changes = [{ subject: A.id, group: 'enabled', from: { enabled: false }, to: { enabled: true } }];
    const asked = { acting: [outOf('a')], fields, isUndoing: true };
    const found = look(edgeOf([A, B]), { ...asked, journal: [written('a', 'enabled', {}, { changes })] });
    expect(found).toMatchObject({ steps: [], verdicts: ['blocked command targets-called-bad !'] });
    expect(look(edgeOf([A, B]), asked).steps).toEqual(['a: weight 100 to 500']);
  });

  it('counts as called bad while people are asked about its drain, and no longer where one pins it in', () => {
    const dormant = [emergencyOf('b', { mode: 'propose' })];
    expect(blocked(edgeOf([A, originOf('b')]), { acting: [outOf('a')], dormant })).toEqual([
      'blocked command targets-called-bad',
    ]);
    expect(blocked(edgeOf([A, originOf('b')]), { acting: [outOf('a'), pinOf('b', 'in')], dormant })).toEqual([]);
  });

  it('keeps weights that stand, whoever had moved them for a while', () => {
    const standing = sharesOf({ b: 900 }, { note: 'effective' });
    const fields = [markOf('b', { weight: 100 }, { weight: 300 })];
    expect(look(edgeOf([A, { ...B, weight: 300 }]), { acting: [standing], fields }).steps).toEqual([
      'b: weight 300 to 900',
    ]);
  });

  it('gets no more by steps on its way back, and is not taken out for that', () => {
    const back = { enabled: false, urgency: 'planned', back: [300] };
    const fields = [markOf('b', { enabled: true }, { enabled: false }), markOf('b', { weight: 500 }, { weight: 100 })];
    const leaving = [outOf('b', { state: 'leaving', value: back })];
    expect(look(edgeOf([A, originOf('b')]), { leaving, fields }).steps.length).toBeGreaterThan(0);
    const found = look(edgeOf([A, B]), { leaving, fields });
    expect(found).toMatchObject({ steps: [], verdicts: ['blocked command target-unhealthy'] });
  });

  it('says so, and calls nobody', () => {
    expect(blocked(edgeOf([A, B]), { acting: [outOf('a')] })).toEqual(['blocked command targets-called-bad']);
    expect(blocked(edgeOf([A, B]), { acting: [sharesOf({ a: 1 })] })).toEqual(['blocked shares targets-called-bad']);
  });

  it('goes out itself though all are called bad, whoever was asked first', () => {
    const { steps } = look(edgeOf([originOf('a'), B]), { acting: [emergencyOf('a'), emergencyOf('b')] });
    expect(steps).toHaveLength(1);
  });
});
