import { describe, expect, it } from 'vitest';

import { approvePlan, cancelPlan, holdPlan, rejectPlan } from '../../../../shared/reconcile/consent/plan-commands.ts';
import type { Plan } from '../../../../shared/reconcile/plan.ts';
import { A, B, Plant } from '../plant.ts';
import { PLANT } from '../valves-target.ts';

const HOUR_MS = 3_600_000;

async function proposed(more: Parameters<Plant['ask']>[2] = {}): Promise<{ plant: Plant; plan: Plan }> {
  const plant = new Plant();
  await plant.ask(A, 9, { mode: 'propose', ...more });
  await plant.settle();
  const [plan] = await plant.plans();
  return { plant, plan: plan! };
}

function say(plant: Plant, plan: Plan, by: string): Parameters<typeof approvePlan>[2] {
  return { plan: plan.id, digest: plan.digest, by, now: () => plant.clock.now() };
}

describe('a proposed plan', () => {
  it('changes nothing before somebody agrees, and then exactly what it says', async () => {
    const { plant, plan } = await proposed();
    expect(plan).toMatchObject({ state: 'waiting', steps: [{ to: { to: 9 } }] });
    expect(plant.valves.sent).toEqual([]);

    expect(await approvePlan(plant.rows, PLANT, say(plant, plan, 'bob'))).toMatchObject({ agreed: true });
    await plant.settle();

    expect(plant.valves.values[A]).toBe(9);
    expect((await plant.plans()).map(({ id, state }) => [id, state])).toEqual([[plan.id, 'done']]);
    expect(await plant.kinds()).toEqual(['intent-opened', 'proposed', 'approved', 'acted', 'plan-ended']);
  });

  it('is proposed once, however often it is looked at', async () => {
    const { plant } = await proposed();
    await plant.settle();
    await plant.settle();
    expect(await plant.kinds()).toEqual(['intent-opened', 'proposed']);
  });

  it('needs as many distinct people as its intents say, and none of those who asked', async () => {
    const { plant, plan } = await proposed({
      by: { person: 'Alice' },
      approvals: { needed: 2, withinMs: HOUR_MS },
    });
    await expect(approvePlan(plant.rows, PLANT, say(plant, plan, 'alice'))).rejects.toMatchObject({
      reason: 'self-approval',
    });
    expect(await approvePlan(plant.rows, PLANT, say(plant, plan, 'bob'))).toMatchObject({ agreed: false });
    expect(await approvePlan(plant.rows, PLANT, say(plant, plan, 'BOB'))).toMatchObject({ agreed: false });
    await plant.settle();
    expect(plant.valves.sent).toEqual([]);
    expect(await approvePlan(plant.rows, PLANT, say(plant, plan, 'carol'))).toMatchObject({ agreed: true });
    await plant.settle();
    expect(plant.valves.values[A]).toBe(9);
  });

  it('expires, and is not proposed again until its intents ask for something else', async () => {
    const { plant, plan } = await proposed({ approvals: { needed: 1, withinMs: HOUR_MS } });
    await plant.clock.advance(HOUR_MS);
    await expect(approvePlan(plant.rows, PLANT, say(plant, plan, 'bob'))).rejects.toMatchObject({
      reason: 'approval-expired',
    });
    await plant.settle();
    await plant.settle();
    expect((await plant.plans()).map(({ state }) => state)).toEqual(['expired']);

    await plant.ask(A, 5, { mode: 'propose', signals: ['other'], asOf: '2030-01-01T00:00:00.000Z' });
    await plant.settle();
    expect((await plant.plans()).map(({ state }) => state)).toEqual(['expired', 'waiting']);
  });

  it('is withdrawn when other steps are proposed in its place', async () => {
    const { plant } = await proposed();
    await plant.ask(A, 5, { mode: 'propose', signals: ['other'], asOf: '2030-01-01T00:00:00.000Z' });
    await plant.clock.advance(1_000);
    await plant.settle();
    expect((await plant.plans()).map(({ state }) => state)).toEqual(['superseded', 'waiting']);
    expect(await plant.kinds()).toEqual(['intent-opened', 'proposed', 'intent-opened', 'held', 'proposed']);
  });

  it('is withdrawn when nobody wants it any more', async () => {
    const { plant } = await proposed();
    await plant.release(A);
    await plant.settle();
    await plant.settle();
    expect((await plant.plans()).map(({ state }) => state)).toEqual(['superseded']);
  });

  it('that people agreed to is void when the facts have moved', async () => {
    const { plant, plan } = await proposed();
    await approvePlan(plant.rows, PLANT, say(plant, plan, 'bob'));
    plant.valves.values[A] = 4;
    await plant.clock.advance(1_000);
    await plant.settle();

    expect(plant.valves.sent).toEqual([]);
    expect((await plant.plans()).map(({ state }) => state)).toEqual(['superseded', 'waiting']);
  });

  it('takes a yes for its own digest only', async () => {
    const { plant, plan } = await proposed();
    const other = { ...say(plant, plan, 'bob'), digest: 'old' };
    await expect(approvePlan(plant.rows, PLANT, other)).rejects.toMatchObject({ reason: 'plan-changed' });
    await expect(approvePlan(plant.rows, PLANT, { ...other, plan: 'none' })).rejects.toMatchObject({
      reason: 'no-such-plan',
    });
  });

  it('that was declined is not tried again', async () => {
    const { plant, plan } = await proposed();
    await rejectPlan(plant.rows, PLANT, say(plant, plan, 'bob'));
    await plant.settle();
    expect((await plant.plans()).map(({ state }) => state)).toEqual(['rejected']);
    await expect(approvePlan(plant.rows, PLANT, say(plant, plan, 'carol'))).rejects.toMatchObject({
      reason: 'not-waiting',
    });
  });
});

