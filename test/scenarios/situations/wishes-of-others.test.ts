import { describe, expect, it } from 'vitest';

import { ConsentStage } from './consent-stage.ts';

const FIVE = ['eastus2', 'northeurope', 'westus3', 'uksouth', 'centralus'].map((region) => ({
  ...{ region, weight: 500, capacity: 300 },
}));

describe('what others keep out while a plan moves its weight', () => {
  async function out(origins?: object): Promise<ConsentStage> {
    const stage = new ConsentStage({ restore: 1 }, {}, origins);
    await stage.command({ command: 'failover', origin: 'westus3' }, 'alice');
    await stage.approve('bob');
    await stage.minutes(40);
    await stage.command({ command: 'set-weights', weights: { northeurope: 700, westus3: 400 } }, 'carol');
    await stage.minutes(1);
    return stage;
  }

  it('stays out when the service refuses the plan', async () => {
    const stage = await out();
    stage.world.arm.faults.set([{ on: 'PATCH *', status: 403, times: 1 }] as never);
    await stage.approve('bob');
    await stage.minutes(20);
    expect(stage.live()).toMatchObject({ northeurope: 500, westus3: 'out' });
  });

  it('stays out when the plan is turned around because a receiver turns bad', async () => {
    const stage = await out({ origins: FIVE });
    await stage.approve('bob');
    await stage.minutes(2);
    await stage.alert('uksouth');
    await stage.minutes(20);
    expect(await stage.pages()).toContain('receiver-bad');
    expect(stage.live()).toMatchObject({ northeurope: 500, westus3: 'out' });
  });

  it('stays out when somebody cancels the plan', async () => {
    const stage = await out();
    await stage.approve('bob');
    await stage.minutes(2);
    await stage.cancel('running');
    await stage.minutes(20);
    expect(stage.live()).toMatchObject({ northeurope: 500, westus3: 'out' });
  });

  it('stays pinned when a way back of weights is cancelled', async () => {
    const stage = new ConsentStage({ restore: 1 });
    await stage.command({ command: 'set-weights', weights: { eastus2: 300, westus3: 400 } }, 'carol');
    await stage.approve('bob');
    await stage.minutes(60);
    await stage.command({ command: 'pin', origin: 'westus3', state: 'out' }, 'alice');
    await stage.minutes(20);
    await stage.command({ command: 'failback', origin: 'eastus2' }, 'carol');
    await stage.minutes(1);
    await stage.approve('bob');
    await stage.minutes(2);
    await stage.cancel('running');
    await stage.minutes(20);
    expect(stage.live()).toMatchObject({ eastus2: 300, westus3: 'out' });
  });
});

it('a way back that somebody cancels is turned around though weights of its origin stand', async () => {
  const stage = new ConsentStage({ restore: 0 });
  await stage.command({ command: 'set-weights', weights: { eastus2: 600, northeurope: 700 } }, 'carol');
  await stage.approve('bob');
  await stage.minutes(40);
  await stage.command({ command: 'failover', origin: 'eastus2' });
  await stage.approve('bob');
  await stage.minutes(15);
  await stage.command({ command: 'failback', origin: 'eastus2', steps: [100, 250] });
  await stage.minutes(2);
  expect(stage.live()).toMatchObject({ eastus2: 100 });
  await stage.cancel('running');
  await stage.minutes(30);
  expect(stage.live()).toMatchObject({ eastus2: 'out', northeurope: 700 });
});

it('an emergency with a yes goes on after it has made room, though weights of its origin wait to go back', async () => {
  const stage = new ConsentStage({ drain: 1, restore: 1 });
  await stage.command({ command: 'set-weights', weights: { northeurope: 700, westus3: 400 } }, 'carol');
  await stage.approve('bob');
  await stage.minutes(30);
  stage.byHand('uksouth', { enabledState: 'Disabled' });
  await stage.minutes(2);
  stage.rule(({ safety }) => ({ safety: { ...safety, minEnabled: 3, allowStandby: true } }));
  await stage.command({ command: 'failback', origin: 'northeurope' }, 'carol');
  await stage.alert('westus3');
  await stage.minutes(2);
  await stage.approve('bob');
  await stage.minutes(5);
  expect(stage.live()).toMatchObject({ westus3: 'out', northeurope: 700 });
});

describe('an emergency that waits for nobody, behind a plan that stands still', () => {
  async function stopped(): Promise<ConsentStage> {
    const stage = new ConsentStage({ drain: 0, restore: 1 }, {}, { origins: FIVE });
    await stage.command({ command: 'failover', origin: 'centralus' });
    await stage.approve('bob');
    await stage.minutes(40);
    await stage.command({ command: 'failback', origin: 'centralus', steps: [100, 250] });
    await stage.approve('bob');
    await stage.minutes(2);
    return stage;
  }

  it.each([true, false])(
    'is not held up by another one that waits for a yes (stopped by hand: %s)',
    async (isStopped) => {
      const stage = await stopped();
      if (isStopped) {
        await stage.hold('pause');
      }
      stage.probes('eastus2', false);
      await stage.command({ command: 'failover', origin: 'eastus2' }, 'carol');
      await stage.minutes(2);
      await stage.alert('westus3');
      await stage.minutes(5);
      expect(stage.live()).toMatchObject({ westus3: 'out', eastus2: 500, centralus: 100 });
    },
  );
});

it('a giver of weights that turns bad beside a drain of the same plan gets nothing back', async () => {
  const stage = new ConsentStage();
  await stage.command({ command: 'failover', origin: 'eastus2', steps: [250] });
  await stage.command({ command: 'set-weights', weights: { westus3: 200 } }, 'carol');
  await stage.minutes(1);
  await stage.approve('bob');
  await stage.minutes(14);
  expect(stage.live()).toMatchObject({ eastus2: 250, westus3: 200 });
  await stage.alert('westus3');
  await stage.minutes(3);
  expect(stage.live()).toMatchObject({ eastus2: 250, westus3: 'out' });
});
