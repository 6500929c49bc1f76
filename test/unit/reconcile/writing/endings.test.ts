import { describe, expect, it } from 'vitest';

import { digestOf } from '../../../../shared/domain/digest.ts';
import { intentKey, type Intent } from '../../../../shared/intents/intent.ts';
import {
  endingOf,
  givenUpOf,
  overtakenOf,
  parkedOf,
  type EndedWrite,
  type Ending,
} from '../../../../shared/reconcile/writing/endings.ts';
import { serve, type JournalEntry, type Plan } from '../../../../shared/reconcile/plan.ts';
import { refusalKey } from '../../../../shared/reconcile/consent/refusals.ts';
import type { Lane, Transition } from '../../../../shared/reconcile/target-rows.ts';
import { entryOf, intentOf, planOf, stateOf, stepOf } from '../rows.ts';

const A = 'plant/a/one';
const B = 'plant/a/two';
const AT = '2026-01-01T01:00:00.000Z';
const STEP = stepOf(A, 1, 9);
const WANTED = intentOf({ subject: A });

interface Case {
  readonly life?: EndedWrite['intents'];
  readonly plan?: Partial<Plan>;
  readonly lane?: Partial<Lane>;
  readonly intents?: readonly Intent[];
}

function ended({ life = 'standing', plan = {}, lane = {}, intents = [WANTED] }: Case = {}): EndedWrite {
  const asked = planOf({ steps: [STEP], serves: [serve(WANTED)], journal: [entryOf(STEP)], ...plan });
  return { state: stateOf(intents, lane), plan: asked, channel: 'wrench', intents: life };
}

/** Names what is refused of a case. */
function refusedIn(asked: Case): string {
  const { plan, state } = ended(asked);
  return refusalKey(plan, state.intents);
}

function ending(outcome: Ending['outcome'], more: Partial<Ending> = {}): Ending {
  return { outcome, at: AT, ...more };
}

function states({ plan, intents = [] }: Transition): unknown {
  return { plan: plan?.state, intents: intents.map(({ state, note }) => `${state} ${note ?? ''}`) };
}

function kinds({ audit = [] }: Transition): readonly string[] {
  return audit.map(({ kind, facts }) => `${kind} ${(facts['reason'] ?? facts['note'] ?? '') as string}`.trim());
}

function last({ plan }: Transition): JournalEntry | undefined {
  return plan?.journal.at(-1);
}

describe('every end of a write', () => {
  it.each<[string, Transition]>([
    ['written', endingOf(ended(), ending('written'))],
    ['written, where one write is all', endingOf(ended({ life: 'once' }), ending('written'))],
    ['failed', endingOf(ended(), ending('failed'))],
    ['refused', endingOf(ended({ life: 'once' }), ending('refused'))],
    ['failed on the way back', endingOf(ended({ plan: { state: 'going-back' } }), ending('failed'))],
    ['stale', endingOf(ended(), ending('stale'))],
    ['not written', endingOf(ended(), ending('not-written'))],
    ['parked', parkedOf(ended(), 'rewritten', AT)],
    ['given up', givenUpOf(ended(), 'unavailable', AT)],
    ['overtaken', overtakenOf(ended(), AT)],
  ])('frees the channel and the wake-up: %s', (_, transition) => {
    expect(transition.lease).toEqual({ channel: 'wrench', lease: undefined });
    expect(transition.clear).toContain('wakeAt');
  });

  it('is written down once: what has ended already does not end again', () => {
    const over = ended({ plan: { journal: [entryOf(STEP, 'written')] } });
    expect(endingOf(over, ending('failed'))).toEqual({});
  });

  it('stands in the journal with its time, its evidence and its note', () => {
    expect(last(endingOf(ended(), ending('written', { evidence: { version: 2 } })))).toEqual(
      entryOf(STEP, 'written', { endedAt: AT, evidence: { version: 2 } }),
    );
    expect(last(endingOf(ended(), ending('not-written', { note: 'throttled' })))).toEqual(
      entryOf(STEP, 'not-written', { endedAt: AT, note: 'throttled' }),
    );
  });
});

