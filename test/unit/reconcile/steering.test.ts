import { describe, expect, it } from 'vitest';

import { KILL_SWITCH } from '../../../shared/reconcile/guards/kill-switch.ts';
import {
  approvePlan,
  cancelPlan,
  holdPlan,
  type PlanCommand,
} from '../../../shared/reconcile/consent/plan-commands.ts';
import type { Plan } from '../../../shared/reconcile/plan.ts';
import { A, B, Plant } from './plant.ts';
import { PLANT } from './valves-target.ts';

const HOUR_MS = 3_600_000;
const C = 'plant/a/three';

async function states(plant: Plant): Promise<readonly string[]> {
  return (await plant.plans()).flatMap(({ journal }) => journal.map(({ step, state }) => `${step.title} ${state}`));
}

function word(plant: Plant, plan: Plan | undefined, by = 'bob'): PlanCommand & { readonly digest: string } {
  return { plan: plan!.id, digest: plan!.digest, by, now: () => plant.clock.now() };
}

/** A write of one valve is at work. */
async function atWork(): Promise<Plant> {
  const plant = new Plant();
  plant.valves.durationMs = 600_000;
  await plant.ask(A, 9);
  await plant.look();
  return plant;
}

describe('an emergency', () => {
  it('does not wait for the end of a write at work on another field, which nobody follows any more', async () => {
    const plant = await atWork();
    plant.valves.urgent.add(B);
    await plant.ask(B, 8);
    expect(await plant.look()).toEqual({ outcome: 'waiting', wakeInMs: 600_000 });
    expect(await states(plant)).toEqual([`turn ${A} to 9 overtaken`, `turn ${B} to 8 running`]);
    expect((await plant.records()).findLast(({ kind }) => kind === 'held')?.facts['reason']).toBe('overtaken');
    await plant.settle();
    expect(plant.valves.values).toMatchObject({ [A]: 9, [B]: 8 });
    expect(plant.valves.sent).toEqual([`${A}=9`, `${B}=8`]);
  });

  it.each<[string, (plant: Plant) => unknown]>([
    ['nothing new is wanted', () => undefined],
    ['what is new is not urgent', (plant) => plant.ask(B, 8)],
    ['what is new comes first, but is not urgent', (plant) => plant.ask('plant/a/again', 8)],
    [
      'what is urgent may not be sent now',
      (plant) => {
        plant.valves.urgent.add(B);
        plant.valves.isWaiting = true;
        return plant.ask(B, 8);
      },
    ],
    [
      'it is about the field that is being written',
      (plant) => {
        plant.valves.urgent.add(A);
        return plant.ask(A, 7, { cause: 'other' });
      },
    ],
  ])('waits if %s', async (_, more) => {
    const plant = await atWork();
    await more(plant);
    expect(await plant.look()).toMatchObject({ outcome: 'waiting' });
    expect(await states(plant)).toEqual([`turn ${A} to 9 running`]);
    expect(plant.valves.sent).toHaveLength(1);
  });

  it('waits for another emergency', async () => {
    const plant = new Plant();
    plant.valves.urgent.add(A).add(B);
    await plant.ask(B, 8);
    await plant.look();
    await plant.ask(A, 9);
    await plant.look();
    expect(await states(plant)).toEqual([`turn ${B} to 8 running`]);
  });

  it('waits for a write of which nobody knows yet whether it was taken', async () => {
    const plant = new Plant();
    plant.valves.write = () => Promise.resolve({ outcome: 'unknown', pollInMs: 5_000 });
    await plant.ask(A, 9);
    await plant.look();
    plant.valves.urgent.add(B);
    await plant.ask(B, 8);
    plant.valves.settle = () => Promise.resolve({ outcome: 'unsettled', pollInMs: 5_000 });
    await plant.clock.advance(10_000);
    expect(await plant.look()).toEqual({ outcome: 'waiting', wakeInMs: 5_000 });
    expect(await states(plant)).toEqual([`turn ${A} to 9 sending`]);
  });

  it('does not wait for the bake of the step before', async () => {
    const plant = new Plant();
    plant.valves.bakeMs = HOUR_MS;
    plant.valves.faults = ['at-once', 'at-once'];
    await plant.ask(A, 9);
    expect(await plant.look()).toEqual({ outcome: 'waiting', wakeInMs: HOUR_MS });
    plant.valves.urgent.add(B);
    await plant.ask(B, 8);
    await plant.look();
    expect(plant.valves.sent).toEqual([`${A}=9`, `${B}=8`]);
  });

  it('that is refused fails alone: the plan that it passed goes on', async () => {
    const plant = new Plant();
    plant.valves.bakeMs = HOUR_MS;
    plant.valves.faults = ['at-once', 'refused'];
    await plant.ask(A, 9);
    await plant.look();
    plant.valves.urgent.add(B);
    await plant.ask(B, 8);
    await plant.settle();
    expect(plant.valves.values).toMatchObject({ [A]: 9, [B]: 2 });
    expect((await plant.plans()).map(({ state }) => state)).toEqual(['done']);
    expect([...(await plant.state()).intents.values()].map(({ subject, state }) => [subject, state])).toEqual([
      [A, 'open'],
      [B, 'failed'],
    ]);
    expect((await plant.kinds()).filter((kind) => kind === 'paged')).toHaveLength(1);
  });

  it('passes a plan that a person has stopped, which stands still as before', async () => {
    const plant = await atWork();
    const [plan] = await plant.plans();
    await plant.ask(B, 8);
    await holdPlan(plant.rows, PLANT, { ...word(plant, plan), hold: 'pause' });
    await plant.settle();
    expect(plant.valves.sent).toEqual([`${A}=9`]);

    plant.valves.urgent.add(C);
    await plant.ask(C, 5);
    await plant.settle();
    await plant.settle();
    expect(plant.valves.sent).toEqual([`${A}=9`, `${C}=5`]);
    expect(await plant.plans()).toMatchObject([{ state: 'paused' }]);

    await holdPlan(plant.rows, PLANT, { ...word(plant, plan), hold: 'resume' });
    await plant.settle();
    expect(plant.valves.sent).toEqual([`${A}=9`, `${C}=5`, `${B}=8`]);
    expect(await plant.plans()).toMatchObject([{ state: 'done' }]);
  });

  it('passes a plan whose new steps people are asked about, and nothing of those is done before they agree', async () => {
    const plant = new Plant();
    await plant.ask(A, 9, { mode: 'propose' });
    await plant.ask(B, 8, { mode: 'propose' });
    await plant.settle();
    await approvePlan(plant.rows, PLANT, word(plant, (await plant.plans())[0]));
    await plant.look();
    await plant.ask(B, 7, { mode: 'propose' });
    await plant.settle();
    plant.valves.urgent.add(C);
    await plant.ask(C, 5);
    await plant.settle();
    expect(plant.valves.sent).toEqual([`${A}=9`, `${C}=5`]);
    const [plan] = await plant.plans();
    expect(plan).toMatchObject({ state: 'paused', note: 'plan-changed', consent: { given: [] } });

    await approvePlan(plant.rows, PLANT, word(plant, plan));
    await plant.settle();
    expect(plant.valves.sent).toEqual([`${A}=9`, `${C}=5`, `${B}=7`]);
  });

  it('is not counted against the writes of an hour', async () => {
    const plant = new Plant();
    plant.valves.writesPerHour = 1;
    plant.valves.faults = ['at-once', 'at-once'];
    await plant.ask(A, 9);
    await plant.settle();
    plant.valves.urgent.add(B);
    await plant.ask(B, 8);
    await plant.settle();
    expect(plant.valves.sent).toEqual([`${A}=9`, `${B}=8`]);
    expect(await plant.pages()).toEqual([]);
  });
});

