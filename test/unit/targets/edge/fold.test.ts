import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Origin } from '../../../../shared/domain/traffic/origin.ts';
import type { Intent } from '../../../../shared/intents/intent.ts';
import type { Situation } from '../../../../shared/reconcile/target-kind.ts';
import { foldEdge, isExpired, type Folded } from '../../../../shared/targets/edge/fold.ts';
import { EDGE, emergencyOf, markOf, originOf, outOf, pinOf, sharesOf, situation } from './observed.ts';

const LATER = { asOf: '2026-01-01T00:00:01.000Z' };
const PLANNED = { enabled: false, urgency: 'planned' };

function fold(origins: readonly Origin[], asked: Partial<Situation>, hasGates = false): Folded {
  return foldEdge(origins, { ...situation(asked), hasGates });
}

/** What weu is to be. */
function goal(more: Partial<Origin>, asked: Partial<Situation>, hasGates = false): object | undefined {
  const { goals } = fold([originOf('weu', more), originOf('neu')], asked, hasGates);
  return goals.get(originOf('weu').id);
}

const AS_IT_IS = { enabled: true, weight: 100, via: [], isUrgent: false };
const OUT = { ...AS_IT_IS, enabled: false };

describe('an origin', () => {
  it.each<[string, Partial<Origin>, Partial<Situation>, object]>([
    ['of which nobody wants anything stays as it is', {}, {}, AS_IT_IS],
    ['that somebody else has disabled stays as it is', { enabled: false }, {}, OUT],
    ['goes out', {}, { acting: [outOf('weu')] }, OUT],
    ['goes out at once', {}, { acting: [emergencyOf('weu')] }, { ...OUT, isUrgent: true }],
    ['goes out by steps', {}, { acting: [outOf('weu', { value: { ...PLANNED, via: [50] } })] }, { ...OUT, via: [50] }],
    [
      'goes out at once, whoever wants it by steps',
      { weight: 50 },
      {
        acting: [outOf('weu', { value: { ...PLANNED, via: [50, 10] } }), emergencyOf('weu')],
        fields: [markOf('weu', { weight: 100 }, { weight: 50 })],
      },
      { ...OUT, weight: 50, isUrgent: true },
    ],
    [
      'goes out by the newest steps',
      {},
      {
        acting: [
          outOf('weu', { value: { ...PLANNED, via: [50] } }),
          outOf('weu', { cause: 'b', value: { ...PLANNED, via: [20] }, ...LATER }),
        ],
      },
      { ...OUT, via: [20] },
    ],
    [
      'goes out by steps, though somebody newer asks for none',
      {},
      { acting: [outOf('weu', { value: { ...PLANNED, via: [50] } }), outOf('weu', { cause: 'b', ...LATER })] },
      { ...OUT, via: [50] },
    ],
    ['gets its share', {}, { acting: [sharesOf({ weu: 7 })] }, { ...AS_IT_IS, weight: 7 }],
    ['gets its share while it is out', {}, { acting: [sharesOf({ weu: 7 }), outOf('weu')] }, { ...OUT, weight: 7 }],
    [
      'gets the newest share',
      {},
      { acting: [sharesOf({ weu: 7 }), sharesOf({ weu: 9 }, { cause: 'b', ...LATER })] },
      { ...AS_IT_IS, weight: 9 },
    ],
    ['pinned in stays in', {}, { acting: [pinOf('weu', 'in'), emergencyOf('weu')] }, AS_IT_IS],
    ['pinned in comes in', { enabled: false }, { acting: [pinOf('weu', 'in'), outOf('weu')] }, AS_IT_IS],
    ['pinned out goes out', {}, { acting: [pinOf('weu', 'out')] }, OUT],
    [
      'obeys the newest pin',
      {},
      { acting: [pinOf('weu', 'out'), pinOf('weu', 'in', { cause: 'b', ...LATER })] },
      AS_IT_IS,
    ],
    [
      'pinned for a time that is over',
      {},
      { acting: [pinOf('weu', 'in', { value: { pinned: 'in', until: '2026-01-01T00:01:00Z' } }), outOf('weu')] },
      OUT,
    ],
    [
      'pinned for a time that is not over',
      {},
      { acting: [pinOf('weu', 'in', { value: { pinned: 'in', until: '2026-01-01T00:01:01Z' } }), outOf('weu')] },
      AS_IT_IS,
    ],
    [
      'goes back to what it was',
      { enabled: false, weight: 50 },
      {
        fields: [markOf('weu', { enabled: true }, { enabled: false }), markOf('weu', { weight: 100 }, { weight: 50 })],
      },
      AS_IT_IS,
    ],
    [
      'goes back by steps',
      { enabled: false },
      {
        leaving: [outOf('weu', { value: { ...PLANNED, back: [10, 50] } })],
        fields: [markOf('weu', { enabled: true }, { enabled: false })],
      },
      { ...AS_IT_IS, via: [10, 50] },
    ],
    [
      'keeps what somebody else has written since',
      { enabled: false, weight: 70 },
      {
        fields: [markOf('weu', { enabled: true }, { enabled: false }), markOf('weu', { weight: 100 }, { weight: 50 })],
      },
      { ...AS_IT_IS, weight: 70 },
    ],
    [
      'takes what a write that went wrong has left for ours',
      { weight: 50 },
      {
        fields: [markOf('weu', { weight: 100 }, { weight: 100 })],
        journal: [
          { step: { changes: [{ subject: originOf('weu').id, group: 'weight', to: { weight: 50 } }] } },
        ] as unknown as Situation['journal'],
      },
      AS_IT_IS,
    ],
  ])('%s', (_, origin, asked, expected) => {
    expect(goal(origin, asked)).toEqual(expected);
  });

  const SHUT = { isShut: true };
  const BY_GATE = outOf('weu', { value: { ...PLANNED, through: 'gate' } });
  const MARK = [markOf('weu', { isShut: false }, { isShut: true })];

  it.each<[string, Partial<Origin>, Partial<Situation>, object]>([
    [
      'goes behind it in an emergency',
      { weight: 50 },
      { acting: [emergencyOf('weu')] },
      { ...AS_IT_IS, ...SHUT, weight: 50, isUrgent: true },
    ],
    ['goes behind it where that is asked for', {}, { acting: [BY_GATE] }, { ...AS_IT_IS, ...SHUT }],
    ['goes out otherwise', {}, { acting: [outOf('weu')] }, OUT],
    ['goes out where one of two does not ask for it', {}, { acting: [BY_GATE, outOf('weu', { cause: 'b' })] }, OUT],
    [
      'stays out where it is so already',
      { enabled: false },
      { acting: [emergencyOf('weu')] },
      { ...OUT, isUrgent: true },
    ],
    ['comes back from behind it', SHUT, { fields: MARK }, { ...AS_IT_IS, isShut: false }],
    ['stays behind it where somebody else has shut it', SHUT, {}, { ...AS_IT_IS, ...SHUT }],
    [
      'pinned in comes out from behind it',
      SHUT,
      { acting: [emergencyOf('weu'), pinOf('weu', 'in')], fields: MARK },
      { ...AS_IT_IS, isShut: false },
    ],
  ])('with a gate %s', (_, origin, asked, expected) => {
    expect(goal(origin, asked, true)).toEqual(expected);
  });
});