describe('a step that was written', () => {
  const lane: Partial<Lane> = {
    fields: [{ subject: A, group: 'turn', baseline: { to: 1 }, written: { to: 1 } }],
    recent: ['2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.001Z'],
    lastWrites: { [B]: '2025-01-01T00:00:00.000Z' },
  };
  const transition = endingOf(ended({ lane }), ending('written', { evidence: { version: 2 } }));

  it('is what we wrote last, and its baseline stays', () => {
    expect(transition.lane?.fields).toEqual([
      { subject: A, group: 'turn', baseline: { to: 1 }, written: { to: 9 }, writtenAt: AT },
    ]);
  });

  it('counts in this hour, which an hour ago is no longer', () => {
    expect(transition.lane?.recent).toEqual(['2026-01-01T00:00:00.001Z', AT]);
    expect(endingOf(ended(), ending('written')).lane?.recent).toEqual([AT]);
  });

  it('is remembered as its subject’s last, beside others', () => {
    expect(transition.lane?.lastWrites).toEqual({ [B]: '2025-01-01T00:00:00.000Z', [A]: AT });
  });

  it('leaves its plan running and its intents open, and is recorded with its evidence', () => {
    expect(states(transition)).toEqual({ plan: 'running', intents: [] });
    expect(transition.clear).toEqual(['wakeAt']);
    expect(transition.audit).toEqual([
      {
        kind: 'acted',
        at: AT,
        facts: {
          plan: 'plan-1',
          fence: 3,
          step: { title: STEP.title, from: STEP.from, to: STEP.to },
          evidence: { version: 2 },
        },
      },
    ]);
  });
});

describe('a write that only asks for what its plan wants', () => {
  it('leaves the intent open and the plan active: a look finds out when it is true', () => {
    const transition = endingOf(ended({ life: 'until-true' }), ending('written', { evidence: { pullRequest: 1 } }));
    expect([transition.intents, transition.plan?.state, kinds(transition)]).toEqual([undefined, 'running', ['acted']]);
    expect(last(transition)).toMatchObject({ state: 'written', evidence: { pullRequest: 1 } });
    expect(transition.clear).toEqual(['wakeAt']);
  });

  it('that the host refuses keeps the intent back, until it asks for something else', () => {
    const transition = endingOf(ended({ life: 'until-true' }), ending('refused', { note: 'no' }));
    expect(states(transition)).toEqual({ plan: 'refused', intents: ['blocked no'] });
    expect(transition.lane?.refused).toBe(refusedIn({ life: 'until-true' }));
  });
});

describe('a write that makes all of its plan true', () => {
  it('closes what it served with its evidence, ends the plan, and records it for each', () => {
    const transition = endingOf(ended({ life: 'once' }), ending('written', { evidence: { commit: 'c1' } }));
    expect(states(transition)).toEqual({ plan: 'done', intents: ['closed written'] });
    expect(transition.clear).toEqual(['wakeAt', 'activePlan']);
    const evidence = { plan: 'plan-1', revision: 1, evidence: { commit: 'c1' } };
    expect(transition.intents?.[0]?.evidence).toEqual(evidence);
    expect(transition.audit).toEqual([
      {
        kind: 'acted',
        at: AT,
        facts: {
          subject: A,
          signals: ['signal'],
          ...evidence,
          step: [{ title: STEP.title, from: STEP.from, to: STEP.to }],
        },
      },
    ]);
  });

  it.each<[string, readonly Intent[]]>([
    ['that was replaced by another value since', [intentOf({ value: { to: 7 } })]],
    ['that is closed already', [intentOf({ state: 'closed', note: 'before' })]],
    ['that nobody has any more', []],
    ['that it did not serve', [intentOf({ cause: 'another' })]],
  ])('leaves alone an intent %s', (_, intents) => {
    expect(endingOf(ended({ life: 'once', intents }), ending('written')).intents).toEqual([]);
  });
});