describe('the writes of an hour', () => {
  it.each([
    [59 * 60_000, 'stopped'],
    [HOUR_MS, 'settled'],
  ])('are counted from when they took effect: %d ms later a look is %s', async (ms, outcome) => {
    const plant = new Plant();
    plant.valves.writesPerHour = 2;
    plant.valves.faults = ['at-once', 'at-once', 'at-once'];
    await plant.ask(A, 9);
    await plant.ask(B, 8);
    await plant.settle();
    await plant.clock.advance(ms);
    await plant.ask(A, 5, { signals: ['newer'] });
    expect((await plant.look()).outcome).toBe(outcome);
  });
});

describe('the kill switch', () => {
  it('keeps back whatever would be written or would go back, and people hear of each once', async () => {
    const plant = new Plant();
    await plant.ask(A, 9);
    await plant.settle();
    await plant.stop(true);
    await plant.release(A);
    await plant.ask(B, 8);
    expect(await plant.look()).toEqual({ outcome: 'stopped' });
    expect(await plant.look()).toEqual({ outcome: 'stopped' });
    expect(plant.valves.sent).toHaveLength(1);
    expect(await plant.pages()).toEqual(['kill-switch', 'kill-switch']);
    expect(await plant.intents()).toEqual({
      [`${A} incident`]: 'leaving kill-switch',
      [`${B} incident`]: 'blocked kill-switch',
    });

    await plant.stop(false);
    await plant.settle();
    expect(plant.valves.values).toMatchObject({ [A]: 1, [B]: 8 });
    expect(await plant.intents()).toEqual({
      [`${A} incident`]: 'closed released',
      [`${B} incident`]: 'open effective',
    });
  });

  it('does not touch what is true already', async () => {
    const plant = new Plant();
    await plant.ask(A, 1);
    await plant.ask(B, 8);
    await plant.stop(true);
    await plant.look();
    expect((await plant.intents())[`${A} incident`]).toBe('open effective');
    expect(await plant.pages()).toEqual(['kill-switch']);
  });

  it('stops within one step, and the operation in flight is watched to its end', async () => {
    const plant = new Plant();
    await plant.ask(A, 9);
    await plant.ask(B, 8);
    await plant.look();
    await plant.stop(true);
    await plant.clock.advance(60_000);
    expect(await plant.look()).toEqual({ outcome: 'stopped' });
    expect(await states(plant)).toEqual([`turn ${A} to 9 written`]);
    expect(plant.valves.sent).toHaveLength(1);
  });

  it('says nothing of what waits anyway', async () => {
    const plant = new Plant();
    plant.valves.isWaiting = true;
    await plant.stop(true);
    await plant.ask(A, 9);
    expect(await plant.look()).toEqual({ outcome: 'waiting' });
    expect(await plant.intents()).toEqual({ [`${A} incident`]: 'open' });
  });

  it('says nothing of what is back already', async () => {
    const plant = new Plant();
    await plant.ask(A, 9);
    await plant.settle();
    await plant.release(A);
    plant.valves.values[A] = 4;
    await plant.ask(B, 8);
    await plant.stop(true);
    await plant.look();
    expect(await plant.intents()).toEqual({
      [`${A} incident`]: 'closed released',
      [`${B} incident`]: 'blocked kill-switch',
    });
  });

  it('tells whoever looks from when a bake begins afresh', async () => {
    const plant = new Plant();
    plant.valves.faults = ['at-once'];
    plant.valves.bakeMs = 60_000;
    const from: (Date | undefined)[] = [];
    const look = plant.valves.look.bind(plant.valves);
    plant.valves.look = (values, asked) => {
      from.push(asked.goesOnFrom);
      return look(values, asked);
    };
    const at = plant.clock.now();
    await plant.store.transact(KILL_SWITCH.partition, [
      { kind: 'put', rowKey: KILL_SWITCH.rowKey, value: { on: false, at: at.toISOString() } },
    ]);
    await plant.ask(A, 9);
    await plant.look();
    expect(from).toEqual([undefined, at]);
  });

  it('says nothing where nothing would be written', async () => {
    const plant = new Plant();
    await plant.stop(true);
    expect(await plant.look()).toEqual({ outcome: 'settled' });
    await plant.ask(A, 1);
    expect(await plant.look()).toEqual({ outcome: 'settled' });
  });
});