describe('what people have declined, or not agreed to in time, after a service had refused something', () => {
  async function afterRefusal(): ReturnType<typeof proposed> {
    const found = await proposed({ approvals: { needed: 1, withinMs: HOUR_MS } });
    const refusedAt = found.plant.clock.now().toISOString();
    await found.plant.rows.save(PLANT, await found.plant.state(), { lane: { refusedAt } });
    return found;
  }

  it('is not tried again a quarter of an hour later', async () => {
    const { plant, plan } = await afterRefusal();
    await rejectPlan(plant.rows, PLANT, say(plant, plan, 'bob'));
    await plant.clock.advance(HOUR_MS);
    await plant.settle();
    expect((await plant.plans()).map(({ state }) => state)).toEqual(['rejected']);
    expect((await plant.state()).lane.refusedAt).toBeUndefined();
  });

  it('is not proposed again either', async () => {
    const { plant } = await afterRefusal();
    await plant.clock.advance(HOUR_MS);
    await plant.settle();
    await plant.settle();
    expect((await plant.plans()).map(({ state }) => state)).toEqual(['expired']);
    expect((await plant.state()).lane.refusedAt).toBeUndefined();
  });
});

describe('a running plan', () => {
  async function running(): Promise<{ plant: Plant; plan: Plan }> {
    const plant = new Plant();
    await plant.ask(A, 8);
    await plant.ask(B, 9);
    await plant.look();
    const [plan] = await plant.plans();
    return { plant, plan: plan! };
  }

  it('pauses between two writes and goes on', async () => {
    const { plant, plan } = await running();
    await holdPlan(plant.rows, PLANT, { ...say(plant, plan, 'bob'), hold: 'pause' });
    await plant.settle();
    expect(plant.valves.sent).toEqual([`${A}=8`]);

    await holdPlan(plant.rows, PLANT, { ...say(plant, plan, 'bob'), hold: 'resume' });
    await plant.settle();
    expect(plant.valves.sent).toEqual([`${A}=8`, `${B}=9`]);
  });

  it('that is cancelled goes back to what was there before', async () => {
    const { plant, plan } = await running();
    await cancelPlan(plant.rows, PLANT, say(plant, plan, 'bob'));
    await plant.settle();
    expect(plant.valves.values).toMatchObject({ [A]: 1, [B]: 2 });
    expect((await plant.plans()).map(({ state }) => state)).toEqual(['gone-back']);
  });

  it('refuses words that do not fit', async () => {
    const { plant, plan } = await running();
    const word = say(plant, plan, 'bob');
    await expect(approvePlan(plant.rows, PLANT, word)).rejects.toMatchObject({ reason: 'not-waiting' });
    await expect(holdPlan(plant.rows, PLANT, { ...word, hold: 'resume' })).rejects.toMatchObject({
      reason: 'wrong-state',
    });
    await plant.settle();
    await expect(cancelPlan(plant.rows, PLANT, word)).rejects.toMatchObject({
      reason: 'wrong-state',
      message: expect.stringContaining('is taken back by a command of its own (failback') as string,
    });
  });
});

describe('a parked plan that is no longer its target\u2019s own', () => {
  it('is cancelled without touching the plan that is, nor what that one serves', async () => {
    const { plant, plan } = await proposed();
    const target = PLANT;
    const old: Plan = { ...plan, id: 'old', state: 'parked' };
    await plant.rows.save(target, await plant.rows.load(target), { plan: old });
    await approvePlan(plant.rows, target, say(plant, plan, 'bob'));
    const running = { plan: { ...plan, state: 'running' as const }, lane: { activePlan: plan.id } };
    await plant.rows.save(target, await plant.rows.load(target), running);
    const before = await plant.rows.load(target);

    expect(await cancelPlan(plant.rows, target, say(plant, old, 'bob'))).toMatchObject({ state: 'cancelled' });
    const after = await plant.rows.load(target);
    expect([after.lane.activePlan, [...after.intents]]).toEqual([plan.id, [...before.intents]]);
  });
});