describe('a write that failed', () => {
  const first = entryOf(stepOf(B, 2, 8), 'written');
  const open = entryOf(STEP);

  it.each<[string, Case, Ending, unknown, readonly string[], boolean]>([
    [
      'first, refused: ends its plan, which is not tried again',
      {},
      ending('refused', { note: 'rust' }),
      { plan: 'refused', intents: ['failed rust'] },
      ['refused rust', 'paged rust'],
      true,
    ],
    [
      'of once: blocks what it served',
      { life: 'once' },
      ending('refused', { note: 'protected' }),
      { plan: 'refused', intents: ['blocked protected'] },
      ['refused protected', 'paged protected'],
      true,
    ],
    [
      'first, failed: may have left something, so it goes back',
      {},
      ending('failed', { note: 'snapped' }),
      { plan: 'going-back', intents: ['failed snapped'] },
      ['refused snapped', 'paged snapped'],
      false,
    ],
    [
      'after another was written: goes back',
      { plan: { journal: [first, open] } },
      ending('refused', { note: 'rust' }),
      { plan: 'going-back', intents: ['failed rust'] },
      ['refused rust', 'paged rust'],
      false,
    ],
    [
      'after one that failed: goes back',
      { plan: { journal: [{ ...first, state: 'failed' }, open] } },
      ending('refused', { note: 'rust' }),
      { plan: 'going-back', intents: ['failed rust'] },
      ['refused rust', 'paged rust'],
      false,
    ],
    [
      'of a step that is not undone, first: ends',
      { plan: { journal: [entryOf({ ...STEP, onFailure: 'stay' })] } },
      ending('refused', { note: 'rust' }),
      { plan: 'refused', intents: ['failed rust'] },
      ['refused rust', 'paged rust'],
      true,
    ],
    [
      'of a step that is not undone, after another: stands still',
      { plan: { journal: [first, entryOf({ ...STEP, onFailure: 'stay' })] } },
      ending('refused', { note: 'rust' }),
      { plan: 'parked', intents: [] },
      ['refused rust', 'paged rust'],
      false,
    ],
    [
      'on the way back: stands still, and people are called',
      { plan: { state: 'going-back', journal: [first, open] } },
      ending('failed', { note: 'snapped' }),
      { plan: 'parked', intents: [] },
      ['refused snapped', 'paged way-back-failed'],
      false,
    ],
    [
      'for no reason that is known',
      {},
      ending('refused'),
      { plan: 'refused', intents: ['failed refused'] },
      ['refused refused', 'paged refused'],
      true,
    ],
  ])('%s', (_, asked, end, expected, audit, isRefused) => {
    const transition = endingOf(ended(asked), end);
    expect(states(transition)).toEqual(expected);
    expect(kinds(transition)).toEqual(audit);
    expect(transition.lane?.refused).toBe(isRefused ? refusedIn(asked) : undefined);
    expect(transition.clear).toEqual(isRefused ? ['wakeAt', 'activePlan'] : ['wakeAt']);
  });

  it.each([
    ['failed', { to: 9 }],
    ['refused', undefined],
  ] as const)('that was %s: what it may have left is marked as %j', (outcome, attempted) => {
    const fields = [
      { subject: A, group: 'turn', baseline: { to: 1 }, written: { to: 1 } },
      { subject: B, group: 'turn', baseline: { to: 2 }, written: { to: 3 } },
    ];
    const { lane } = endingOf(ended({ lane: { fields } }), ending(outcome, { note: 'snapped' }));
    expect(lane?.fields).toEqual(attempted === undefined ? undefined : [{ ...fields[0], attempted }, fields[1]]);
  });

  it.each([
    ['leaving', 'asked-for'],
    ['closed', 'released'],
  ] as const)('of a way back wants out again what it was about, %s %s, and nothing else', (at, note) => {
    const [own, other] = [A, B].map((subject) => intentOf({ subject, cause: 'older', state: at, note }));
    const plan = { serves: [], returns: [own!, other!].map(intentKey), journal: [first, open] };
    const { intents = [], plan: after } = endingOf(ended({ plan, intents: [own!, other!] }), ending('failed'));
    const again = intents.filter(({ state }) => state === 'open');
    expect(after?.state).toBe('going-back');
    expect(again).toMatchObject([{ subject: A, by: { reaction: 'way-back' }, mode: 'enforce', reason: 'failed' }]);
  });

  it('wants out once more what was let go of after it had failed before', () => {
    const by = { reaction: 'way-back' };
    const again = intentOf({ by, cause: 'way-back-failed:spin', kind: 'spin', state: 'leaving', note: 'asked-for' });
    const plan = { serves: [], returns: [intentKey(again)], journal: [first, open] };
    const { intents } = endingOf(ended({ plan, intents: [again] }), ending('failed'));
    expect(intents).toMatchObject([{ state: 'open', by, kind: 'spin' }]);
  });

  it('wants nothing again that somebody has asked for anew, or that never went', () => {
    const open2 = intentOf({ cause: 'older' });
    const over = intentOf({ cause: 'old', state: 'closed', note: 'let-go' });
    const plan = { serves: [], returns: [open2, over].map(intentKey), journal: [first, open] };
    const { intents = [] } = endingOf(ended({ plan, intents: [open2, over] }), ending('failed'));
    expect(intents.filter(({ by }) => 'reaction' in by && by.reaction === 'way-back')).toEqual([]);
  });

  it('says of what was released and has no way back by it that it is kept back', () => {
    const leaving = intentOf({ cause: 'older', state: 'leaving' });
    const elsewhere = intentOf({ subject: B, cause: 'older', state: 'leaving' });
    const open2 = intentOf({ cause: 'newer' });
    const transition = endingOf(
      ended({ intents: [WANTED, leaving, elsewhere, open2] }),
      ending('refused', { note: 'rust' }),
    );
    expect(transition.intents?.map(({ cause, state, note }) => [cause, state, note])).toEqual([
      ['incident', 'failed', 'rust'],
      ['older', 'leaving', 'rust'],
    ]);
  });
});

