import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { digestOf } from '../../../shared/domain/digest.ts';
import {
  attemptsOf,
  hasConsent,
  isBaked,
  isRestOf,
  openEntry,
  planDigest,
  planKey,
  serve,
  updateEntry,
  type JournalEntry,
  type Plan,
  type Step,
} from '../../../shared/reconcile/plan.ts';
import { entryOf, intentOf, planOf, stepOf } from './rows.ts';

const STEP = stepOf('a', 1, 5);

function journal(...states: readonly JournalEntry['state'][]): Plan {
  return planOf({ journal: states.map((state) => ({ state, step: STEP }) as JournalEntry) });
}

describe('a plan’s digest', () => {
  const digest = planDigest('plant/a', [STEP]);

  it('is the same for the same steps in whatever order their members stand', () => {
    const turned = Object.fromEntries(Object.entries(STEP).toReversed()) as unknown as Step;
    expect(planDigest('plant/a', [turned])).toBe(digest);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each<[string, string, readonly Step[]]>([
    ['another target', 'plant/b', [STEP]],
    ['another value', 'plant/a', [stepOf('a', 1, 6)]],
    ['another start', 'plant/a', [stepOf('a', 2, 5)]],
    ['one more step', 'plant/a', [STEP, STEP]],
    ['no step', 'plant/a', []],
    ['another bake', 'plant/a', [{ ...STEP, bakeMs: 1 }]],
    ['another limit that must hold', 'plant/a', [{ ...STEP, predicates: ['b is enabled'] }]],
    ['another way out of a failure', 'plant/a', [{ ...STEP, onFailure: 'stay' }]],
  ])('is another for %s', (_, target, steps) => {
    expect(planDigest(target, steps)).not.toBe(digest);
  });

  it('is another for the same steps in another order', () => {
    const [a, b] = [stepOf('a', 1, 5), stepOf('b', 1, 5)];
    expect(planDigest('plant/a', [a, b])).not.toBe(planDigest('plant/a', [b, a]));
  });
});

describe('the write whose outcome is not known', () => {
  it.each<[readonly JournalEntry['state'][], boolean]>([
    [[], false],
    [['sending'], true],
    [['running'], true],
    [['written', 'running'], true],
    [['written'], false],
    [['running', 'written'], false],
    [['failed'], false],
    [['stale'], false],
    [['refused'], false],
    [['not-written'], false],
    [['overtaken'], false],
  ])('%j: %s', (states, isOpen) => {
    const plan = journal(...states);
    expect(openEntry(plan)).toBe(isOpen ? plan.journal.at(-1) : undefined);
  });

  it('takes news, and nothing else does', () => {
    const plan = journal('written', 'sending');
    expect(updateEntry(plan, { state: 'running', operation: 'op' }).journal).toEqual([
      plan.journal[0],
      { ...plan.journal[1], state: 'running', operation: 'op' },
    ]);
    const ended = journal('written');
    expect(updateEntry(ended, { state: 'failed' })).toBe(ended);
  });
});

describe('how often a step was sent without being written', () => {
  it.each<[readonly JournalEntry['state'][], number]>([
    [[], 0],
    [['sending'], 1],
    [['not-written', 'not-written', 'sending'], 3],
    [['written', 'not-written'], 1],
    [['not-written', 'written'], 0],
    [['not-written', 'stale', 'not-written'], 1],
    [['not-written', 'running'], 0],
  ])('%j: %i', (states, attempts) => {
    expect(attemptsOf(journal(...states))).toBe(attempts);
  });
});

describe('what was written last', () => {
  const at = (state: JournalEntry['state'], bakeMs?: number): JournalEntry =>
    entryOf(stepOf('a', 1, 2, bakeMs === undefined ? {} : { bakeMs }), state);

  it.each<[string, readonly JournalEntry[], boolean]>([
    ['has to prove itself', [at('written', 5)], true],
    ['has nothing to prove', [at('written')], false],
    ['has to prove itself, whatever was tried since', [at('written', 5), at('failed')], true],
    ['has nothing to prove, whatever had to before', [at('written', 5), at('written')], false],
    ['was nothing: only tried', [at('failed', 5), at('sending', 5)], false],
    ['was nothing', [], false],
  ])('%s', (_, entries, expected) => {
    expect(isBaked(planOf({ journal: entries }))).toBe(expected);
  });
});

describe('consent', () => {
  const given = (needed: number, ...by: readonly string[]): Plan =>
    planOf({
      consent: {
        needed,
        requesters: [],
        expires: '2026-01-01T00:00:00.000Z',
        withinMs: 1,
        given: by.map((one) => ({ by: one, at: '2026-01-01T00:00:00.000Z' })),
      },
    });

  it.each<[string, Plan, boolean]>([
    ['of nobody where nobody is asked', planOf({}), false],
    ['of nobody', given(1), false],
    ['of one', given(1, 'bob'), true],
    ['of one where two are needed', given(2, 'bob'), false],
    ['of one twice where two are needed', given(2, 'bob', 'bob'), false],
    ['of two', given(2, 'bob', 'carol'), true],
    ['of more than are needed', given(1, 'bob', 'carol'), true],
  ])('%s', (_, plan, expected) => {
    expect(hasConsent(plan)).toBe(expected);
  });
});

describe('what is left of what was agreed to', () => {
  const steps = ['a', 'b', 'c'].map((name) => stepOf(name, 1, 5));
  const [a, b, c] = steps as [Step, Step, Step];

  it.each<[string, readonly Step[], boolean]>([
    ['all of it', [a, b, c], true],
    ['its last part', [b, c], true],
    ['nothing', [], true],
    ['its first part', [a, b], false],
    ['its middle', [b], false],
    ['another order', [c, b], false],
    ['more than it', [a, a, b, c], false],
    ['something else as long', [stepOf('c', 1, 6)], false],
  ])('%s: %s', (_, left, expected) => {
    expect(isRestOf(left, planOf({ steps }))).toBe(expected);
  });

  it('is any of its ends, and no longer after one of its values has changed', () => {
    const anySteps = fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.nat(3), fc.nat(3)), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(anySteps, fc.nat(4), (list, from) => {
        const agreed = list.map(([name, before, after]) => stepOf(name, before, after));
        const rest = agreed.slice(from);
        expect(isRestOf(rest, planOf({ steps: agreed }))).toBe(true);
        const other = rest.map((step, index) => (index === 0 ? { ...step, to: { to: 99 } } : step));
        expect(isRestOf(other, planOf({ steps: agreed }))).toBe(rest.length === 0);
      }),
    );
  });
});

describe('an intent that a plan takes up', () => {
  it('is remembered by its key and the digest of its value', () => {
    const intent = intentOf({ subject: 'a', value: { to: 7 }, signals: ['s'] });
    expect(serve(intent)).toEqual({
      key: 'intent|a|reaction:turner|incident',
      subject: 'a',
      value: digestOf({ to: 7 }),
      signals: ['s'],
    });
    expect(planKey('7')).toBe('plan|7');
  });
});
