import { describe, expect, it } from 'vitest';

import { cancelPlan, holdPlan } from '../../../shared/reconcile/consent/plan-commands.ts';
import type { Plan } from '../../../shared/reconcile/plan.ts';
import { edgeTarget } from '../../../shared/targets/edge/index.ts';
import { EdgeStage } from './edge-stage.ts';

const ORIGINS = ['eastus2', 'northeurope', 'westus3', 'uksouth', 'centralus'].map((region) => ({
  ...{ region, weight: 500, capacity: 300 },
}));
const BAKE_MIN = 30;

/** Of all but uksouth, which stands by, none can go out. */
function staged(approvals: object, scenario: object = {}): EdgeStage {
  const stage = new EdgeStage({ origins: ORIGINS, policy: { approvals: 1, bakeSec: BAKE_MIN * 60 }, ...scenario });
  stage.rule((before) => ({ approvals: { ...before.approvals, restore: 1, ...approvals } }));
  stage.byHand('uksouth', { enabledState: 'Disabled' });
  return stage;
}

async function minutes(stage: EdgeStage, count: number): Promise<void> {
  for (let minute = 0; minute < count; minute += 1) {
    await stage.pass(60);
    await stage.tick();
  }
}

/** The way back of eastus2 by steps, to which bob has agreed; the first is written. */
async function comingBack(stage: EdgeStage): Promise<void> {
  await stage.command({ command: 'failover', origin: 'eastus2' });
  await stage.approve('bob');
  await minutes(stage, BAKE_MIN + 2);
  await stage.command({ command: 'failback', origin: 'eastus2', steps: [100, 250] });
  if (stage.world.edge.policy.approvals.restore > 0) {
    await stage.approve('bob');
  }
  await minutes(stage, 2);
  expect(stage.live()).toMatchObject({ eastus2: 100, uksouth: 'out' });
  stage.rule(({ safety }) => ({ safety: { ...safety, minEnabled: 4, allowStandby: true } }));
}

const PASSED = { eastus2: 100, northeurope: 500, centralus: 500, westus3: 'out', uksouth: 500 };

async function plan(stage: EdgeStage, state: Plan['state']): Promise<Plan | undefined> {
  return (await stage.plans()).findLast((one) => one.state === state);
}

async function say(stage: EdgeStage, hold: 'pause' | 'resume'): Promise<void> {
  const id = (await plan(stage, hold === 'pause' ? 'running' : 'paused'))?.id ?? '';
  const word = { plan: id, by: 'bob', now: () => stage.world.clock.now() };
  await holdPlan(stage.cell.rows, edgeTarget(stage.world.edge), { ...word, hold });
  await stage.tick();
}

describe('an emergency that needs nobody, and for which room must be made first,', () => {
  it('passes a plan that a person has stopped', async () => {
    const stage = staged({ drain: 0 });
    await comingBack(stage);
    await say(stage, 'pause');
    await stage.alert('westus3');
    await minutes(stage, 2);
    expect(stage.live()).toEqual(PASSED);
    expect(await plan(stage, 'paused')).toBeDefined();
    expect(await stage.pages()).toEqual([]);
  });

  it('passes a plan that people are asked about anew, and the rest waits for them', async () => {
    const stage = staged({ drain: 0 });
    await comingBack(stage);
    await stage.alert('westus3');
    await minutes(stage, 3);
    expect(stage.live()).toEqual(PASSED);
    expect(await plan(stage, 'paused')).toMatchObject({ note: 'plan-changed' });
    await stage.approve('bob');
    await minutes(stage, 2);
    expect(stage.live()).toMatchObject({ eastus2: 250 });
  });

  it('does not wait for a bake', async () => {
    const stage = staged({ drain: 0, restore: 0 });
    await comingBack(stage);
    await stage.alert('westus3');
    await minutes(stage, 1);
    expect(stage.live()).toMatchObject({ uksouth: 500, westus3: 'out' });
  });

  it('says in its steps what they are for', async () => {
    const stage = staged({ drain: 1 });
    stage.rule(({ safety }) => ({ safety: { ...safety, minEnabled: 4, allowStandby: true } }));
    await stage.alert('westus3');
    expect((await plan(stage, 'waiting'))?.steps.map(({ title }) => title)).toEqual([
      'uksouth: back in, to make room for westus3',
      expect.stringMatching(/^westus3: out/),
    ]);
  });

  it('is not the fault of the plan that it passes when the room cannot be made', async () => {
    const stage = staged({ drain: 0 });
    await comingBack(stage);
    await say(stage, 'pause');
    stage.world.arm.faults.set([{ on: 'PATCH *', status: 403, times: 1 }] as never);
    await stage.alert('westus3');
    await minutes(stage, 1);
    expect(await plan(stage, 'paused')).toBeDefined();
    expect((await stage.intents()).find(({ cause }) => cause === 'region-bad')).toMatchObject({ state: 'failed' });
    expect(await stage.pages()).toHaveLength(1);
  });
});