describe('intents that lose', () => {
  it.each<[string, readonly Intent[], readonly (readonly [string, string])[]]>([
    ['to a pin', [pinOf('weu', 'in'), emergencyOf('weu'), outOf('neu')], [['region-bad', 'pinned']]],
    [
      'to a newer pin',
      [pinOf('weu', 'in', { cause: 'old' }), pinOf('weu', 'out', LATER)],
      [['old', 'shadowed-by:pin']],
    ],
    [
      'to newer shares, wholly',
      [sharesOf({ weu: 1 }, { cause: 'old' }), sharesOf({ weu: 2, neu: 3 }, LATER)],
      [['old', 'shadowed-by:shares']],
    ],
    ['to newer shares, in part', [sharesOf({ weu: 1, neu: 1 }, { cause: 'old' }), sharesOf({ weu: 2 }, LATER)], []],
  ])('%s', (_, acting, expected) => {
    const { shadowed } = fold([originOf('weu'), originOf('neu')], { acting });
    expect([...shadowed].map(([{ cause }, reason]) => [cause, reason])).toEqual(expected);
  });
});

describe('somebody else’s value', () => {
  it('is reported with what we had written, and how often we have put ours back', () => {
    const fields = [
      markOf('weu', { enabled: true }, { enabled: false }, { corrections: 2 }),
      markOf('neu', { weight: 9 }, { weight: 7 }),
    ];
    expect(fold([originOf('weu'), originOf('neu', { weight: 8 })], { fields }).drift).toEqual([
      {
        subject: originOf('weu').id,
        group: 'enabled',
        written: { enabled: false },
        live: { enabled: true },
        corrections: 2,
      },
      { subject: originOf('neu').id, group: 'weight', written: { weight: 7 }, live: { weight: 8 }, corrections: 0 },
    ]);
  });
});