describe('what a step has led to', () => {
  it('badly: what was written goes back, what it was for is not tried again, and people are called', async () => {
    const plant = new Plant();
    plant.valves.faults = ['at-once'];
    plant.valves.bakeMs = 60_000;
    await plant.ask(A, 9);
    await plant.ask(B, 8);
    await plant.look();
    plant.valves.bakeMs = 0;
    plant.valves.verdictOnStep = { outcome: 'failed', reason: 'errors' };
    await plant.clock.advance(60_000);
    await plant.settle();
    expect(plant.valves.values).toMatchObject({ [A]: 1, [B]: 2 });
    expect(await plant.pages()).toEqual(['errors']);
    expect(await plant.intents()).toEqual({ [`${A} incident`]: 'failed errors', [`${B} incident`]: 'failed errors' });
    expect(await plant.plans()).toMatchObject([{ state: 'gone-back' }]);
  });

  it('nobody can tell: it stands still until a person says go on', async () => {
    const plant = new Plant();
    plant.valves.faults = ['at-once', 'at-once'];
    plant.valves.bakeMs = 60_000;
    await plant.ask(A, 9);
    await plant.ask(B, 8);
    await plant.look();
    await plant.clock.advance(60_000);
    plant.valves.verdictOnStep = { outcome: 'inconclusive', reason: 'few-requests' };
    expect(await plant.look()).toEqual({ outcome: 'settled' });
    expect(await plant.look()).toEqual({ outcome: 'settled' });
    const [plan] = await plant.plans();
    expect(plan).toMatchObject({ state: 'paused', note: 'inconclusive:few-requests' });
    const paused = (await plant.records()).filter(({ kind }) => kind === 'paused');
    expect(paused.map(({ facts }) => facts)).toEqual([{ plan: plan?.id, reason: 'inconclusive:few-requests' }]);
    expect(plant.valves.sent).toEqual([`${A}=9`]);

    plant.valves.verdictOnStep = undefined;
    await holdPlan(plant.rows, PLANT, { ...word(plant, plan), hold: 'resume' });
    await plant.settle();
    expect(plant.valves.sent).toEqual([`${A}=9`, `${B}=8`]);
  });

  it('is nobody’s question while no plan is under way', async () => {
    const plant = new Plant();
    plant.valves.verdictOnStep = { outcome: 'failed', reason: 'errors' };
    await plant.ask(A, 9);
    await plant.look();
    expect(plant.valves.sent).toEqual([`${A}=9`]);
  });
});

