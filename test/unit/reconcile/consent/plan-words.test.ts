import { describe, expect, it } from 'vitest';

import { intentKey } from '../../../../shared/intents/intent.ts';
import {
  approvePlan,
  cancelPlan,
  holdPlan,
  rejectPlan,
  type PlanCommand,
} from '../../../../shared/reconcile/consent/plan-commands.ts';
import { PLAN_STATES, type Plan, type PlanState } from '../../../../shared/reconcile/plan.ts';
import type { Lane } from '../../../../shared/reconcile/target-rows.ts';
import type { AuditRecord } from '../../../../shared/records/audit.ts';
import { Plant } from '../plant.ts';
import { intentOf, planOf } from '../rows.ts';
import { PLANT } from '../valves-target.ts';

const words = {
  approve: approvePlan,
  reject: rejectPlan,
  pause: (...[rows, target, command]: Parameters<typeof cancelPlan>) =>
    holdPlan(rows, target, { ...command, hold: 'pause' }),
  resume: (...[rows, target, command]: Parameters<typeof cancelPlan>) =>
    holdPlan(rows, target, { ...command, hold: 'resume' }),
  cancel: cancelPlan,
} as const;

type Word = keyof typeof words;

const OPEN = intentOf({ mode: 'propose' });
const CLOSED = intentOf({ subject: 'plant/a/two', state: 'closed', note: 'released' });
const ANOTHER = intentOf({ subject: 'plant/a/three' });

/** A stored plan in that state; it serves an open intent, a closed one and one whose row is gone. */
async function storedPlan(state: PlanState, more: Partial<Plan> = {}): Promise<Plant> {
  const plant = new Plant();
  const consent = {
    needed: 1,
    requesters: ['alice'],
    expires: '2026-01-05T09:00:00.000Z',
    withinMs: 3_600_000,
    given: [],
  };
  const serves = [OPEN, CLOSED, intentOf({ subject: 'gone' })].map((intent) => {
    return { key: intentKey(intent), subject: intent.subject, value: '', signals: [] };
  });
  await plant.rows.save(PLANT, await plant.state(), {
    lane: { activePlan: 'plan-1' },
    intents: [OPEN, CLOSED, ANOTHER],
    plan: planOf({ state, serves, ...(state === 'waiting' ? { consent } : {}), ...more }),
  });
  return plant;
}

function say(plant: Plant, word: Word, more: Partial<PlanCommand & { digest: string }> = {}): Promise<unknown> {
  const now = (): Date => plant.clock.now();
  return words[word](plant.rows, PLANT, { plan: 'plan-1', digest: 'digest-1', by: 'bob', now, ...more });
}

interface After {
  readonly plan: PlanState | undefined;
  readonly lane: Pick<Lane, 'activePlan' | 'refused'>;
  readonly intents: Readonly<Record<string, string>>;
  readonly records: readonly Pick<AuditRecord, 'kind' | 'facts'>[];
}

async function after(plant: Plant): Promise<After> {
  const { activePlan, refused } = (await plant.state()).lane;
  return {
    plan: (await plant.rows.plan(PLANT, 'plan-1'))?.state,
    lane: { ...(activePlan === undefined ? {} : { activePlan }), ...(refused === undefined ? {} : { refused }) },
    intents: await plant.intents(),
    records: (await plant.records()).map(({ kind, facts }) => ({ kind, facts })),
  };
}

const UNTOUCHED = {
  'plant/a/one incident': 'open',
  'plant/a/two incident': 'closed released',
  'plant/a/three incident': 'open',
};

/** What each word does to a plan in each state; all others are refused with that reason. */
const taken: readonly [Word, PlanState, PlanState, AuditRecord['kind'], string | undefined][] = [
  ['approve', 'waiting', 'waiting', 'approved', undefined],
  ['reject', 'waiting', 'rejected', 'rejected', 'failed declined'],
  ['pause', 'running', 'paused', 'paused', undefined],
  ['resume', 'paused', 'running', 'resumed', undefined],
  ['cancel', 'running', 'going-back', 'cancelled', 'failed cancelled'],
  ['cancel', 'paused', 'going-back', 'cancelled', 'failed cancelled'],
  ['cancel', 'parked', 'cancelled', 'cancelled', 'failed cancelled'],
];