describe('overrides', () => {
  it('are those of each who asks, for what is asked for', () => {
    const overriding = (cause: string, ...overrides: readonly string[]): Intent =>
      outOf('weu', { cause, value: { ...PLANNED, overrides } });
    const subject = originOf('weu').id;
    const subjects = [subject];
    expect(
      fold([originOf('weu')], { acting: [overriding('a', 'y', 'x'), overriding('b', 'x'), outOf('weu')] }).overrides,
    ).toEqual([
      { rules: ['y', 'x'], subject, subjects },
      { rules: ['x'], subject, subjects },
    ]);
  });
});

describe('a time that is over', () => {
  it.each([
    [undefined, false],
    ['2026-01-01T00:01:00Z', true],
    ['2026-01-01T00:01:01Z', false],
  ])('%s: %s', (until, isOver) => {
    const value = until === undefined ? { pinned: 'in' } : { pinned: 'in', until };
    expect(isExpired(pinOf('weu', 'in', { value }), situation().now)).toBe(isOver);
  });
});

describe('the fold', () => {
  const name = fc.constantFrom('weu', 'neu', 'eus');
  const asOf = fc.constantFrom('2026-01-01T00:00:00.000Z', '2026-01-01T00:00:01.000Z');
  const by = fc.constantFrom({ person: 'ann' }, { person: 'bob' });
  const weight = fc.integer({ min: 1, max: 1000 });
  const via = fc.array(weight, { minLength: 1, maxLength: 3 });
  const anyIntent: fc.Arbitrary<Intent> = fc.oneof(
    fc
      .record({ name, asOf, by, urgency: fc.constantFrom('planned', 'drill', 'emergency'), via: fc.option(via) })
      .map((one) =>
        outOf(one.name, {
          asOf: one.asOf,
          by: one.by,
          value: { enabled: false, urgency: one.urgency, ...(one.via === null ? {} : { via: one.via }) },
        }),
      ),
    fc
      .record({ name, asOf, by, pinned: fc.constantFrom('in', 'out') })
      .map((one) => pinOf(one.name, one.pinned, { asOf: one.asOf, by: one.by })),
    fc
      .record({ name, asOf, by, weight })
      .map((one) => sharesOf({ [one.name]: one.weight }, { asOf: one.asOf, by: one.by })),
  );
  const anyLeaving = fc.record({ name, asOf, by, back: via }).map((one) =>
    outOf(one.name, {
      asOf: one.asOf,
      by: one.by,
      state: 'leaving',
      value: { enabled: false, urgency: 'planned', back: one.back },
    }),
  );

  it('does not depend on the order of the intents', () => {
    const some = fc.tuple(fc.array(anyIntent, { maxLength: 6 }), fc.array(anyLeaving, { maxLength: 3 }));
    fc.assert(
      fc.property(some, fc.boolean(), fc.infiniteStream(fc.nat()), ([acting, leaving], hasGates, chance) => {
        const shuffled = <One>(list: readonly One[]): readonly One[] =>
          list
            .map((one) => ({ one, order: chance.next().value as number }))
            .toSorted((a, b) => a.order - b.order)
            .map(({ one }) => one);
        // One occasion of one person is one intent.
        const distinct = (list: readonly Intent[]): readonly Intent[] => [
          ...new Map(list.map((one) => [JSON.stringify([one.subject, one.by, one.cause, one.kind]), one])).values(),
        ];
        const origins = ['weu', 'neu', 'eus'].map((one) => originOf(one));
        const [all, gone] = [distinct(acting), distinct(leaving)];
        const once = fold(origins, { acting: all, leaving: gone }, hasGates);
        const twice = fold(origins, { acting: shuffled(all), leaving: shuffled(gone) }, hasGates);
        expect(twice.goals).toEqual(once.goals);
        expect(new Map(twice.shadowed)).toEqual(new Map(once.shadowed));
        expect(twice.overrides).toEqual(once.overrides);
      }),
      { numRuns: 1_000 },
    );
  });

  it('never overrules a person’s pin', () => {
    fc.assert(
      fc.property(
        fc.array(anyIntent, { maxLength: 6 }),
        fc.boolean(),
        fc.boolean(),
        fc.boolean(),
        (acting, enabled, isShut, hasGates) => {
          const others = acting.filter(({ kind, subject }) => kind !== 'pin' || subject !== originOf('weu').id);
          const origins = [originOf('weu', { enabled, isShut }), originOf('neu'), originOf('eus')];
          const { goals } = fold(origins, { acting: [...others, pinOf('weu', 'in')] }, hasGates);
          expect(goals.get(originOf('weu').id)).toMatchObject({
            enabled: true,
            ...(hasGates ? { isShut: false } : {}),
          });
        },
      ),
    );
  });

  it('says something of every origin and nothing of others', () => {
    expect([...fold([originOf('weu')], { acting: [outOf('neu')] }).goals.keys()]).toEqual([originOf('weu').id]);
    expect(EDGE.length).toBeGreaterThan(0);
  });
});