describe('a service that never takes a step', () => {
  it('is asked so many times; then it is given up, people are called, and only another wish is tried', async () => {
    const plant = new Plant();
    plant.valves.maxAttempts = 3;
    plant.valves.faults = ['busy', 'busy', 'busy'];
    await plant.ask(A, 9);
    await plant.settle();
    const [plan] = await plant.plans();
    expect(plan).toMatchObject({ state: 'refused', note: 'control-plane-unavailable', journal: [{}, {}, {}] });
    expect(await plant.pages()).toEqual(['control-plane-unavailable']);
    expect(await plant.intents()).toEqual({ [`${A} incident`]: 'failed control-plane-unavailable' });
    await plant.settle();
    expect(plant.valves.sent).toEqual([]);

    await plant.ask(A, 7, { signals: ['newer'], asOf: '2030-01-01T00:00:00.000Z' });
    await plant.settle();
    expect(plant.valves.sent).toEqual([`${A}=7`]);
  });

  it('is not blamed on what was true before, and not asked again at each look', async () => {
    const plant = new Plant();
    plant.valves.maxAttempts = 1;
    plant.valves.faults = ['busy'];
    await plant.ask(A, 9);
    await plant.ask(B, 2);
    await plant.settle();
    expect((await plant.plans()).map(({ serves }) => serves.map(({ subject }) => subject))).toEqual([[A]]);
    expect((await plant.intents())[`${B} incident`]).toBe('open effective');
    await plant.settle();
    expect(plant.valves.sent).toEqual([]);
  });

  it('is asked again for another occasion, though the steps are the same', async () => {
    const plant = new Plant();
    plant.valves.maxAttempts = 1;
    plant.valves.faults = ['busy', 'busy'];
    await plant.ask(A, 9);
    await plant.settle();
    await plant.ask(A, 9, { cause: 'another' });
    await plant.settle();
    expect(await plant.intents()).toEqual({
      [`${A} incident`]: 'failed control-plane-unavailable',
      [`${A} another`]: 'failed control-plane-unavailable',
    });
    expect(await plant.pages()).toEqual(['control-plane-unavailable', 'control-plane-unavailable']);
  });

  it('but takes it the last time has taken it', async () => {
    const plant = new Plant();
    plant.valves.maxAttempts = 3;
    plant.valves.faults = ['busy', 'busy', 'works'];
    await plant.ask(A, 9);
    await plant.settle();
    expect(plant.valves.sent).toEqual([`${A}=9`]);
    expect(await plant.pages()).toEqual([]);
  });
});

