import { describe, expect, it } from 'vitest';

import { EdgeStage } from './edge-stage.ts';

async function minutes(stage: EdgeStage, count: number): Promise<void> {
  for (let minute = 0; minute < count; minute += 1) {
    await stage.pass(60);
    await stage.tick();
  }
}

function stageOf(scenario: object = {}): EdgeStage {
  const stage = new EdgeStage(scenario);
  stage.rule(({ approvals }) => ({ approvals: { ...approvals, runbook: 1, restore: 1, override: 2 } }));
  return stage;
}

/** Drained by an alert; its way back waits for one yes. */
async function restoreWaits(): Promise<EdgeStage> {
  const stage = stageOf();
  await stage.alert('eastus2');
  await stage.recovered('eastus2');
  await minutes(stage, 20);
  expect((await stage.plans()).map(({ state }) => state).toSorted()).toEqual(['done', 'waiting']);
  return stage;
}

describe('a way back that waits for people', () => {
  it('is not made because somebody asks for the opposite, to which nobody has agreed either', async () => {
    const stage = await restoreWaits();
    await stage.command({ command: 'failover', origin: 'eastus2' }, 'carol');
    await minutes(stage, 30);
    expect(stage.live()).toMatchObject({ eastus2: 'out' });
    expect(stage.writes).toEqual(['eastus2 Disabled']);
  });

  it('is not made because a person takes their own failback back by a failover', async () => {
    const stage = stageOf();
    await stage.command({ command: 'failover', origin: 'eastus2' });
    await stage.approve('bob');
    await minutes(stage, 10);
    await stage.command({ command: 'failback', origin: 'eastus2' });
    await minutes(stage, 1);
    await stage.command({ command: 'failover', origin: 'eastus2' });
    await minutes(stage, 30);
    expect(stage.live()).toMatchObject({ eastus2: 'out' });
  });

  it('is not named to somebody who asks for the opposite', async () => {
    const stage = await restoreWaits();
    stage.world.arm.faults.set([{ on: 'PATCH *', lroSec: 600, times: 99 }] as never);
    await stage.command({ command: 'pin', state: 'out', origin: 'westus3' });
    const { plan } = await stage.command({ command: 'failover', origin: 'eastus2' }, 'carol');
    const named = (await stage.plans()).find(({ id }) => id === plan);
    expect(named?.steps.map(({ title }) => title) ?? []).not.toContain('eastus2: back in');
  });
});

describe('a rule that somebody overrides for what is asked for already', () => {
  it('makes another plan of it, to which as many agree as an override takes, and nobody who asked', async () => {
    const origins = ['eastus2', 'northeurope', 'westus3'].map((region) => ({ region, weight: 500, capacity: 100 }));
    const stage = stageOf({ origins, load: 90 });
    const first = await stage.command({ command: 'failover', origin: 'eastus2' });
    const second = await stage.command(
      { command: 'failover', origin: 'eastus2', override: ['insufficient-capacity'], reason: 'it burns' },
      'carol',
    );
    expect(second.digest).not.toBe(first.digest);
    expect((await stage.plans()).find(({ state }) => state === 'waiting')).toMatchObject({
      steps: [{ predicates: expect.arrayContaining(['insufficient-capacity is overridden']) as unknown }],
      consent: { needed: 2, requesters: expect.arrayContaining(['alice', 'carol']) as unknown },
    });
    stage.world.scenario.load = 290;
    await stage.tick();
    await expect(stage.approve('carol')).rejects.toThrow();
    await stage.approve('bob');
    await minutes(stage, 5);
    expect(stage.writes).toEqual([]);
  });

  it('whoever asks for the same without one becomes one of those who asked', async () => {
    const stage = stageOf();
    await stage.command({ command: 'failover', origin: 'eastus2' });
    await stage.command({ command: 'failover', origin: 'eastus2' }, 'carol');
    await expect(stage.approve('carol')).rejects.toThrow();
    await stage.approve('bob');
    await minutes(stage, 5);
    expect(stage.writes).toEqual(['eastus2 Disabled']);
  });
});
