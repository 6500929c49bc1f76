import { beforeEach, describe, expect, it } from 'vitest';

import { approvePlan, cancelPlan, holdPlan } from '../../../shared/reconcile/consent/plan-commands.ts';
import type { Plan } from '../../../shared/reconcile/plan.ts';
import { A, B, Plant } from './plant.ts';
import { PLANT } from './valves-target.ts';

const HOUR_MS = 3_600_000;
const BAKE_MS = 600_000;

describe('a plan that people agreed to, of which half is written when its other half changes', () => {
  let plant: Plant;
  let agreed: Plan;

  beforeEach(async () => {
    plant = new Plant();
    plant.valves.bakeMs = BAKE_MS;
    await plant.ask(A, 9, { mode: 'propose' });
    await plant.ask(B, 8, { mode: 'propose' });
    await plant.settle();
    agreed = await only();
    await approvePlan(plant.rows, PLANT, say(agreed, 'bob'));
    await pass(plant.valves.durationMs);
    await plant.ask(B, 7, { mode: 'propose' });
    await plant.settle();
  });

  const say = ({ id, digest }: Plan, by: string): Parameters<typeof approvePlan>[2] => ({
    plan: id,
    digest,
    by,
    now: () => plant.clock.now(),
  });

  async function only(): Promise<Plan> {
    const [plan, ...others] = await plant.plans();
    expect(others).toEqual([]);
    return plan!;
  }

  /** The first write is sent, and done. */
  async function pass(ms: number): Promise<void> {
    await plant.look();
    await plant.clock.advance(ms);
    await plant.look();
  }

  async function pages(): Promise<number> {
    return (await plant.kinds()).filter((kind) => kind === 'paged').length;
  }

  it('stands still, undoes nothing, calls people once and asks them for what is left', async () => {
    await plant.settle();
    const plan = await only();
    expect(plan).toMatchObject({ id: agreed.id, state: 'paused', note: 'plan-changed', revision: 2 });
    expect(plan.steps.map(({ to }) => to)).toEqual([{ to: 9 }, { to: 7 }]);
    expect(plan.consent?.given).toEqual([]);
    expect(plant.valves.sent).toEqual([`${A}=9`]);
    expect(await pages()).toBe(1);
  });

  it('goes on when they agree to the new steps, and to no others', async () => {
    const plan = await only();
    await expect(approvePlan(plant.rows, PLANT, say(agreed, 'carol'))).rejects.toMatchObject({
      reason: 'plan-changed',
    });
    expect(await approvePlan(plant.rows, PLANT, say(plan, 'carol'))).toMatchObject({ agreed: true });
    await plant.settle();
    expect(await only()).toMatchObject({ state: 'done' });
    expect(plant.valves.values).toMatchObject({ [A]: 9, [B]: 7 });
  });

  it('is not let go on by a word that approves nothing', async () => {
    const command = { ...say(agreed, 'alice'), hold: 'resume' } as const;
    await expect(holdPlan(plant.rows, PLANT, command)).rejects.toMatchObject({ reason: 'plan-changed' });
    await plant.settle();
    expect(plant.valves.sent).toHaveLength(1);
  });

  it('asks for the newest steps when they change once more, and calls nobody again', async () => {
    await plant.ask(B, 6, { mode: 'propose' });
    await plant.settle();
    const plan = await only();
    expect(plan).toMatchObject({ state: 'paused', revision: 3 });
    expect(await pages()).toBe(1);
    await approvePlan(plant.rows, PLANT, say(plan, 'carol'));
    await plant.settle();
    expect(plant.valves.values).toMatchObject({ [A]: 9, [B]: 6 });
  });

  it('calls people once when nobody has agreed in time, and asks for as long again on a word', async () => {
    await plant.clock.advance(HOUR_MS + 1);
    await plant.settle();
    await plant.settle();
    expect(await only()).toMatchObject({ state: 'paused', note: 'approval-expired' });
    expect(await pages()).toBe(2);
    const late = await only();
    await expect(approvePlan(plant.rows, PLANT, say(late, 'carol'))).rejects.toMatchObject({
      reason: 'approval-expired',
    });

    await holdPlan(plant.rows, PLANT, { ...say(late, 'alice'), hold: 'resume' });
    await plant.settle();
    expect(await only()).toMatchObject({ state: 'paused', note: 'plan-changed' });
    await approvePlan(plant.rows, PLANT, say(await only(), 'carol'));
    await plant.settle();
    expect(plant.valves.values).toMatchObject({ [A]: 9, [B]: 7 });
  });

  it('ends as done when nothing is left of it', async () => {
    await plant.release(B);
    await plant.settle();
    expect(await only()).toMatchObject({ state: 'done' });
    expect(plant.valves.values).toMatchObject({ [A]: 9, [B]: 2 });
  });

  it('goes back when it is cancelled', async () => {
    await cancelPlan(plant.rows, PLANT, say(await only(), 'alice'));
    await plant.settle();
    expect(await only()).toMatchObject({ state: 'gone-back' });
    expect(plant.valves.values).toMatchObject({ [A]: 1, [B]: 2 });
  });
});
