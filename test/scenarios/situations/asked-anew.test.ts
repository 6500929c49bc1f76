import { describe, expect, it } from 'vitest';

import { EdgeStage } from './edge-stage.ts';

const WHOLE = { eastus2: 500, northeurope: 500, westus3: 500 };
const DRAINED = { ...WHOLE, eastus2: 'out' };
const FORBIDDEN = [{ on: 'PATCH *', status: 403, times: 1 }];

async function minutes(stage: EdgeStage, count: number): Promise<void> {
  for (let minute = 0; minute < count; minute += 1) {
    await stage.pass(60);
    await stage.tick();
  }
}

/** The region is bad, its alert one of its own. */
async function lose(stage: EdgeStage, incident: number): Promise<void> {
  await stage.alert('eastus2', { alertId: `a-${incident}`, firedAt: stage.world.seconds() });
}

async function recover(stage: EdgeStage, incident: number): Promise<void> {
  const resolvedAt = stage.world.seconds();
  await stage.alert('eastus2', { alertId: `a-${incident}`, firedAt: 0, monitorCondition: 'Resolved', resolvedAt });
}

describe('a drain that the control plane refuses once', () => {
  it('is written after its back-off, in each incident anew, and people hear of it each time', async () => {
    const stage = new EdgeStage();
    for (let incident = 1; incident <= 3; incident += 1) {
      stage.world.arm.faults.set(FORBIDDEN);
      await lose(stage, incident);
      await minutes(stage, 4);
      expect(stage.live(), `incident ${incident}`).toEqual(WHOLE);
      await minutes(stage, 3);
      expect(stage.live(), `incident ${incident}`).toEqual(DRAINED);
      await recover(stage, incident);
      await minutes(stage, 60);
      expect(stage.live(), `incident ${incident}`).toEqual(WHOLE);
    }
    expect(await stage.pages()).toEqual(
      Array.from({ length: 3 }, () => expect.stringMatching(/^authorization/) as string),
    );
  });

  it('is written though it is refused again and again, each time after a longer pause', async () => {
    const stage = new EdgeStage();
    stage.world.arm.faults.set([{ on: 'PATCH *', status: 403, times: 3 }] as never);
    await lose(stage, 1);
    await minutes(stage, 34);
    expect(stage.live()).toEqual(WHOLE);
    await minutes(stage, 4);
    expect(stage.live()).toEqual(DRAINED);
  });
});

it('a drain that was refused is over with its region, and the next one begins to count anew', async () => {
  const stage = new EdgeStage();
  stage.world.arm.faults.set([{ on: 'PATCH *', status: 403, times: 9 }] as never);
  await lose(stage, 1);
  await minutes(stage, 20);
  await recover(stage, 1);
  await minutes(stage, 60);
  expect((await stage.intents()).map(({ state }) => state)).toEqual(['closed']);
  stage.world.arm.faults.set([]);
  await lose(stage, 2);
  expect(stage.live()).toEqual(DRAINED);
  expect((await stage.intents()).map(({ value }) => value['attempt'])).toEqual([undefined]);
});

describe('a drain that people have declined', () => {
  async function asked(stage: EdgeStage): Promise<number> {
    return (await stage.plans()).filter(({ state }) => state === 'waiting').length;
  }

  function stageWithApprovals(): EdgeStage {
    const stage = new EdgeStage();
    Object.assign(stage.world.edge.policy.approvals, { drain: 1 });
    return stage;
  }

  it('is asked for in the next incident at once', async () => {
    const stage = stageWithApprovals();
    for (let incident = 1; incident <= 3; incident += 1) {
      await lose(stage, incident);
      expect(await asked(stage), `incident ${incident}`).toBe(1);
      await stage.reject('bob');
      await minutes(stage, 4);
      expect(await asked(stage), `incident ${incident}`).toBe(0);
      await recover(stage, incident);
      await minutes(stage, 60);
      expect(await asked(stage), `incident ${incident}`).toBe(0);
    }
  });

  it('is asked for in the same incident after its back-off', async () => {
    const stage = stageWithApprovals();
    await lose(stage, 1);
    await stage.reject('bob');
    await minutes(stage, 4);
    expect(await asked(stage)).toBe(0);
    await minutes(stage, 2);
    expect(await asked(stage)).toBe(1);
    await stage.approve('bob');
    expect(stage.live()).toEqual(DRAINED);
  });
});
