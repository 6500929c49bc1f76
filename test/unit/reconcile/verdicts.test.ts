import { describe, expect, it } from 'vitest';

import { VirtualClock } from '../../../local/time/virtual-clock.ts';
import type { Intent } from '../../../shared/intents/intent.ts';
import type { LookContext } from '../../../shared/reconcile/look-context.ts';
import type { IntentLife, Verdict } from '../../../shared/reconcile/target-kind.ts';
import type { TargetState, Transition } from '../../../shared/reconcile/target-rows.ts';
import { recordVerdicts } from '../../../shared/reconcile/verdicts.ts';
import { intentOf, stateOf } from './rows.ts';

/** What the verdicts write: states and notes of the intents, kinds and reasons of the records. */
async function recorded(
  verdicts: readonly Verdict[],
  intents: IntentLife = 'standing',
): Promise<{ readonly writes: number; readonly intents: readonly string[]; readonly audit: readonly string[] }> {
  const saved: Transition[] = [];
  const save = (_: unknown, state: TargetState, transition: Transition): Promise<TargetState> => {
    saved.push(transition);
    return Promise.resolve(state);
  };
  const context = { rows: { save }, target: { key: 'plant/a' }, kind: { intents }, clock: new VirtualClock() };
  await recordVerdicts(context as unknown as LookContext<unknown, unknown>, stateOf(), verdicts);
  return {
    writes: saved.length,
    intents: saved.flatMap(({ intents: all = [] }) => all.map(({ state, note }) => `${state} ${note ?? ''}`.trim())),
    audit: saved.flatMap(({ audit = [] }) =>
      audit.map(({ kind, facts }) => `${kind} ${facts['reason'] as string}`.trim()),
    ),
  };
}

const NOTHING = { writes: 0, intents: [], audit: [] };

function as(state: Intent['state'], note?: string): Intent {
  return intentOf({ state, ...(note === undefined ? {} : { note }) });
}

describe('what a look found out', () => {
  it.each<[string, Verdict, object]>([
    [
      'it is true: the intent says so',
      { intent: as('open'), outcome: 'done' },
      { intents: ['open effective'], audit: [] },
    ],
    [
      'it is true for a reason: the intent says which',
      { intent: as('open'), outcome: 'done', reason: 'already-drained' },
      { intents: ['open already-drained'], audit: [] },
    ],
    ['it is still true: nothing is written', { intent: as('open', 'effective'), outcome: 'done' }, NOTHING],
    [
      'it is true after it was kept back: it is open again',
      { intent: as('blocked', 'rule'), outcome: 'done' },
      { intents: ['open effective'], audit: [] },
    ],
    ['it was released and is still there: it waits', { intent: as('leaving', 'well'), outcome: 'done' }, NOTHING],
    [
      'it was released and is gone: it is closed',
      { intent: as('leaving', 'well'), outcome: 'gone' },
      { intents: ['closed released'], audit: ['unchanged released'] },
    ],
    [
      'it is kept back: people can read why',
      { intent: as('open'), outcome: 'blocked', reason: 'rule' },
      { intents: ['blocked rule'], audit: ['held rule'] },
    ],
    [
      'it is kept back and people must know: they are called',
      { intent: as('open'), outcome: 'blocked', reason: 'rule', page: true },
      { intents: ['blocked rule'], audit: ['held rule', 'paged rule'] },
    ],
    [
      'it is still kept back: nobody is called again',
      { intent: as('blocked', 'rule'), outcome: 'blocked', reason: 'rule', page: true },
      NOTHING,
    ],
    [
      'it is kept back by something else: that is news',
      { intent: as('blocked', 'rule'), outcome: 'blocked', reason: 'other', page: true },
      { intents: ['blocked other'], audit: ['held other', 'paged other'] },
    ],
    [
      'a stronger one wins',
      { intent: as('open'), outcome: 'shadowed', reason: 'pinned' },
      { intents: ['blocked pinned'], audit: ['held pinned'] },
    ],
    [
      'its way back is kept back: it goes on leaving',
      { intent: as('leaving', 'well'), outcome: 'blocked', reason: 'freeze' },
      { intents: ['leaving freeze'], audit: ['held freeze'] },
    ],
    ['a coming step makes it true: nothing is written yet', { intent: as('open'), outcome: 'act' }, NOTHING],
    ['it is free again', { intent: as('blocked', 'rule'), outcome: 'act' }, { intents: ['open'], audit: [] }],
    [
      'it acts, and people must know something of it',
      { intent: as('open'), outcome: 'act', reason: 'drift', page: true },
      { intents: ['open drift'], audit: ['paged drift'] },
    ],
    ['its way back is under way: it goes on leaving', { intent: as('leaving', 'well'), outcome: 'act' }, NOTHING],
  ])('%s', async (_, verdict, expected) => {
    expect(await recorded([verdict])).toMatchObject(expected);
  });

  it('closes what one write is all of when it is true already', async () => {
    expect(await recorded([{ intent: as('open'), outcome: 'done' }], 'once')).toEqual({
      writes: 1,
      intents: ['closed already-true'],
      audit: ['unchanged already-true'],
    });
  });

  it('closes what a write only asks for when it is true, with what made it so', async () => {
    const verdict = { intent: as('open', 'waiting-for-merge: #1'), outcome: 'done', reason: 'merged: #1' } as const;
    expect(await recorded([verdict], 'until-true')).toEqual({
      writes: 1,
      intents: ['closed merged: #1'],
      audit: ['unchanged merged: #1'],
    });
  });

  it('is one transition, and calls people only about what has changed', async () => {
    const changed = intentOf({ cause: 'a' });
    const same = intentOf({ cause: 'b', state: 'blocked', note: 'rule' });
    const blocked = { outcome: 'blocked', reason: 'rule', page: true } as const;
    expect(
      await recorded([
        { intent: changed, ...blocked },
        { intent: same, ...blocked },
      ]),
    ).toEqual({ writes: 1, intents: ['blocked rule'], audit: ['held rule', 'paged rule'] });
  });
});
