import { describe, expect, it } from 'vitest';

import { approvePlan, cancelPlan } from '../../../shared/reconcile/consent/plan-commands.ts';
import { A, B, Plant } from './plant.ts';
import { PLANT } from './valves-target.ts';

const HOUR_MS = 3_600_000;

describe('what people have agreed to', () => {
  it('holds when it is done, and its end is asked for anew', async () => {
    const plant = new Plant();
    await plant.ask(A, 9, { mode: 'propose', by: { person: 'alice' } });
    await plant.settle();
    const [plan] = await plant.plans();
    const now = (): Date => plant.clock.now();
    await approvePlan(plant.rows, PLANT, { plan: plan!.id, digest: plan!.digest, by: 'bob', now });
    await plant.settle();
    await plant.clock.advance(HOUR_MS);
    await plant.settle();
    expect(plant.valves.values[A]).toBe(9);
    expect([...(await plant.state()).intents.values()]).toMatchObject([{ mode: 'enforce', note: 'effective' }]);
    expect(plant.valves.sent).toHaveLength(1);
  });
});

describe('a parked plan', () => {
  it('is let go by a person, and the way back is tried anew', async () => {
    const plant = new Plant();
    plant.valves.faults = ['works', 'refused', 'refused'];
    await plant.ask(A, 9);
    await plant.ask(B, 8);
    await plant.settle();
    const [plan] = await plant.plans();
    expect(plan).toMatchObject({ state: 'parked', note: 'way-back-failed' });
    await plant.settle();
    expect(plant.valves.values[A]).toBe(9);

    const command = { plan: plan!.id, by: 'bob', now: () => plant.clock.now(), reason: 'looked at' };
    expect(await cancelPlan(plant.rows, PLANT, command)).toMatchObject({ state: 'cancelled' });
    await plant.settle();
    expect(plant.valves.values[A]).toBe(1);
  });
});

describe('limits', () => {
  it('an hour has so many writes, then people are called and it waits', async () => {
    const plant = new Plant();
    plant.valves.writesPerHour = 1;
    await plant.ask(A, 9);
    await plant.ask(B, 8);
    await plant.settle();
    expect(plant.valves.sent).toHaveLength(1);
    await plant.settle();
    expect((await plant.kinds()).filter((kind) => kind === 'paged')).toHaveLength(1);
    await plant.clock.advance(HOUR_MS);
    await plant.settle();
    expect(plant.valves.values).toMatchObject({ [A]: 9, [B]: 8 });
  });

  it('the way back is not counted: it must not stop half-way', async () => {
    const plant = new Plant();
    plant.valves.writesPerHour = 1;
    plant.valves.bakeMs = HOUR_MS / 2;
    await plant.ask(A, 9);
    await plant.look();
    await plant.clock.advance(plant.valves.durationMs);
    await plant.look();
    const [plan] = await plant.plans();
    await cancelPlan(plant.rows, PLANT, { plan: plan!.id, by: 'bob', now: () => plant.clock.now() });
    await plant.settle();
    expect(plant.valves.values[A]).toBe(1);
    expect((await plant.plans()).map(({ state }) => state)).toEqual(['gone-back']);
  });

  it('a write that takes longer than it should calls people once, and goes on', async () => {
    const plant = new Plant();
    plant.valves.durationMs = 300_000;
    plant.valves.expectedMs = 60_000;
    await plant.ask(A, 9);
    await plant.look();
    for (let minute = 0; minute < 4; minute += 1) {
      await plant.clock.advance(60_000);
      await plant.look();
    }
    expect((await plant.kinds()).filter((kind) => kind === 'paged')).toHaveLength(1);
    await plant.settle();
    expect(plant.valves.values[A]).toBe(9);
  });
});
