import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { PlanCommandError } from '../../../shared/errors.ts';
import { approvePlan, cancelPlan, holdPlan, rejectPlan } from '../../../shared/reconcile/consent/plan-commands.ts';
import { hasConsent } from '../../../shared/reconcile/plan.ts';
import { A, B, Plant } from './plant.ts';
import { PLANT, type ValveFault } from './valves-target.ts';

const C = 'plant/a/three';

type Word = 'approve' | 'reject' | 'pause' | 'resume' | 'cancel';

type Act =
  | {
      readonly do: 'ask';
      readonly subject: string;
      readonly to: number;
      readonly mode: 'enforce' | 'propose' | 'observe';
      readonly cause: string;
    }
  | { readonly do: 'release'; readonly subject: string }
  | { readonly do: 'say'; readonly word: Word; readonly by: string }
  | { readonly do: 'look' }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'fault'; readonly fault: ValveFault }
  | { readonly do: 'touch'; readonly subject: string; readonly to: number };

const subject = fc.constantFrom(A, B, C);
const to = fc.integer({ min: 3, max: 5 });
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('ask' as const),
      subject,
      to,
      mode: fc.constantFrom('enforce' as const, 'propose' as const, 'observe' as const),
      cause: fc.constantFrom('x', 'y'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('release' as const), subject }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('say' as const),
      word: fc.constantFrom<Word>('approve', 'approve', 'reject', 'pause', 'resume', 'cancel'),
      by: fc.constantFrom('ann', 'bob'),
    }),
  },
  { weight: 4, arbitrary: fc.constant({ do: 'look' as const }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 90_000 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('fault' as const),
      fault: fc.constantFrom<ValveFault>('busy', 'refused', 'fails', 'stale', 'lost-answer-applied'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('touch' as const), subject, to }) },
);

/** Two valves are to be turned, somebody has agreed to that, and the first one is at work. */
const HALF_WAY: readonly Act[] = [
  { do: 'ask', subject: A, to: 4, mode: 'propose', cause: 'x' },
  { do: 'ask', subject: B, to: 4, mode: 'propose', cause: 'x' },
  { do: 'look' },
  { do: 'say', word: 'approve', by: 'ann' },
  { do: 'look' },
];

/** Whoever has something to say says it of the newest plan. */
async function say(plant: Plant, word: Word, by: string): Promise<void> {
  const plan = (await plant.plans()).at(-1);
  if (plan === undefined) {
    return;
  }
  const { id, digest } = plan;
  const command = { plan: id, digest, by, now: (): Date => plant.clock.now() };
  const words = {
    approve: () => approvePlan(plant.rows, PLANT, command),
    reject: () => rejectPlan(plant.rows, PLANT, command),
    pause: () => holdPlan(plant.rows, PLANT, { ...command, hold: 'pause' }),
    resume: () => holdPlan(plant.rows, PLANT, { ...command, hold: 'resume' }),
    cancel: () => cancelPlan(plant.rows, PLANT, command),
  };
  try {
    await words[word]();
  } catch (error) {
    expect(error).toBeInstanceOf(PlanCommandError);
  }
}

async function perform(plant: Plant, one: Act, number: number): Promise<void> {
  switch (one.do) {
    case 'ask': {
      const { mode, cause } = one;
      const approvals = { needed: 1, withinMs: 600_000 };
      await plant.ask(one.subject, one.to, { mode, cause, approvals, signals: [`signal-${number}`] });
      return;
    }
    case 'release':
      await plant.release(one.subject);
      return;
    case 'say':
      await say(plant, one.word, one.by);
      return;
    case 'look':
      await plant.look().catch((error: unknown) => {
        expect(error).toMatchObject({ code: 'REFLEX_UPSTREAM' });
      });
      return;
    case 'wait':
      await plant.clock.advance(one.ms);
      return;
    case 'fault':
      plant.valves.faults.push(one.fault);
      return;
    case 'touch':
      plant.valves.values[one.subject] = one.to;
  }
}

/** What must hold at each write, by the rows as they are then. */
async function expectAllowed(plant: Plant): Promise<void> {
  const { lane, intents } = await plant.state();
  const plan = lane.activePlan === undefined ? undefined : await plant.rows.plan(PLANT, lane.activePlan);
  const { step } = plan?.journal.at(-1) ?? {};
  expect(step, 'a write stands in the journal').toBeDefined();
  if (step?.isUrgent === true) {
    return;
  }
  expect(plan?.state, 'a plan that stands still').not.toBe('paused');
  const about = [...intents.values()].filter((intent) =>
    step?.changes.some((change) => change.subject === intent.subject),
  );
  const isOurs = about.some(({ mode, value }) => mode === 'enforce' && value['to'] === step?.to['to']);
  const isBack = lane.fields.some((field) => field.subject === step?.id && field.baseline['to'] === step.to['to']);
  if (!isOurs && !isBack) {
    expect(plan !== undefined && hasConsent(plan), 'nobody has agreed').toBe(true);
    expect(plan?.steps, 'nobody has agreed to this').toContainEqual(step);
  }
}

describe('whatever people say, and in whatever order', () => {
  it('nothing is written that stands still or that nobody has agreed to, but emergencies', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.boolean(),
        fc.array(act, { maxLength: 30 }),
        async (isUrgent, isHalfWay, more) => {
          const acts = isHalfWay ? [...HALF_WAY, ...more] : more;
          const plant = new Plant();
          plant.valves.durationMs = 20_000;
          if (isUrgent) {
            plant.valves.urgent.add(C);
          }
          plant.valves.onWrite = () => expectAllowed(plant);
          for (const [number, one] of acts.entries()) {
            await perform(plant, one, number);
          }
          plant.valves.faults = [];
          await plant.clock.advance(60_000);
          await plant.settle();
          await plant.settle();
          const { revision } = (await plant.state()).head;
          await plant.settle();
          expect((await plant.state()).head.revision, 'at rest').toBe(revision);
          await plant.records();
        },
      ),
      { numRuns: 150 },
    );
  });
});
