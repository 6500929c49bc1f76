import { describe, expect, it } from 'vitest';

import { RowConflictError, StorageUnavailableError } from '../../../shared/errors.ts';
import { openIntents } from '../../../shared/reconcile/open-intents.ts';
import { holdPlan } from '../../../shared/reconcile/consent/plan-commands.ts';
import { conflicts } from './hindered-rows.ts';
import { A, B, Plant } from './plant.ts';
import { PLANT } from './valves-target.ts';

const acts: [string, (plant: Plant) => Promise<unknown>, (plant: Plant) => Promise<unknown>][] = [
  ['asking', (plant) => plant.ask(B, 8), async (plant) => (await plant.intents())[`${B} incident`]],
  ['releasing', (plant) => plant.release(A), async (plant) => (await plant.intents())[`${A} incident`]],
  [
    'a word about a plan',
    async (plant) => {
      const [plan] = await plant.plans();
      const command = { plan: plan!.id, by: 'bob', now: () => plant.clock.now(), hold: 'pause' as const };
      return await holdPlan(plant.rows, PLANT, command);
    },
    async (plant) => (await plant.plans())[0]?.state,
  ],
];

async function busy(): Promise<Plant> {
  const plant = new Plant();
  await plant.ask(A, 9);
  await plant.look();
  return plant;
}

describe.each(acts)('%s', (_, act, effect) => {
  it('gets its turn although others wrote first nineteen times, with one effect', async () => {
    const plant = await busy();
    const before = await effect(plant);
    const { revision } = (await plant.state()).head;
    plant.store.interruptions = conflicts(19);
    await act(plant);
    expect(await effect(plant)).not.toEqual(before);
    expect((await plant.state()).head.revision).toBe(revision + 1);
  });

  it('is told so after the twentieth time, and nothing is half done', async () => {
    const plant = await busy();
    const { revision } = (await plant.state()).head;
    plant.store.interruptions = conflicts(20);
    await expect(act(plant)).rejects.toBeInstanceOf(RowConflictError);
    expect((await plant.state()).head.revision).toBe(revision);
  });

  it('is told at once when the rows cannot be written', async () => {
    const plant = await busy();
    plant.store.interruptions = [() => Promise.reject(new StorageUnavailableError('down'))];
    await expect(act(plant)).rejects.toBeInstanceOf(StorageUnavailableError);
    expect(plant.store.interruptions).toEqual([]);
  });
});

describe('asking', () => {
  it('answers with what is stored, in the order of the questions, and writes only what is new', async () => {
    const plant = new Plant();
    await plant.ask(A, 9);
    const [known] = (await plant.state()).intents.values();
    const { schema, openedAt, state, ...again } = known!;
    const fresh = { ...again, subject: B };
    const now = (): Date => plant.clock.now();
    const answers = await openIntents(plant.rows, PLANT, { requests: [fresh, again], now });
    expect(answers).toEqual([{ ...fresh, schema, openedAt, state }, known]);
    expect((await plant.records()).map(({ facts }) => facts)).toEqual(
      [A, B].map((subject) => ({
        subject,
        cause: 'incident',
        value: { to: 9 },
        mode: 'enforce',
        reason: 'because',
        signals: ['signal-9'],
      })),
    );
  });

  it('writes nothing where everything is known', async () => {
    const plant = new Plant();
    await plant.ask(A, 9);
    const { transactions } = plant.store;
    await plant.ask(A, 9);
    expect(plant.store.transactions).toBe(transactions);
  });
});

describe('a look', () => {
  it('that loses races looks again after 50 to 400 ms, and leaves for a while after 25', async () => {
    const plant = new Plant();
    await plant.ask(A, 9);
    plant.store.interruptions = conflicts(25);
    const began = plant.clock.now().getTime();
    const { outcome, wakeInMs = 0 } = await plant.look();
    const tookMs = plant.clock.now().getTime() - began;
    expect(outcome).toBe('busy');
    expect(wakeInMs).toBeGreaterThanOrEqual(5_000);
    expect(wakeInMs).toBeLessThan(15_000);
    expect(tookMs).toBeGreaterThan(25 * 50);
    expect(tookMs).toBeLessThan(25 * 400);
    expect(plant.valves.sent).toEqual([]);

    plant.store.interruptions = conflicts(24);
    await plant.look();
    expect(plant.valves.sent).toEqual([`${A}=9`]);
  });

  it('says at once that the rows cannot be written, and sends nothing', async () => {
    const plant = new Plant();
    await plant.ask(A, 9);
    plant.store.interruptions = [() => Promise.reject(new StorageUnavailableError('down'))];
    await expect(plant.look()).rejects.toBeInstanceOf(StorageUnavailableError);
    expect(plant.valves.sent).toEqual([]);
  });

  it('at a target of which nothing is wanted asks nobody', async () => {
    const plant = new Plant();
    plant.valves.observe = () => Promise.reject(new Error('asked'));
    expect(await plant.look()).toEqual({ outcome: 'settled' });
    expect(plant.store.transactions).toBe(0);
  });
});