describe('a word about a plan', () => {
  it.each(taken)('%s: %s becomes %s', async (word, from, to, kind, intent) => {
    const plant = await storedPlan(from);
    const answer = await say(plant, word, { reason: 'looked at it' });
    const found = await after(plant);
    expect(word === 'approve' ? answer : { plan: answer }).toMatchObject({ plan: { id: 'plan-1', state: to } });
    expect(found).toEqual({
      plan: to,
      lane: {
        ...(to === 'cancelled' ? {} : { activePlan: 'plan-1' }),
        ...(to === 'rejected' ? { refused: expect.any(String) as string } : {}),
      },
      intents: { ...UNTOUCHED, ...(intent === undefined ? {} : { 'plant/a/one incident': intent }) },
      records: [{ kind, facts: { plan: 'plan-1', digest: 'digest-1', by: 'bob', reason: 'looked at it' } }],
    });
  });

  it('reject: what acts by itself, and what is let go meanwhile, is not declined', async () => {
    for (const more of [{ mode: 'enforce' }, { state: 'leaving', note: 'asked-for' }] as const) {
      const plant = await storedPlan('waiting');
      await plant.rows.save(PLANT, await plant.state(), { intents: [{ ...OPEN, ...more }] });
      const before = await plant.intents();
      await say(plant, 'reject');
      expect(await plant.intents()).toEqual(before);
    }
  });

  const refused = (Object.keys(words) as Word[]).flatMap((word) =>
    PLAN_STATES.filter((state) => !taken.some(([one, from]) => one === word && from === state)).map(
      (state) => [word, state, word === 'approve' || word === 'reject' ? 'not-waiting' : 'wrong-state'] as const,
    ),
  );
  it.each(refused)('%s: %s stays as it is: %s', async (word, state, reason) => {
    const plant = await storedPlan(state);
    await expect(say(plant, word)).rejects.toMatchObject({ code: 'REFLEX_PLAN_COMMAND', reason });
    expect(await after(plant)).toEqual({
      plan: state,
      lane: { activePlan: 'plan-1' },
      intents: UNTOUCHED,
      records: [],
    });
  });

  it.each(Object.keys(words) as Word[])('%s: a plan that nobody knows', async (word) => {
    const plant = await storedPlan('waiting');
    await expect(say(plant, word, { plan: 'none' })).rejects.toMatchObject({ reason: 'no-such-plan' });
  });

  it('leaves no reason where none was given', async () => {
    const plant = await storedPlan('running');
    await say(plant, 'pause');
    expect((await after(plant)).records).toEqual([
      { kind: 'paused', facts: { plan: 'plan-1', digest: 'digest-1', by: 'bob' } },
    ]);
  });
});

describe('a yes', () => {
  const consent = {
    needed: 2,
    requesters: ['ALICE'],
    expires: '2026-01-05T09:00:00.000Z',
    withinMs: 3_600_000,
    given: [],
  };

  it('is kept with who gave it, in one spelling, and when; as many as needed make it agreed', async () => {
    const plant = await storedPlan('waiting', { consent });
    expect(await say(plant, 'approve', { by: 'Bob' })).toMatchObject({ agreed: false });
    await plant.clock.advance(60_000);
    expect(await say(plant, 'approve', { by: 'carol' })).toMatchObject({ agreed: true });
    expect((await plant.rows.plan(PLANT, 'plan-1'))?.consent?.given).toEqual([
      { by: 'bob', at: '2026-01-05T08:00:00.000Z' },
      { by: 'carol', at: '2026-01-05T08:01:00.000Z' },
    ]);
  });

  it('said twice by one person, in whatever spelling, is one, and is recorded once', async () => {
    const plant = await storedPlan('waiting', { consent });
    await say(plant, 'approve', { by: 'Bob' });
    const { revision } = (await plant.state()).head;
    expect(await say(plant, 'approve', { by: 'BOB' })).toMatchObject({ agreed: false });
    expect((await plant.state()).head.revision).toBe(revision);
    expect((await after(plant)).records).toHaveLength(1);
  });

  it.each<[string, Partial<PlanCommand & { digest: string }>, number]>([
    ['self-approval', { by: 'alice' }, 0],
    ['plan-changed', { digest: 'digest-0' }, 0],
    ['approval-expired', {}, 3_600_000],
    ['approval-expired', { digest: 'digest-0', by: 'alice' }, 3_600_000],
    ['plan-changed', { digest: 'digest-0', by: 'alice' }, 0],
  ])('is not taken: %s for %j after %d ms', async (reason, more, ms) => {
    const plant = await storedPlan('waiting', { consent });
    await plant.clock.advance(ms);
    await expect(say(plant, 'approve', more)).rejects.toMatchObject({ reason });
    expect((await plant.rows.plan(PLANT, 'plan-1'))?.consent?.given).toEqual([]);
  });

  it('is taken until the last millisecond', async () => {
    const plant = await storedPlan('waiting', { consent });
    await plant.clock.advance(3_599_999);
    await expect(say(plant, 'approve')).resolves.toMatchObject({ agreed: false });
  });
});
