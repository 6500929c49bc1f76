import { describe, expect, it } from 'vitest';
import { ConsentStage } from './consent-stage.ts';

it('what leaves is told once under the kill switch', async () => {
  const stage = new ConsentStage({ drain: 1, restore: 1, runbook: 0 }, { bakeSec: 0 });
  await stage.command({ command: 'failover', origin: 'eastus2' });
  await stage.minutes(2);
  stage.probes('eastus2', false);
  await stage.command({ command: 'failback', origin: 'eastus2' });
  await stage.minutes(2);
  await stage.killSwitch(true);
  await stage.command({ command: 'failover', origin: 'uksouth' });
  await stage.alert('westus3');
  await stage.minutes(3);
  const before = (await stage.records('held', 'paged')).length;
  await stage.minutes(10);
  expect((await stage.records('held', 'paged')).length).toBe(before);
});

it('who has asked for a way back may not approve it because somebody else has asked as well', async () => {
  const stage = new ConsentStage({ restore: 1 });
  await stage.alert('westus3');
  await stage.minutes(15);
  await stage.command({ command: 'failback', origin: 'westus3', isWell: true, reason: 'well' }, 'alice');
  await stage.minutes(1);
  await stage.command({ command: 'failback', origin: 'westus3', isWell: true, reason: 'well' }, 'carol');
  await stage.minutes(1);
  expect((await stage.plan('waiting'))?.consent?.requesters).toEqual(expect.arrayContaining(['alice', 'carol']));
  await expect(stage.approve('alice')).rejects.toThrow();
  expect(stage.live()).toMatchObject({ westus3: 'out' });
});

it('a no to an emergency counts for a while', async () => {
  const stage = new ConsentStage({ drain: 1 });
  await stage.alert('westus3');
  await stage.minutes(20);
  await stage.reject('bob');
  await stage.minutes(2);
  expect(await stage.plan('waiting')).toBeUndefined();
});

it('nobody is asked for an emergency that is over because what is left was refused once', async () => {
  const stage = new ConsentStage({ drain: 1, restore: 1 });
  await stage.command({ command: 'failover', origin: 'eastus2' });
  await stage.approve('bob');
  await stage.minutes(15);
  await stage.command({ command: 'failback', origin: 'eastus2' });
  stage.world.arm.faults.set([{ on: 'PATCH *', status: 403, times: 1 }] as never);
  await stage.approve('bob');
  await stage.minutes(2);
  await stage.alert('westus3');
  await stage.minutes(2);
  await stage.recovered('westus3');
  await stage.minutes(5);
  const urgent = (await stage.plan('waiting'))?.steps.filter(({ isUrgent }) => isUrgent === true) ?? [];
  expect(urgent).toEqual([]);
});

it('a wish of others does not void the yeses that an emergency has already', async () => {
  const stage = new ConsentStage({ drain: 2 });
  await stage.alert('westus3');
  await stage.minutes(2);
  await stage.approve('bob');
  await stage.command({ command: 'failover', origin: 'uksouth' }, 'carol');
  await stage.minutes(1);
  const waiting = await stage.plan('waiting');
  expect(waiting?.consent?.given.map(({ by }) => by)).toEqual(['bob']);
});

it('a way back that others ask for does not void the yeses that an emergency has', async () => {
  const stage = new ConsentStage({ drain: 2, restore: 1 });
  await stage.command({ command: 'failover', origin: 'eastus2' });
  await stage.approve('bob');
  await stage.minutes(40);
  await stage.alert('westus3');
  await stage.minutes(2);
  await stage.approve('bob');
  await stage.command({ command: 'failback', origin: 'eastus2' }, 'carol');
  await stage.minutes(2);
  expect((await stage.plan('waiting'))?.consent?.given.map(({ by }) => by)).toEqual(['bob']);
  await stage.approve('dave');
  await stage.minutes(15);
  expect(stage.live()).toMatchObject({ westus3: 'out', eastus2: 'out' });
  expect((await stage.plan('waiting'))?.consent?.requesters).toEqual(['alice', 'carol']);
});

it('an emergency is asked for together with a way back that it cannot do without', async () => {
  const stage = new ConsentStage({ drain: 1, restore: 1 });
  await stage.command({ command: 'failover', origin: 'eastus2' });
  await stage.approve('bob');
  await stage.minutes(40);
  stage.rule(({ safety }) => ({ safety: { ...safety, minEnabled: 3 } }));
  await stage.command({ command: 'failback', origin: 'eastus2' }, 'carol');
  await stage.alert('westus3');
  await stage.minutes(2);
  await stage.approve('bob');
  await stage.minutes(15);
  expect(stage.live()).toMatchObject({ westus3: 'out', eastus2: 500 });
});

describe('a way back of weights that waits beside an emergency', () => {
  async function standing(drain: number): Promise<ConsentStage> {
    const stage = new ConsentStage({ drain, restore: 1 });
    await stage.command({ command: 'set-weights', weights: { northeurope: 700 } });
    await stage.approve('bob');
    await stage.minutes(40);
    return stage;
  }

  it('makes nobody a requester of the emergency', async () => {
    const stage = await standing(2);
    await stage.alert('westus3');
    await stage.minutes(2);
    await stage.approve('bob');
    await stage.command({ command: 'failback', origin: 'northeurope' }, 'bob');
    await stage.minutes(2);
    expect((await stage.plan('waiting'))?.consent?.given.map(({ by }) => by)).toEqual(['bob']);
  });

  it('is not declined with the emergency', async () => {
    const stage = await standing(1);
    await stage.command({ command: 'failback', origin: 'northeurope' }, 'carol');
    await stage.alert('westus3');
    await stage.minutes(2);
    await stage.reject('bob');
    await stage.minutes(3);
    expect((await stage.intents()).find(({ kind }) => kind === 'shares')?.note).not.toBe('declined');
    expect((await stage.plan('waiting'))?.consent?.requesters).toEqual(['alice', 'carol']);
  });
});

describe('a way back of others that is asked for since', () => {
  async function eastus2IsOut(approvals: object): Promise<ConsentStage> {
    const stage = new ConsentStage(approvals);
    await stage.command({ command: 'failover', origin: 'eastus2' });
    await stage.approve('bob');
    await stage.minutes(40);
    return stage;
  }

  it('does not stop a plan under way that people agreed to', async () => {
    const stage = await eastus2IsOut({ restore: 1 });
    await stage.command({ command: 'failover', origin: 'westus3', steps: [250, 100] }, 'dave');
    await stage.approve('bob');
    await stage.minutes(2);
    await stage.command({ command: 'failback', origin: 'eastus2' }, 'carol');
    await stage.minutes(30);
    expect(stage.live()).toMatchObject({ westus3: 'out', eastus2: 'out' });
    expect((await stage.plan('waiting'))?.consent?.requesters).toEqual(['alice', 'carol']);
  });

  it('does not void one that people agreed to while nothing is written', async () => {
    const stage = await eastus2IsOut({ drain: 1, restore: 1 });
    await stage.alert('westus3');
    await stage.minutes(2);
    await stage.killSwitch(true);
    await stage.approve('bob');
    await stage.command({ command: 'failback', origin: 'eastus2' }, 'carol');
    await stage.minutes(3);
    await stage.killSwitch(false);
    await stage.minutes(3);
    expect(stage.live()).toMatchObject({ westus3: 'out', eastus2: 'out' });
  });
});
