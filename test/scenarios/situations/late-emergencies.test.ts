import { expect, it } from 'vitest';
import { ConsentStage } from './consent-stage.ts';

async function wayBack(more: object = {}, scenario: object = {}): Promise<ConsentStage> {
  const stage = new ConsentStage({ drain: 1, restore: 0 }, more, scenario);
  await stage.command({ command: 'failover', origin: 'eastus2' });
  await stage.approve('bob');
  await stage.minutes(40);
  await stage.command({ command: 'failback', origin: 'eastus2', steps: [100, 250] });
  return stage;
}

it('a yes to the first emergency is worth something though a second one came', async () => {
  const stage = await wayBack();
  await stage.minutes(2);
  await stage.alert('westus3');
  await stage.minutes(15);
  await stage.alert('uksouth');
  await stage.minutes(5);
  await stage.approve('bob');
  await stage.minutes(3);
  expect(stage.live()).toMatchObject({ westus3: 'out' });
});

it('a second emergency is asked for while a way back waits for the first one', async () => {
  const stage = await wayBack();
  await stage.minutes(2);
  await stage.alert('westus3');
  await stage.minutes(15);
  await stage.alert('uksouth');
  await stage.minutes(10);
  const asked = (await stage.plan('waiting'))?.steps.filter(({ isUrgent }) => isUrgent === true);
  expect(asked).toHaveLength(2);
});

it('a way back goes on when the emergency that it waits for is over, though another one is kept back', async () => {
  const stage = await wayBack();
  await stage.minutes(2);
  await stage.alert('westus3');
  await stage.minutes(12);
  stage.rule(({ safety }) => ({ safety: { ...safety, minEnabled: 4 } }));
  await stage.alert('uksouth');
  await stage.minutes(1);
  await stage.recovered('westus3');
  await stage.minutes(15);
  expect(stage.live()['eastus2']).toBeGreaterThan(100);
});

it('what needs a yes is asked for though a way back that needs none is refused by the service', async () => {
  const stage = new ConsentStage({ restore: 0 });
  await stage.command({ command: 'failover', origin: 'eastus2' });
  await stage.approve('bob');
  await stage.minutes(15);
  stage.world.arm.faults.set([{ on: 'PATCH *', status: 403, times: 99 }] as never);
  await stage.command({ command: 'failback', origin: 'eastus2' });
  await stage.minutes(2);
  await stage.command({ command: 'failover', origin: 'westus3' }, 'carol');
  await stage.minutes(5);
  expect(await stage.plan('waiting')).toBeDefined();
});

it('an emergency that needs a yes is asked for while a write is at work', async () => {
  const stage = await wayBack({}, { arm: [{ on: 'PATCH *', lroSec: 1200 }] });
  await stage.minutes(2);
  await stage.alert('westus3');
  await stage.minutes(10);
  expect(await stage.pages()).toEqual(['behind-plan']);
  await stage.minutes(12);
  expect(await stage.plan('waiting')).toBeDefined();
  expect(await stage.pages()).toEqual(['behind-plan']);
});

it('minutes without data do not take the question from people, nor its end', async () => {
  const stage = new ConsentStage({ restore: 1 });
  await stage.command({ command: 'failover', origin: 'eastus2', steps: [250, 100] });
  await stage.approve('bob');
  await stage.minutes(2);
  await stage.command({ command: 'failback', origin: 'eastus2' }, 'carol');
  await stage.minutes(1);
  const read = stage.world.readings.read.bind(stage.world.readings);
  Object.assign(stage.world.readings, { read: () => Promise.resolve(undefined) });
  await stage.minutes(2);
  Object.assign(stage.world.readings, { read });
  await stage.minutes(180);
  expect((await stage.plan('paused'))?.note).toMatch(/^plan-changed|approval-expired/);
});

it('a wish that a rule kept back before is no part of a plan that others agreed to', async () => {
  const stage = new ConsentStage();
  stage.rule(({ safety }) => ({ safety: { ...safety, minEnabled: 4 } }));
  await stage.command({ command: 'failover', origin: 'westus3' }, 'carol');
  await stage.minutes(2);
  await stage.command({ command: 'set-weights', weights: { northeurope: 700, uksouth: 700 } });
  await stage.minutes(1);
  await stage.approve('bob');
  await stage.minutes(2);
  stage.rule(({ safety }) => ({ safety: { ...safety, minEnabled: 1 } }));
  await stage.minutes(30);
  expect(await stage.pages()).toEqual([]);
  expect(stage.live()).toMatchObject({ northeurope: 700, uksouth: 700 });
});
