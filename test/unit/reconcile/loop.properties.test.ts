import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { openEntry } from '../../../shared/reconcile/plan.ts';
import { Crash } from './hindered-rows.ts';
import { A, B, Plant } from './plant.ts';
import { PLANT, type ValveFault } from './valves-target.ts';

const BEFORE = { [A]: 1, [B]: 2 } as const;
const SUBJECTS = [A, B] as const;

/** Something that happens to a plant; asking for the same twice is a duplicate. */
type Act =
  | { readonly do: 'ask'; readonly subject: string; readonly to: number; readonly cause: string }
  | { readonly do: 'release'; readonly subject: string }
  | { readonly do: 'look' }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'switch'; readonly on: boolean }
  | { readonly do: 'fault'; readonly fault: ValveFault };

const subject = fc.constantFrom(...SUBJECTS);
const fault = fc.constantFrom<ValveFault>(
  'works',
  'at-once',
  'busy',
  'stale',
  'lost-answer',
  'lost-answer-applied',
  'lost-operation',
  { limitMs: 30_000 },
);
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({
    do: fc.constant('ask' as const),
    subject,
    to: fc.integer({ min: 3, max: 9 }),
    cause: fc.constantFrom('x', 'y'),
  }),
  fc.record({ do: fc.constant('release' as const), subject }),
  fc.constant({ do: 'look' as const }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 120_000 }) }),
  fc.record({ do: fc.constant('switch' as const), on: fc.boolean() }),
  fc.record({ do: fc.constant('fault' as const), fault }),
);

async function perform(plant: Plant, one: Act, number: number): Promise<void> {
  switch (one.do) {
    case 'ask':
      await plant.ask(one.subject, one.to, { cause: one.cause, signals: [`signal-${number}`] });
      return;
    case 'release':
      await plant.release(one.subject);
      return;
    case 'look':
      await plant.look().catch(mustBeLost);
      return;
    case 'wait':
      await plant.clock.advance(one.ms);
      return;
    case 'switch':
      await plant.stop(one.on);
      return;
    case 'fault':
      plant.valves.faults.push(one.fault);
  }
}

function mustBeLost(error: unknown): void {
  if (!(error instanceof Crash)) {
    expect(error).toMatchObject({ code: 'REFLEX_UPSTREAM' });
  }
}

/** Nobody does anything any more, and all services are well. */
async function calmDown(plant: Plant): Promise<void> {
  await plant.stop(false);
  plant.valves.faults = [];
  await plant.clock.advance(60_000);
  await plant.settle();
}

/** What is wanted of each valve in the end, by the same rule as the target's own fold. */
async function wanted(plant: Plant): Promise<Readonly<Record<string, number>>> {
  const open = [...(await plant.state()).intents.values()].filter(({ state }) => state === 'open');
  return { ...BEFORE, ...Object.fromEntries(open.map((intent) => [intent.subject, Number(intent.value['to'])])) };
}

async function expectWhole(plant: Plant): Promise<void> {
  await plant.records();
  const plans = await plant.plans();
  const { lane, head } = await plant.state();
  const writing = plans.filter((plan) => openEntry(plan) !== undefined);
  expect(writing.length, 'one write at a time').toBeLessThanOrEqual(1);
  expect(
    writing.every(({ id }) => id === lane.activePlan),
    'the one that is driven',
  ).toBe(true);
  expect(Object.keys(head.leases).length, 'leased while it is written').toBe(writing.length);
  const active = plans.filter(({ state }) => ['running', 'going-back', 'paused'].includes(state));
  expect(active.map(({ id }) => id)).toEqual(lane.activePlan === undefined ? [] : [lane.activePlan]);
}

describe('the loop, whatever happens in whatever order', () => {
  it('keeps its rows whole at every moment, and ends where the open intents want it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 25 }), async (acts) => {
        const plant = new Plant();
        for (const [number, one] of acts.entries()) {
          await perform(plant, one, number);
          await expectWhole(plant);
        }
        await calmDown(plant);
        await expectWhole(plant);
        expect(plant.valves.values).toMatchObject(await wanted(plant));

        const { revision } = (await plant.state()).head;
        const sent = plant.valves.sent.length;
        expect(await plant.look()).toEqual({ outcome: 'settled' });
        expect([plant.valves.sent.length, (await plant.state()).head.revision], 'a second look').toEqual([
          sent,
          revision,
        ]);
      }),
      { numRuns: 150 },
    );
  });

  it('leaves what was there before when everything is released, and no mark of it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 15 }), async (acts) => {
        const plant = new Plant();
        for (const [number, one] of acts.entries()) {
          await perform(plant, one, number);
        }
        for (const one of SUBJECTS) {
          await plant.release(one);
        }
        await calmDown(plant);
        expect(plant.valves.values).toMatchObject(BEFORE);
        expect((await plant.state()).lane.fields).toEqual([]);
        expect([...(await plant.state()).intents.values()].filter(({ state }) => state !== 'closed')).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });
});

/** Two valves are turned, and one goes back; whoever crashes is followed by another process. */
async function story(plant: Plant): Promise<void> {
  const steps = [
    () => plant.ask(A, 9),
    () => plant.ask(B, 8),
    () => plant.settle(),
    () => plant.release(A),
    () => plant.settle(),
  ];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      mustBeLost(error);
      // The queue delivers the message again.
      await step();
    }
  }
}

describe('a crash', () => {
  it.each(['before', 'after'] as const)(
    'right %s any transaction: the same end, each write sent once',
    async (when) => {
      const calm = new Plant();
      await story(calm);
      const ends = { values: { [A]: 1, [B]: 8 }, sent: calm.valves.sent, intents: await calm.intents() };
      expect(calm.valves.values).toMatchObject(ends.values);
      expect(calm.store.transactions).toBeGreaterThan(10);

      for (let at = 0; at < calm.store.transactions; at += 1) {
        const plant = new Plant();
        plant.store.crash = { at, when };
        await story(plant);
        expect(plant.valves.values, `transaction ${at}`).toMatchObject(ends.values);
        expect(plant.valves.sent, `transaction ${at}`).toEqual(ends.sent);
        expect(await plant.intents(), `transaction ${at}`).toEqual(ends.intents);
        await expectWhole(plant);
      }
    },
  );
});

describe('two processes at once', () => {
  it('send each write once, however they meet', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 8 }), async (pauses) => {
        const plant = new Plant();
        await plant.ask(A, 9);
        await plant.ask(B, 8);
        plant.store.interruptions = pauses.map((ms) => () => plant.clock.sleep(ms));
        await plant.clock.run(Promise.all([plant.lookMeanwhile(), plant.lookMeanwhile(), plant.lookMeanwhile()]));
        await plant.settle(PLANT);
        expect(plant.valves.sent).toEqual([`${A}=9`, `${B}=8`]);
        expect((await plant.plans()).map(({ state }) => state)).toEqual(['done']);
      }),
      { numRuns: 60 },
    );
  });
});
