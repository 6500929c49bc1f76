import { describe, expect, it } from 'vitest';

import { A, B, ELSEWHERE, Plant } from './plant.ts';
import { OTHER_PLANT } from './valves-target.ts';

describe('standing intents', () => {
  it('hold until they are released, and then leave what was there before', async () => {
    const plant = new Plant();
    await plant.ask(A, 9);
    await plant.settle();
    expect(plant.valves.values[A]).toBe(9);
    expect([...(await plant.state()).intents.values()][0]).toMatchObject({ state: 'open', note: 'effective' });
    expect((await plant.state()).lane.fields).toMatchObject([{ subject: A, baseline: { to: 1 }, written: { to: 9 } }]);

    await plant.release(A);
    await plant.settle();

    expect(plant.valves.values[A]).toBe(1);
    expect([...(await plant.state()).intents.values()][0]).toMatchObject({ state: 'closed', note: 'released' });
    expect((await plant.state()).lane.fields).toEqual([]);
    expect((await plant.plans()).map(({ state }) => state)).toEqual(['done', 'done']);
  });

  it('are written step by step in one plan, each step after its bake', async () => {
    const plant = new Plant();
    plant.valves.bakeMs = 300_000;
    await plant.ask(A, 8);
    await plant.ask(B, 9);
    const began = plant.clock.now().getTime();
    await plant.settle();

    expect(plant.valves.sent).toEqual([`${A}=8`, `${B}=9`]);
    expect(plant.clock.now().getTime() - began).toBeGreaterThanOrEqual(2 * 60_000 + 2 * 300_000);
    const [plan, ...more] = await plant.plans();
    expect(more).toEqual([]);
    expect(plan).toMatchObject({ state: 'done', steps: [{ id: A }, { id: B }], journal: [{}, {}] });
  });

  it('do nothing when looked at again', async () => {
    const plant = new Plant();
    await plant.ask(A, 9);
    await plant.settle();
    const { revision } = (await plant.state()).head;
    await plant.settle();
    expect((await plant.state()).head.revision).toBe(revision);
  });

  it('keep the first baseline when a second one takes over before the first is released', async () => {
    const plant = new Plant();
    await plant.ask(A, 5);
    await plant.settle();
    await plant.ask(A, 7, { signals: ['newer'], asOf: '2030-01-01T00:00:00.000Z' });
    await plant.settle();
    await plant.release(A);
    await plant.settle();
    expect(plant.valves.values[A]).toBe(1);
  });
});

describe('a long operation', () => {
  it('is resumed by whoever looks next, and never sent again', async () => {
    const plant = new Plant();
    await plant.ask(A, 9);
    await plant.look();
    await plant.clock.advance(30_000);
    expect(await plant.look()).toEqual({ outcome: 'waiting', wakeInMs: 30_000 });
    await plant.clock.advance(30_000);
    expect(await plant.look()).toEqual({ outcome: 'settled' });
    expect(plant.valves.sent).toHaveLength(1);
  });

  it('is gone on with at once, because nobody holds it once it is accepted, and keeps the channel all the while', async () => {
    const plant = new Plant();
    await plant.ask(A, 9);
    await plant.look();
    await plant.clock.advance(5_000);
    expect(await plant.look()).toEqual({ outcome: 'waiting', wakeInMs: 55_000 });
    expect((await plant.look(OTHER_PLANT)).outcome).toBe('busy');
  });

  it.each([
    ['lost-operation', 1],
    ['lost-answer-applied', 1],
    ['lost-answer', 1],
  ] as const)('whose trace is gone (%s) is settled by reading', async (fault, sends) => {
    const plant = new Plant();
    plant.valves.faults = [fault];
    await plant.ask(A, 9);
    await plant.look().catch(() => undefined);
    await plant.clock.advance(10_000);
    await plant.settle();
    expect(plant.valves.values[A]).toBe(9);
    expect(plant.valves.sent).toHaveLength(sends);
  });

  it('that fails takes the plan back, and what failed is not tried again', async () => {
    const plant = new Plant();
    await plant.ask(A, 8);
    await plant.ask(B, 9);
    plant.valves.faults = ['works', 'fails'];
    await plant.settle();

    expect(plant.valves.values).toMatchObject({ [A]: 1, [B]: 2 });
    expect((await plant.plans()).map(({ state }) => state)).toEqual(['gone-back']);
    const sends = plant.valves.sent.length;
    await plant.settle();
    expect(plant.valves.sent).toHaveLength(sends);
    expect(await plant.kinds()).toContain('plan-ended');
  });

  it('that fails on the way back stops, keeps the target and pages', async () => {
    const plant = new Plant();
    await plant.ask(A, 8);
    await plant.ask(B, 9);
    plant.valves.faults = ['works', 'fails', 'refused'];
    await plant.settle();

    expect(await plant.kinds()).toContain('paged');
    expect((await plant.state()).lane.activePlan).toBeDefined();
    const sends = plant.valves.sent.length;
    await plant.settle();
    expect(plant.valves.sent).toHaveLength(sends);
  });

  it('keeps its channel from other targets until it is over', async () => {
    const plant = new Plant();
    await plant.ask(A, 9);
    await plant.ask(ELSEWHERE, 9);
    await plant.look();
    expect((await plant.look(OTHER_PLANT)).outcome).toBe('busy');
    expect(plant.valves.sent).toEqual([`${A}=9`]);
    await plant.clock.advance(60_000);
    await plant.settle();
    await plant.settle(OTHER_PLANT);
    expect(plant.valves.values).toMatchObject({ [A]: 9, [ELSEWHERE]: 9 });
  });
});

describe('a target whose channel is taken', () => {
  it('is looked at again by one message at a time, however long the write takes and whoever asks', async () => {
    const plant = new Plant();
    plant.valves.durationMs = 600_000;
    await plant.ask(A, 9);
    await plant.look();
    await plant.ask(ELSEWHERE, 4);
    expect(await plant.look(OTHER_PLANT)).toEqual({ outcome: 'busy', wakeInMs: 6_000 });
    expect(await plant.look(OTHER_PLANT)).toEqual({ outcome: 'busy' });

    await plant.clock.advance(30_000);
    expect(await plant.look(OTHER_PLANT)).toEqual({ outcome: 'busy', wakeInMs: 6_000 });
    expect(await plant.look(OTHER_PLANT)).toEqual({ outcome: 'busy' });
    await plant.clock.advance(6_000);
    expect(await plant.look(OTHER_PLANT)).toEqual({ outcome: 'busy', wakeInMs: 6_000 });
  });
});