it('what comes back by steps is no room for others: it stays at its step while its plan stands still', async () => {
  const capacities: Readonly<Record<string, number>> = { eastus2: 300, northeurope: 300, westus3: 300, uksouth: 600 };
  const origins = Object.entries(capacities).map(([region, capacity]) => ({ region, weight: 500, capacity }));
  const policy = { approvals: 1, bakeSec: 600, redistribute: 'capacity' };
  const stage = new EdgeStage({ origins, policy, load: 700 });
  stage.rule(({ approvals }) => ({ approvals: { ...approvals, drain: 0, restore: 1 } }));
  await stage.command({ command: 'failover', origin: 'eastus2', steps: [250, 100] });
  await stage.approve('bob');
  await minutes(stage, 120);
  await stage.command({ command: 'failback', origin: 'eastus2', steps: [100, 250] });
  await stage.approve('bob');
  await minutes(stage, 2);
  const before = stage.live();
  await say(stage, 'pause');
  await stage.alert('westus3');
  await minutes(stage, 3);
  expect(stage.live()['eastus2']).toBe(before['eastus2']);
});

describe('an emergency that needs a yes, and for which room must be made first,', () => {
  it('makes none before people have agreed', async () => {
    const stage = staged({ drain: 1 });
    await comingBack(stage);
    await stage.alert('westus3');
    await minutes(stage, 2);
    expect(stage.live()).toMatchObject({ westus3: 500, uksouth: 'out' });
    await stage.approve('bob');
    await minutes(stage, 2);
    expect(stage.live()).toMatchObject({ westus3: 'out', uksouth: 500 });
  });

  it('makes none by a pin of another, which needs no yes', async () => {
    const stage = staged({ drain: 1 });
    await comingBack(stage);
    await stage.command({ command: 'pin', origin: 'northeurope', state: 'in' }, 'carol');
    stage.rule(() => ({ redistribute: 'capacity' }));
    await stage.alert('westus3');
    await minutes(stage, 5);
    expect(stage.live()).toMatchObject({ northeurope: 500, westus3: 500, uksouth: 'out' });
  });
});

describe('an emergency that cannot pass a plan which stands still', () => {
  it('calls people where a step of the plan itself must go first', async () => {
    // What westus3 leaves is too much for two, and eastus2 takes its part with its next weights only.
    const stage = staged({ drain: 0 }, { load: 700 });
    await comingBack(stage);
    stage.rule(({ safety }) => ({ safety: { ...safety, minEnabled: 1, allowStandby: false } }));
    await say(stage, 'pause');
    await stage.alert('westus3');
    await minutes(stage, 5);
    expect(stage.live()).toMatchObject({ eastus2: 100, westus3: 500 });
    expect(await stage.pages()).toEqual(['behind-plan']);
    await say(stage, 'resume');
    await stage.approve('bob');
    await minutes(stage, 2 * BAKE_MIN);
    expect(stage.live()).toMatchObject({ westus3: 'out' });
  });

  it('calls people once where the plan is parked', async () => {
    const stage = staged({ drain: 0 });
    await comingBack(stage);
    stage.world.arm.faults.set([{ on: 'PATCH *', status: 403, times: 1 }] as never);
    const now = (): Date => stage.world.clock.now();
    const word = { plan: (await plan(stage, 'running'))?.id ?? '', by: 'bob', now };
    await cancelPlan(stage.cell.rows, edgeTarget(stage.world.edge), word);
    await minutes(stage, 1);
    expect(await plan(stage, 'parked')).toBeDefined();
    const before = await stage.pages();
    stage.rule(({ safety }) => ({ safety: { ...safety, minEnabled: 3 } }));
    await stage.alert('westus3');
    await minutes(stage, 5);
    expect(await stage.pages()).toEqual([...before, 'behind-plan']);
    expect(stage.live()).toMatchObject({ westus3: 500 });
    await cancelPlan(stage.cell.rows, edgeTarget(stage.world.edge), {
      ...{ plan: (await plan(stage, 'parked'))?.id ?? '', by: 'bob', now },
    });
    await minutes(stage, 3);
    expect(stage.live()).toMatchObject({ westus3: 'out', eastus2: 'out', uksouth: 500 });
  });
});
