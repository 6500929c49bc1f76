import { beforeEach, describe, expect, it } from 'vitest';

import { approvePlan } from '../../../../shared/reconcile/consent/plan-commands.ts';
import type { Plan } from '../../../../shared/reconcile/plan.ts';
import { A, B, Plant } from '../plant.ts';
import { PLANT } from '../valves-target.ts';

const APPROVALS = { needed: 2, withinMs: 3_600_000 };

describe('somebody who has agreed to a plan is no longer an approver', () => {
  let plant: Plant;

  beforeEach(async () => {
    plant = new Plant();
    plant.valves.bakeMs = 600_000;
    await plant.ask(A, 9, { mode: 'propose', approvals: APPROVALS });
    await plant.ask(B, 8, { mode: 'propose', approvals: APPROVALS });
    await plant.settle();
  });

  async function only(): Promise<Plan> {
    const [plan, ...others] = await plant.plans();
    expect(others).toEqual([]);
    return plan!;
  }

  async function approve(by: string): Promise<void> {
    const { id, digest } = await only();
    await approvePlan(plant.rows, PLANT, { plan: id, digest, by, now: () => plant.clock.now() });
  }

  async function pages(): Promise<number> {
    return (await plant.kinds()).filter((kind) => kind === 'paged').length;
  }

  /** The first write is sent, and done. */
  async function begin(): Promise<void> {
    await approve('bob');
    await approve('carol');
    await plant.look();
    await plant.clock.advance(plant.valves.durationMs);
    await plant.look();
  }

  it('before it begins: it waits for one more', async () => {
    await approve('bob');
    plant.dismissed.add('bob');
    await approve('carol');
    await plant.settle();
    expect(await only()).toMatchObject({ state: 'waiting' });
    expect(plant.valves.sent).toEqual([]);

    await approve('dave');
    await plant.settle();
    expect(await only()).toMatchObject({ state: 'done' });
  });

  it('half-way: it stands still, undoes nothing, calls people once and keeps what still counts', async () => {
    await begin();
    plant.dismissed.add('bob');
    await plant.settle();
    await plant.settle();
    expect(plant.valves.sent).toEqual([`${A}=9`]);
    const plan = await only();
    expect(plan).toMatchObject({ state: 'paused' });
    expect(plan.consent?.given.map(({ by }) => by)).toEqual(['carol']);
    expect(await pages()).toBe(1);
  });

  it('half-way: it goes on when somebody else agrees in their place', async () => {
    await begin();
    plant.dismissed.add('bob');
    await plant.settle();
    await approve('dave');
    await plant.settle();
    expect(await only()).toMatchObject({ state: 'done' });
    expect(plant.valves.values).toMatchObject({ [A]: 9, [B]: 8 });
  });

  it('is nothing to a plan that enough others agree to', async () => {
    await begin();
    plant.dismissed.add('dave');
    await plant.settle();
    expect(await only()).toMatchObject({ state: 'done' });
    expect(await pages()).toBe(0);
  });
});
