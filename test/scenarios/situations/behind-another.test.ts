import { beforeEach, describe, expect, it } from 'vitest';

import { cancelPlan, holdPlan } from '../../../shared/reconcile/consent/plan-commands.ts';
import type { Plan } from '../../../shared/reconcile/plan.ts';
import { edgeTarget } from '../../../shared/targets/edge/index.ts';
import { EdgeStage } from './edge-stage.ts';

const ORIGINS = ['eastus2', 'northeurope', 'westus3', 'uksouth'].map((region) => ({
  ...{ region, weight: 500, capacity: 300 },
}));
const BAKE_MIN = 30;

let stage: EdgeStage;

function staged(approvals: object = {}, more: object = {}): void {
  stage = new EdgeStage({ origins: ORIGINS, policy: { approvals: 1, bakeSec: BAKE_MIN * 60, ...more } });
  stage.rule((before) => ({ approvals: { ...before.approvals, ...approvals } }));
}

async function minutes(count: number): Promise<void> {
  for (let minute = 0; minute < count; minute += 1) {
    await stage.pass(60);
    await stage.tick();
  }
}

/** A ramp that alice has asked for and bob has agreed to; its first step is written. */
async function ramping(): Promise<void> {
  await stage.command({ command: 'failover', origin: 'eastus2', steps: [250, 100] });
  await stage.approve('bob');
  await minutes(2);
  expect(stage.live()).toMatchObject({ eastus2: 250 });
}

async function plan(state: Plan['state']): Promise<Plan | undefined> {
  return (await stage.plans()).findLast((one) => one.state === state);
}

async function wish(of: string, cause?: string): Promise<{ readonly state: string; readonly note?: string }> {
  const found = (await stage.intents()).find(
    (one) => one.subject.endsWith(of) && (cause === undefined || one.cause === cause),
  );
  return { state: found?.state ?? 'none', ...(found?.note === undefined ? {} : { note: found.note }) };
}

async function say(word: typeof cancelPlan, state: Plan['state']): Promise<void> {
  const now = (): Date => stage.world.clock.now();
  await word(stage.cell.rows, edgeTarget(stage.world.edge), { plan: (await plan(state))?.id ?? '', by: 'bob', now });
  await stage.tick();
}

beforeEach(() => {
  staged();
});

describe('behind a plan with steps left', () => {
  it('a wish says what it waits for, and is asked for when that is over', async () => {
    await ramping();
    expect(await stage.command({ command: 'failover', origin: 'westus3' }, 'carol')).toMatchObject({
      ...{ decision: 'hold', reason: 'behind-plan' },
    });
    await minutes(2);
    expect(await wish('westus3')).toEqual({ state: 'blocked', note: 'behind-plan' });
    await minutes(3 * BAKE_MIN + 6);
    expect(stage.live()).toMatchObject({ eastus2: 'out', westus3: 500 });
    expect((await plan('waiting'))?.consent?.requesters).toEqual(['carol']);
    expect(await stage.pages()).toEqual([]);
  });

  it('an emergency that needs a yes is asked for at once', async () => {
    staged({ drain: 1 });
    await ramping();
    await stage.alert('eastus2');
    await minutes(1);
    expect(await stage.pages()).toEqual(['plan-changed']);
    await stage.approve('bob');
    expect(stage.live()).toMatchObject({ eastus2: 'out' });
  });

  it('an emergency calls people where a person has stopped the plan', async () => {
    staged({ drain: 1 });
    await ramping();
    await say((rows, target, command) => holdPlan(rows, target, { ...command, hold: 'pause' }), 'running');
    await stage.alert('eastus2');
    await minutes(2);
    expect(await wish('eastus2', 'region-bad')).toEqual({ state: 'blocked', note: 'behind-plan' });
    expect(await stage.pages()).toEqual(['behind-plan']);
  });

  it('a wish that joins the plan is its own once people have agreed to the new steps', async () => {
    staged({ drain: 1 });
    await ramping();
    await stage.alert('eastus2');
    await minutes(1);
    await stage.approve('bob');
    await minutes(2);
    expect(stage.live()).toMatchObject({ eastus2: 'out' });
    const drain = (await stage.intents()).find(({ cause }) => cause === 'region-bad');
    expect(drain).toMatchObject({ mode: 'enforce', isCarriedOut: true });
  });

  it('what needs nobody goes on without the plan, and nobody is asked', async () => {
    staged({ restore: 0 });
    await ramping();
    await stage.command({ command: 'failback', origin: 'eastus2' }, 'carol');
    await minutes(2);
    expect(stage.live()).toMatchObject({ eastus2: 500 });
    expect(await stage.pages()).toEqual([]);
  });
});

