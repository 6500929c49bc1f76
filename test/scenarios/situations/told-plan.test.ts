import { beforeEach, describe, expect, it } from 'vitest';

import { EdgeStage } from './edge-stage.ts';

let stage: EdgeStage;

function staged(scenario: object = {}): void {
  stage = new EdgeStage({ policy: { approvals: 1 }, ...scenario });
  stage.rule(({ approvals, mode }) => ({
    mode: { ...mode, restore: 'propose' },
    approvals: { ...approvals, restore: 1 },
  }));
}

async function failedOver(): Promise<void> {
  await stage.command({ command: 'failover', origin: 'eastus2' });
  await stage.approve('bob');
}

beforeEach(() => {
  staged();
});

describe('the plan that a failback names', () => {
  it('is not the failover itself, whose write is under way', async () => {
    staged({ arm: [{ on: 'PATCH *', lroSec: 60 }] });
    await failedOver();
    expect((await stage.plans()).map(({ state }) => state)).toEqual(['running']);
    const told = await stage.command({ command: 'failback', origin: 'eastus2' });
    expect(told).toMatchObject({ decision: 'pending-approval' });
    expect([told.plan, told.digest]).toEqual([undefined, undefined]);
    await stage.pass(120);
    const [, back] = await stage.plans();
    expect(await stage.command({ command: 'failback', origin: 'eastus2' })).toMatchObject({
      ...{ plan: back?.id, digest: back?.digest },
    });
  });

  it('is the one that asks anew in the middle of the ramp', async () => {
    staged({ policy: { approvals: 1, bakeSec: 600 } });
    await stage.command({ command: 'failover', origin: 'eastus2', steps: [250, 100] });
    await stage.approve('bob');
    await stage.pass(60);
    const told = await stage.command({ command: 'failback', origin: 'eastus2' });
    const [ramp] = await stage.plans();
    expect(ramp).toMatchObject({ state: 'paused', note: 'plan-changed' });
    expect(told).toMatchObject({ decision: 'pending-approval', plan: ramp?.id, digest: ramp?.digest });
  });

  it('is the way back that is under way, when it is asked for again', async () => {
    staged({ arm: [{ on: 'PATCH *', lroSec: 60 }] });
    await failedOver();
    await stage.pass(3_000);
    await stage.command({ command: 'failback', origin: 'eastus2' });
    await stage.approve('bob');
    const back = (await stage.plans()).at(-1);
    expect(back).toMatchObject({ state: 'running', steps: [{ to: { eastus2: { enabled: true } } }] });
    expect(await stage.command({ command: 'failback', origin: 'eastus2' })).toMatchObject({ plan: back?.id });
  });
});

describe('what keeps a way back from being asked for', () => {
  async function keptBack(by: 'pin' | 'hold'): Promise<void> {
    await failedOver();
    await stage.pass(3_000);
    await stage.command(by === 'pin' ? { command: by, origin: 'eastus2', state: 'out' } : { command: by }, 'carol');
    expect(await stage.command({ command: 'failback', origin: 'eastus2' })).not.toHaveProperty('plan');
  }

  it.each<['unpin' | 'unhold', 'pin' | 'hold']>([
    ['unpin', 'pin'],
    ['unhold', 'hold'],
  ])('tells at the %s which plan waits for a yes', async (command, by) => {
    await keptBack(by);
    const told = await stage.command(command === 'unpin' ? { command, origin: 'eastus2' } : { command }, 'carol');
    const plan = (await stage.plans()).at(-1);
    expect(plan).toMatchObject({ state: 'waiting', steps: [{ to: { eastus2: { enabled: true } } }] });
    expect(told).toMatchObject({
      ...{ decision: 'pending-approval', reason: 'approvals', plan: plan?.id, digest: plan?.digest },
    });
  });

  it('tells nothing of a plan for another origin', async () => {
    await stage.command({ command: 'pin', origin: 'northeurope', state: 'in' }, 'carol');
    await stage.command({ command: 'failover', origin: 'eastus2' });
    expect((await stage.plans()).map(({ state }) => state)).toEqual(['waiting']);
    const told = await stage.command({ command: 'unpin', origin: 'northeurope' }, 'carol');
    expect(told).toMatchObject({ decision: 'restore', reason: 'released' });
    expect(told.plan).toBeUndefined();
  });
});
