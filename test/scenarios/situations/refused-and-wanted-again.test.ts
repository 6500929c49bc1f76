import { describe, expect, it } from 'vitest';

import { EdgeStage } from './edge-stage.ts';

const WHOLE = { eastus2: 500, northeurope: 500, westus3: 500 };
const DRAINED = { ...WHOLE, eastus2: 'out' };
const SICK = [{ region: 'eastus2', healthy: false, weight: 500, capacity: 300 }, ...others()];

function others(): readonly object[] {
  return ['northeurope', 'westus3'].map((region) => ({ region, weight: 500, capacity: 300 }));
}

async function ticks(stage: EdgeStage, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    await stage.pass(60);
    await stage.tick();
  }
}

async function states(stage: EdgeStage): Promise<readonly string[]> {
  return (await stage.plans()).map(({ state }) => state);
}

describe('a drain that the service refuses', () => {
  it('is tried again after 5 minutes, and after 10 more', async () => {
    const stage = new EdgeStage();
    stage.world.arm.faults.set([{ on: 'PATCH *', status: 403, times: 2 }] as never);
    await stage.alert('eastus2');
    await ticks(stage, 4);
    expect(await states(stage)).toEqual(['refused']);
    await ticks(stage, 1);
    expect(await states(stage)).toEqual(['refused', 'refused']);
    await ticks(stage, 9);
    expect(stage.live()).toEqual(WHOLE);
    await ticks(stage, 1);
    expect(await states(stage)).toEqual(['refused', 'refused', 'done']);
    expect(stage.live()).toEqual(DRAINED);
    expect(await stage.pages()).toHaveLength(2);
  });

  it('counts anew when the region is bad another time', async () => {
    const stage = new EdgeStage();
    stage.world.arm.faults.set([{ on: 'PATCH *', status: 403, times: 1 }] as never);
    await stage.alert('eastus2');
    await ticks(stage, 6);
    await stage.recovered('eastus2');
    await ticks(stage, 5);
    expect(stage.live()).toEqual(WHOLE);
    stage.world.arm.faults.set([{ on: 'PATCH *', status: 403, times: 1 }] as never);
    await stage.alert('eastus2', { alertId: 'another' });
    await ticks(stage, 5);
    expect(stage.live()).toEqual(DRAINED);
  });
});

describe('what a person wanted, and other people did not', () => {
  it('was declined: the region is left all the same when it is bad', async () => {
    const stage = new EdgeStage({ origins: SICK, policy: { approvals: 1 } });
    await stage.command({ command: 'failover', origin: 'eastus2' });
    await stage.reject('bob');
    await stage.alert('eastus2');
    expect(stage.live()).toEqual(DRAINED);
  });

  it('nobody has answered: the region is left all the same when it is bad', async () => {
    const stage = new EdgeStage({ origins: SICK, policy: { approvals: 1 } });
    await stage.command({ command: 'failover', origin: 'eastus2' });
    await ticks(stage, 61);
    expect(await states(stage)).toEqual(['expired']);
    await stage.alert('eastus2');
    expect(stage.live()).toEqual(DRAINED);
  });
});

describe('an emergency that people must agree to', () => {
  async function proposed(): Promise<EdgeStage> {
    const stage = new EdgeStage();
    stage.rule(({ approvals }) => ({ approvals: { ...approvals, drain: 1 } }));
    await stage.alert('eastus2');
    return stage;
  }

  it('is asked for again while the region is bad and nobody answers', async () => {
    const stage = await proposed();
    await ticks(stage, 60);
    expect(await states(stage)).toEqual(['expired']);
    await ticks(stage, 4);
    expect(await states(stage)).toEqual(['expired']);
    await ticks(stage, 1);
    expect(await states(stage)).toEqual(['expired', 'waiting']);
    await stage.approve('bob');
    expect(stage.live()).toEqual(DRAINED);
  });

  it('is asked for again after a while where somebody said no', async () => {
    const stage = await proposed();
    await stage.reject('bob');
    await ticks(stage, 4);
    expect(await states(stage)).toEqual(['rejected']);
    await ticks(stage, 1);
    expect(await states(stage)).toEqual(['rejected', 'waiting']);
  });

  it('is asked for no more when the region is well', async () => {
    const stage = await proposed();
    await stage.recovered('eastus2');
    await ticks(stage, 120);
    expect(await states(stage)).toEqual(['superseded']);
  });
});