describe('an emergency that needs a yes, beside a way back by steps that needs none', () => {
  /** The way back of eastus2 is under way; westus3 turns bad. */
  async function beside(drain: number, more: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    staged({ drain, restore: 0 });
    await stage.command({ command: 'failover', origin: 'eastus2' });
    await stage.approve('bob');
    await minutes(BAKE_MIN + 2);
    await stage.command({ command: 'failback', origin: 'eastus2', steps: [100, 250] });
    await minutes(2);
    expect(stage.live()).toMatchObject({ eastus2: 100 });
    await more();
    await stage.alert('westus3');
    await minutes(1);
  }

  it('is asked for at once, and goes before it', async () => {
    await beside(1);
    expect(await plan('waiting')).toMatchObject({ steps: [{ isUrgent: true }, {}, {}] });
    await stage.approve('bob');
    expect(stage.live()).toMatchObject({ westus3: 'out' });
    expect(await plan('superseded')).toMatchObject({ note: 'overtaken' });
  });

  it('that a rule keeps back is not asked for with the steps of others', async () => {
    await beside(1, async () => {
      stage.rule(({ safety }) => ({ safety: { ...safety, minEnabled: 4 } }));
      await minutes(1);
    });
    expect(await wish('westus3')).toMatchObject({ state: 'blocked' });
    expect(await plan('waiting')).toBeUndefined();
  });

  it('that is over before anybody has agreed holds nothing up', async () => {
    await beside(1);
    await stage.recovered('westus3');
    await minutes(BAKE_MIN + 5);
    expect(stage.live()).toMatchObject({ eastus2: 250, westus3: 500 });
  });

  it('keeps its yeses: the way back waits for it', async () => {
    await beside(2);
    await stage.approve('bob');
    await minutes(BAKE_MIN + 5);
    expect(stage.live()).toMatchObject({ eastus2: 100, westus3: 500 });
    await stage.approve('carol');
    expect(stage.live()).toMatchObject({ westus3: 'out' });
  });

  it('passes it though room must be made first', async () => {
    await beside(1, async () => {
      stage.byHand('uksouth', { enabledState: 'Disabled' });
      stage.rule(({ safety }) => ({ safety: { ...safety, minEnabled: 3, allowStandby: true } }));
      await minutes(1);
    });
    await stage.approve('bob');
    await minutes(2);
    expect(stage.live()).toMatchObject({ uksouth: 500, westus3: 'out' });
  });

  it('does not end it while nothing may be written', async () => {
    await beside(1);
    await stage.killSwitch(true);
    await stage.approve('bob');
    await minutes(2);
    expect(await plan('running')).toBeDefined();
    await stage.killSwitch(false);
    await minutes(1);
    expect(stage.live()).toMatchObject({ westus3: 'out' });
  });

  it('leaves what others want as it is told, once', async () => {
    await beside(1, async () => {
      stage.rule(({ safety }) => ({ safety: { ...safety, minEnabled: 3 } }));
      await stage.command({ command: 'failover', origin: 'uksouth' }, 'carol');
    });
    await minutes(3);
    const before = (await stage.records('held', 'paged', 'proposed')).length;
    await minutes(15);
    expect((await stage.records('held', 'paged', 'proposed')).length).toBe(before);
  });

  it('is asked for though the way back was refused', async () => {
    staged({ drain: 1, restore: 0 });
    await stage.command({ command: 'failover', origin: 'eastus2' });
    await stage.approve('bob');
    await minutes(BAKE_MIN + 2);
    stage.world.arm.faults.set([{ on: 'PATCH *', status: 403, times: 1 }] as never);
    await stage.command({ command: 'failback', origin: 'eastus2' });
    await minutes(2);
    expect(await plan('refused')).toBeDefined();
    await stage.alert('westus3');
    await minutes(1);
    await stage.approve('bob');
    expect(stage.live()).toMatchObject({ westus3: 'out' });
  });
});

it('an emergency that joins a plan which asks anew calls people, has its own time, and is tried again', async () => {
  staged({ drain: 1, restore: 1 });
  await ramping();
  await stage.command({ command: 'failback', origin: 'eastus2' }, 'carol');
  await minutes(57);
  await stage.alert('westus3');
  await minutes(1);
  expect(await stage.pages()).toEqual(['plan-changed', 'plan-changed']);
  await minutes(30);
  expect(await plan('paused')).toMatchObject({ note: 'plan-changed' });
  await minutes(31);
  expect(await plan('paused')).toMatchObject({ note: 'approval-expired' });
  expect((await wish('westus3')).note).toMatch(/^approval-expired/);
  await minutes(6);
  expect(await wish('westus3')).toEqual({ state: 'blocked', note: 'behind-plan' });
  expect(await stage.pages()).toEqual(['plan-changed', 'plan-changed', 'approval-expired', 'behind-plan']);
});

it('what is out already waits behind nothing', async () => {
  staged({ drain: 1 });
  stage.byHand('westus3', { enabledState: 'Disabled' });
  await stage.alert('westus3');
  await minutes(1);
  await ramping();
  await minutes(5);
  expect(await stage.pages()).toEqual([]);
});