describe('a write that was raced', () => {
  it('is closed as stale, and its plan looks again', () => {
    const transition = endingOf(ended(), ending('stale'));
    expect(last(transition)?.state).toBe('stale');
    expect(states(transition)).toEqual({ plan: 'running', intents: [] });
  });

  it('may be an earlier send of its own that arrived late: it stays open from the first precondition on', () => {
    const early = entryOf(STEP, 'not-written', { precondition: 'v0' });
    const transition = endingOf(ended({ plan: { journal: [early, entryOf(STEP)] } }), ending('stale'));
    expect(last(transition)).toMatchObject({ state: 'sending', precondition: 'v0' });
  });
});

describe('a target that was changed in a way that no machine may judge', () => {
  it('is parked, its intents are kept back, and people are called', () => {
    const transition = parkedOf(ended(), 'history-rewritten', AT);
    expect(states(transition)).toEqual({ plan: 'parked', intents: ['blocked history-rewritten'] });
    expect(last(transition)).toMatchObject({ state: 'refused', endedAt: AT, note: 'history-rewritten' });
    expect(transition.lane).toEqual({ refused: refusedIn({}) });
    expect(transition.clear).toEqual(['wakeAt', 'activePlan', 'refusedAt']);
    expect(transition.audit).toEqual([
      { kind: 'paged', at: AT, facts: { plan: 'plan-1', reason: 'history-rewritten' } },
    ]);
  });
});

describe('a step that never arrived', () => {
  it('is given up: what it was for fails, and people are called', () => {
    const asked = ended({ plan: { journal: [entryOf(STEP, 'not-written')] } });
    const transition = givenUpOf(asked, 'unavailable', AT);
    expect(states(transition)).toEqual({ plan: 'refused', intents: ['failed unavailable'] });
    expect(kinds(transition)).toEqual(['refused unavailable', 'paged unavailable']);
  });
});

describe('a write that an emergency overtakes', () => {
  const mark = (baseline: number): Lane['fields'] => [
    { subject: A, group: 'turn', baseline: { to: baseline }, written: { to: baseline } },
  ];

  it('leaves its value as ours: it may arrive late', () => {
    const transition = overtakenOf(ended({ lane: { fields: mark(1) } }), AT);
    expect(transition.lane?.fields).toEqual([{ subject: A, group: 'turn', baseline: { to: 1 }, written: { to: 9 } }]);
    expect(last(transition)).toMatchObject({ state: 'overtaken', endedAt: AT });
    expect(states(transition)).toEqual({ plan: 'running', intents: [] });
    expect(kinds(transition)).toEqual(['held overtaken']);
  });

  it('keeps its mark, with both values, where it was to bring a baseline back and may not have', () => {
    const fields: Lane['fields'] = [{ subject: A, group: 'turn', baseline: { to: 9 }, written: { to: 4 } }];
    expect(overtakenOf(ended({ lane: { fields } }), AT).lane?.fields).toEqual([{ ...fields[0], attempted: { to: 9 } }]);
  });

  it('keeps its mark, with both values, where an earlier write of ours may stand again', () => {
    const fields: Lane['fields'] = [{ subject: A, group: 'turn', baseline: { to: 1 }, written: { to: 4 } }];
    expect(overtakenOf(ended({ lane: { fields } }), AT).lane?.fields).toEqual([{ ...fields[0], attempted: { to: 9 } }]);
  });

  it('leaves marks of other groups and subjects as they are', () => {
    const fields: Lane['fields'] = [
      { subject: A, group: 'gate', baseline: { to: 9 }, written: { to: 4 } },
      { subject: B, group: 'turn', baseline: { to: 9 }, written: { to: 4 } },
      ...mark(1),
    ];
    expect(overtakenOf(ended({ lane: { fields } }), AT).lane?.fields).toEqual([
      fields[0],
      fields[1],
      { subject: A, group: 'turn', baseline: { to: 1 }, written: { to: 9 } },
    ]);
  });
});

describe('the value that a plan served', () => {
  it('is known again by its digest', () => {
    expect(serve(WANTED)).toMatchObject({ key: intentKey(WANTED), value: digestOf({ to: 9 }) });
  });
});
