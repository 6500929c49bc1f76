import { describe, expect, it } from 'vitest';

import { EdgeStage } from './edge-stage.ts';

const BAKE = 600;

async function minutes(stage: EdgeStage, count: number): Promise<void> {
  for (let minute = 0; minute < count; minute += 1) {
    await stage.pass(60);
    await stage.tick();
  }
}

describe('a failback while the failover goes by steps', () => {
  async function halfWay(): Promise<EdgeStage> {
    const stage = new EdgeStage({ policy: { approvals: 1, bakeSec: BAKE } });
    stage.rule(({ approvals }) => ({ approvals: { ...approvals, restore: 1 } }));
    await stage.command({ command: 'failover', origin: 'eastus2', steps: [250, 100] });
    await stage.approve('bob');
    await minutes(stage, 2);
    expect(stage.live()).toMatchObject({ eastus2: 250 });
    await stage.command({ command: 'failback', origin: 'eastus2', reason: 'enough' }, 'carol');
    await minutes(stage, 1);
    return stage;
  }

  it('asks anew, and neither of those who asked may agree', async () => {
    const stage = await halfWay();
    expect(await stage.plans()).toMatchObject([
      { state: 'paused', note: 'plan-changed', consent: { requesters: ['alice', 'carol'], given: [] } },
    ]);
    await expect(stage.approve('alice')).rejects.toMatchObject({ reason: 'self-approval' });
    await expect(stage.approve('carol')).rejects.toMatchObject({ reason: 'self-approval' });
    await stage.approve('bob');
    await minutes(stage, BAKE / 60 + 2);
    expect(stage.live()).toMatchObject({ eastus2: 500 });
  });
});

it('a way back that people decline says so, until it is asked for again', async () => {
  const stage = new EdgeStage();
  stage.rule(({ approvals, mode }) => ({
    mode: { ...mode, restore: 'propose' },
    approvals: { ...approvals, restore: 1 },
  }));
  await stage.command({ command: 'failover', origin: 'eastus2' });
  await minutes(stage, 2);
  await stage.command({ command: 'failback', origin: 'eastus2' });
  await stage.reject('bob');
  await minutes(stage, 2);
  expect(await stage.intents()).toMatchObject([{ state: 'leaving', note: 'declined' }]);
  expect(await stage.command({ command: 'failback', origin: 'eastus2' })).toMatchObject({
    decision: 'pending-approval',
  });
  expect(await stage.intents()).toMatchObject([{ state: 'leaving', note: 'asked-for' }]);
});

describe('a failback by steps above the weight before the failover', () => {
  it('is refused and releases nothing, whatever weight a ramp has left', async () => {
    const stage = new EdgeStage();
    await stage.command({ command: 'failover', origin: 'eastus2', steps: [250] });
    await minutes(stage, 2);
    const refused = { decision: 'refuse', reason: 'above-baseline 500' };
    expect(await stage.command({ command: 'failback', origin: 'eastus2', steps: [250, 700] })).toMatchObject(refused);
    const dry = await stage.command({ command: 'failback', origin: 'eastus2', steps: [501], dryRun: true });
    expect(dry).toMatchObject(refused);
    await minutes(stage, 2);
    expect(stage.live()).toMatchObject({ eastus2: 'out' });
    expect(await stage.pages()).toEqual([]);
    await stage.command({ command: 'failback', origin: 'eastus2', steps: [250, 500] });
    await minutes(stage, 3);
    expect(stage.live()).toMatchObject({ eastus2: 500 });
  });

  it('counts from the weight that somebody has written by hand meanwhile', async () => {
    const stage = new EdgeStage();
    await stage.command({ command: 'failover', origin: 'eastus2', steps: [250] });
    await minutes(stage, 2);
    stage.byHand('eastus2', { weight: 800 });
    const steps = [700];
    expect(await stage.command({ command: 'failback', origin: 'eastus2', steps })).not.toMatchObject({
      ...{ decision: 'refuse' },
    });
  });
});

describe('weights that somebody else has set', () => {
  it('stay when what was out comes back', async () => {
    const stage = new EdgeStage();
    await stage.command({ command: 'set-weights', weights: { northeurope: 700 } }, 'carol');
    await minutes(stage, 2);
    await stage.command({ command: 'failover', origin: 'eastus2' });
    await minutes(stage, 2);
    expect(stage.live()).toMatchObject({ eastus2: 'out', northeurope: 700 });
    await stage.command({ command: 'failback', origin: 'eastus2' });
    await minutes(stage, 2);
    expect(stage.live()).toMatchObject({ eastus2: 500, northeurope: 700 });
    await stage.command({ command: 'failback', origin: 'northeurope' });
    await minutes(stage, 2);
    expect(stage.live()).toMatchObject({ northeurope: 500 });
  });

  it('go back with the last of the drains of their own command', async () => {
    const stage = new EdgeStage();
    await stage.command({ command: 'set-shares', shares: { eastus2: 0, northeurope: 3, westus3: 1 } });
    await minutes(stage, 2);
    expect(stage.live()).toEqual({ eastus2: 'out', northeurope: 750, westus3: 250 });
    await stage.command({ command: 'failback', origin: 'eastus2' });
    await minutes(stage, 2);
    expect(stage.live()).toEqual({ eastus2: 500, northeurope: 500, westus3: 500 });
  });

  it('go back as well where another drain of that command is on its way back already', async () => {
    const origins = ['eastus2', 'northeurope', 'westus3', 'uksouth'].map((region) => ({ region, weight: 500 }));
    const stage = new EdgeStage({ origins: origins.map((one) => ({ ...one, capacity: 300 })) });
    stage.rule(({ approvals, mode }) => ({
      mode: { ...mode, restore: 'propose' },
      approvals: { ...approvals, restore: 1 },
    }));
    await stage.command({ command: 'set-weights', weights: { eastus2: 0, westus3: 0, northeurope: 700 } });
    await minutes(stage, 2);
    await stage.command({ command: 'failback', origin: 'westus3' });
    await minutes(stage, 1);
    await stage.command({ command: 'failback', origin: 'eastus2' });
    await minutes(stage, 1);
    await stage.approve('bob');
    await minutes(stage, 3);
    expect(stage.live()).toEqual({ eastus2: 500, northeurope: 500, westus3: 500, uksouth: 500 });
  });
});