describe('behind a plan that bakes', () => {
  it('a yes does not run out', async () => {
    staged({}, { bakeSec: 70 * 60 });
    await stage.command({ command: 'failover', origin: 'eastus2' });
    await stage.approve('bob');
    await minutes(2);
    await stage.command({ command: 'failover', origin: 'westus3' }, 'carol');
    await stage.approve('bob');
    await minutes(62);
    expect(stage.live()).toMatchObject({ eastus2: 'out', westus3: 500 });
    await minutes(8);
    expect(stage.live()).toMatchObject({ eastus2: 'out', westus3: 'out' });
  });

  it('those who have asked for it are no requesters of the next one', async () => {
    await stage.command({ command: 'failover', origin: 'eastus2' });
    await stage.approve('carol');
    await minutes(2);
    await stage.command({ command: 'failover', origin: 'westus3' }, 'carol');
    await minutes(1);
    expect((await plan('waiting'))?.consent?.requesters).toEqual(['carol']);
  });

  it('what may not be written now does not end it', async () => {
    await stage.command({ command: 'failover', origin: 'eastus2' });
    await stage.approve('bob');
    await minutes(2);
    await stage.killSwitch(true);
    await stage.command({ command: 'drill', origin: 'westus3', durationSeconds: 600 });
    await minutes(2);
    expect(await plan('running')).toBeDefined();
    expect(await wish('westus3')).toEqual({ state: 'closed', note: 'kill-switch' });
  });

  it('a drill of what is just back, kept back, is over as any other', async () => {
    staged({ restore: 1 });
    await stage.command({ command: 'failover', origin: 'eastus2' });
    await stage.approve('bob');
    await minutes(BAKE_MIN + 2);
    await stage.command({ command: 'failback', origin: 'eastus2' });
    await stage.approve('bob');
    await minutes(2);
    expect(stage.live()).toMatchObject({ eastus2: 500 });
    await stage.killSwitch(true);
    await stage.command({ command: 'drill', origin: 'eastus2', durationSeconds: 600 }, 'carol');
    await minutes(2);
    expect((await stage.intents()).find(({ by }) => 'person' in by && by.person === 'carol')).toMatchObject({
      ...{ state: 'closed', note: 'kill-switch' },
    });
  });
});

describe('a plan that waits', () => {
  it('is for all who ask for it, and so is a no', async () => {
    await stage.command({ command: 'failover', origin: 'eastus2' });
    await stage.command({ command: 'failover', origin: 'eastus2' }, 'carol');
    await minutes(1);
    expect(await plan('waiting')).toMatchObject({ serves: [{}, {}], consent: { requesters: ['alice', 'carol'] } });
    await stage.reject('bob');
    await minutes(5);
    expect(await plan('waiting')).toBeUndefined();
  });

  it('is not for what others have let run out', async () => {
    await stage.command({ command: 'failover', origin: 'eastus2' });
    await minutes(61);
    await stage.command({ command: 'failover', origin: 'westus3' }, 'carol');
    await minutes(1);
    expect((await plan('waiting'))?.steps).toMatchObject([{ changes: [{ subject: stage.world.originId('westus3') }] }]);
  });

  it('is asked for again by an emergency that the kill switch has kept back', async () => {
    staged({ drain: 1 });
    await stage.killSwitch(true);
    await stage.alert('eastus2');
    await stage.approve('bob');
    await minutes(65);
    expect(await stage.pages()).toEqual(['kill-switch', 'approval-expired']);
    await stage.killSwitch(false);
    await minutes(1);
    await stage.approve('bob');
    expect(stage.live()).toMatchObject({ eastus2: 'out' });
  });
});

describe('weights that are reached', () => {
  beforeEach(async () => {
    staged({}, { bakeSec: 0 });
    await stage.command({ command: 'set-weights', weights: { northeurope: 700 } });
    await stage.approve('bob');
    await minutes(5);
  });

  it('stay when somebody says no to what another one wants', async () => {
    await stage.command({ command: 'failover', origin: 'westus3' }, 'carol');
    await minutes(1);
    await stage.reject('bob');
    await minutes(10);
    expect(stage.live()).toMatchObject({ northeurope: 700 });
    expect(await wish('westus3')).toEqual({ state: 'failed', note: 'declined' });
  });

  it('stay when a drill is cancelled, and what it has taken out is back', async () => {
    await stage.command({ command: 'drill', origin: 'westus3', durationSeconds: 3_600 }, 'carol');
    await minutes(2);
    expect(stage.live()).toMatchObject({ westus3: 'out' });
    await say(cancelPlan, 'running');
    await minutes(5);
    expect(stage.live()).toMatchObject({ northeurope: 700, westus3: 500 });
  });
});

it('a half-done plan that nobody has agreed to anew is over when nothing is left of it', async () => {
  await ramping();
  await stage.command({ command: 'failback', origin: 'eastus2' });
  stage.rule((before) => ({ approvals: { ...before.approvals, restore: 1 } }));
  await minutes(62);
  stage.byHand('eastus2', { weight: 500 });
  await minutes(10);
  expect(await plan('paused')).toBeUndefined();
});