describe('what people agreed to', () => {
  async function agreed(): Promise<{ plant: Plant; plan: Plan }> {
    const plant = new Plant();
    await plant.ask(A, 9, { mode: 'propose' });
    await plant.ask(B, 8, { mode: 'propose' });
    await plant.settle();
    const [plan] = await plant.plans();
    await approvePlan(plant.rows, PLANT, word(plant, plan));
    return { plant, plan: plan! };
  }

  it('is void when its time is over before it began', async () => {
    const { plant } = await agreed();
    await plant.clock.advance(HOUR_MS);
    await plant.settle();
    expect(plant.valves.sent).toEqual([]);
    expect((await plant.plans()).map(({ state }) => state)).toEqual(['expired']);
  });

  it('stands still half done when the facts move, and people are called: nothing is undone for its own sake', async () => {
    const { plant, plan } = await agreed();
    await plant.look();
    plant.valves.values[B] = 5;
    await plant.settle();
    expect(plant.valves.sent).toEqual([`${A}=9`]);
    expect(await plant.plans()).toMatchObject([{ id: plan.id, state: 'paused', note: 'plan-changed' }]);
    expect(await plant.pages()).toEqual(['plan-changed']);
    await plant.settle();
    expect(await plant.pages()).toEqual(['plan-changed']);

    await cancelPlan(plant.rows, PLANT, word(plant, plan));
    await plant.settle();
    expect(plant.valves.values[A]).toBe(1);
  });

  it('says nothing of what is asked for while it goes back: that waits for people of its own', async () => {
    const { plant, plan } = await agreed();
    await plant.look();
    await cancelPlan(plant.rows, PLANT, word(plant, plan));
    await plant.ask(A, 5, { mode: 'propose', signals: ['newer'] });
    await plant.settle();
    expect(plant.valves.sent).toEqual([`${A}=9`, `${A}=1`]);
    expect((await plant.rows.plan(PLANT, plan.id))?.state).toBe('gone-back');
    const waiting = (await plant.plans()).filter(({ state }) => state === 'waiting');
    expect(waiting).toMatchObject([{ steps: [{ to: { to: 5 } }], consent: { given: [] } }]);
  });

  it('is withdrawn when the facts move while its first write is not through', async () => {
    const { plant, plan } = await agreed();
    plant.valves.faults = ['stale'];
    plant.valves.onWrite = () => {
      plant.valves.onWrite = undefined;
      plant.valves.values[B] = 5;
      return Promise.resolve();
    };
    await plant.settle();
    expect(plant.valves.sent).toEqual([]);
    expect((await plant.plans()).map(({ state }) => state).toSorted()).toEqual(['superseded', 'waiting']);
    expect(await plant.kinds()).toEqual(['intent-opened', 'intent-opened', 'proposed', 'approved', 'held', 'proposed']);
    expect((await plant.rows.plan(PLANT, plan.id))?.state).toBe('superseded');
  });

  it('is done when all of it is written, and what is wanted then is another plan’s matter', async () => {
    const { plant, plan } = await agreed();
    let writes = 0;
    plant.valves.onWrite = async () => {
      writes += 1;
      if (writes === 2) {
        await plant.ask(A, 4, { cause: 'later', mode: 'propose', signals: ['later'] });
      }
    };
    await plant.settle();
    expect((await plant.rows.plan(PLANT, plan.id))?.state).toBe('done');
    expect((await plant.plans()).map(({ state }) => state).toSorted()).toEqual(['done', 'waiting']);
    expect(plant.valves.sent).toEqual([`${A}=9`, `${B}=8`]);
  });
});
