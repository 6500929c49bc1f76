import { describe, expect, it } from 'vitest';
import { put } from '../../../cli/simulate/seed.ts';
import { SWITCHES } from '../../../shared/reconcile/guards/switches.ts';
import { ConsentStage } from './consent-stage.ts';

const FIVE = ['eastus2', 'northeurope', 'westus3', 'uksouth', 'centralus'].map((region) => ({
  ...{ region, weight: 500, capacity: 300 },
}));

/** Somebody has set 650 by hand where people had agreed to 550, and with 650 there is no room for another region's traffic. */
async function fullByHand(policy: object = {}, world: object = {}): Promise<ConsentStage> {
  const stage = new ConsentStage({ drain: 0, restore: 0 }, policy, { origins: FIVE, load: 1050, ...world });
  await stage.command({ command: 'set-weights', weights: { northeurope: 550 } });
  await stage.approve('bob');
  await stage.minutes(30);
  stage.byHand('northeurope', { weight: 650 });
  await stage.minutes(40);
  expect(stage.live()).toMatchObject({ northeurope: 650 });
  return stage;
}

describe('a weight set by hand is put back for an emergency that has no room otherwise', () => {
  it('and people are called', async () => {
    const stage = await fullByHand();
    await stage.alert('westus3');
    await stage.minutes(3);
    expect(stage.live()).toMatchObject({ northeurope: 550, westus3: 'out' });
    expect(await stage.pages()).toEqual(['drift', 'drift']);
  });

  it.each(['alarm', 'blocked date', 'freeze'])('on a day of quiet: %s', async (how) => {
    const stage = await fullByHand();
    const today = stage.world.clock.now().toISOString().slice(0, 10);
    if (how === 'alarm') {
      await put(stage.world, SWITCHES, { automation: 'on', firing: ['any'] });
    } else if (how === 'freeze') {
      stage.reload(() => ({ freezes: [{ from: today, to: today, except: ['drain', 'restore'], reason: 'sales' }] }));
    } else {
      stage.rule(() => ({ blockedDates: [today] }));
    }
    await stage.alert('westus3');
    await stage.minutes(30);
    expect(stage.live()).toMatchObject({ westus3: 'out' });
  });

  it('at once, where weights follow the capacity', async () => {
    const stage = await fullByHand({ redistribute: 'capacity' });
    await stage.alert('westus3');
    await stage.minutes(5);
    expect(stage.live()).toMatchObject({ westus3: 'out' });
  });

  it('though another emergency has no room all the same', async () => {
    const stage = await fullByHand();
    await stage.killSwitch(true);
    await stage.alert('westus3');
    await stage.alert('uksouth');
    await stage.minutes(2);
    await stage.killSwitch(false);
    await stage.minutes(30);
    expect(Object.values(stage.live()).filter((one) => one === 'out')).toHaveLength(1);
  });

  it('though a part of it would fit as things are', async () => {
    const stage = await fullByHand();
    stage.rule(({ safety }) => ({ safety: { ...safety, allowPartial: true } }));
    await stage.alert('westus3');
    await stage.minutes(30);
    expect(stage.live()).toMatchObject({ westus3: 'out' });
  });

  it('and no standby serves instead', async () => {
    const standby = { region: 'japaneast', weight: 500, capacity: 300, enabled: false };
    const stage = await fullByHand({}, { origins: [...FIVE, standby] });
    stage.rule(({ safety }) => ({ safety: { ...safety, allowStandby: true } }));
    await stage.alert('westus3');
    await stage.minutes(30);
    expect(stage.live()).toMatchObject({ northeurope: 550, westus3: 'out', japaneast: 'out' });
  });
});

describe('what people agreed to stands when an emergency puts it back', () => {
  it('and the service refuses that once', async () => {
    const stage = await fullByHand();
    stage.world.arm.faults.set([{ on: 'PATCH *', status: 403, times: 1 }] as never);
    await stage.alert('westus3');
    await stage.minutes(180);
    expect(stage.live()).toMatchObject({ northeurope: 550, westus3: 'out' });
  });

  it('and the service refuses the emergency once', async () => {
    const stage = await fullByHand();
    stage.world.arm.faults.set([{ on: 'PATCH origins/westus3', status: 403, times: 1 }] as never);
    await stage.alert('westus3');
    await stage.minutes(180);
    expect(stage.live()).toMatchObject({ northeurope: 550, westus3: 'out' });
  });
});

it('weights whose write an emergency has overtaken, and that were taken back, are nobody else’s', async () => {
  const stage = new ConsentStage({ drain: 0, restore: 0 }, {}, { origins: FIVE, load: 900 });
  await stage.command({ command: 'set-weights', weights: { westus3: 450 } });
  stage.world.arm.faults.set([{ on: 'PATCH origins/westus3', lroSec: 600 }] as never);
  await stage.approve('bob');
  await stage.pass(30);
  await stage.alert('westus3');
  await stage.minutes(1);
  stage.byHand('westus3', { weight: 500 });
  await stage.minutes(30);
  await stage.recovered('westus3');
  await stage.minutes(60);
  expect(stage.live()).toMatchObject({ westus3: 450 });
});
