import { describe, expect, it } from 'vitest';

import { ConsentStage } from './consent-stage.ts';

it('a way back that bob has paused before its first write is not started by an emergency elsewhere', async () => {
  const stage = new ConsentStage({ restore: 1 });
  await stage.command({ command: 'failover', origin: 'eastus2' });
  await stage.approve('bob');
  await stage.minutes(15);
  stage.world.arm.faults.set([{ on: 'PATCH *', status: 503, times: 2 }] as never);
  await stage.command({ command: 'failback', origin: 'eastus2' });
  await stage.approve('bob');
  await stage.hold('pause');
  await stage.minutes(3);
  stage.world.arm.faults.set([]);
  await stage.alert('westus3');
  await stage.minutes(1);
  await stage.minutes(15);
  expect(stage.live()).toMatchObject({ westus3: 'out', eastus2: 'out' });
  expect(await stage.plan('paused')).toBeDefined();
});

it('what people have agreed to is not undone because an emergency overtook its write', async () => {
  const stage = new ConsentStage({}, {}, { arm: [{ on: 'PATCH *', lroSec: 120 }] });
  await stage.command({ command: 'failover', origin: 'eastus2' });
  await stage.command({ command: 'failover', origin: 'westus3' });
  await stage.approve('bob');
  await stage.pass(10);
  await stage.alert('westus3');
  await stage.minutes(15);
  expect(stage.writes.filter((one) => one.startsWith('eastus2'))).toHaveLength(1);
});

it('weights half done, the rest kept back by a rule, are not taken back by nobody', async () => {
  const stage = new ConsentStage();
  await stage.command({ command: 'set-weights', weights: { northeurope: 700, uksouth: 700 } });
  await stage.approve('bob');
  await stage.minutes(2);
  stage.probes('uksouth', false);
  await stage.minutes(15);
  stage.probes('uksouth', true);
  await stage.minutes(15);
  expect(stage.live()).toMatchObject({ northeurope: 700, uksouth: 700 });
  expect(await stage.pages()).toEqual(['target-unhealthy']);
});

it('weights half done by a plan that asks anew are not taken back because a rule keeps back the rest', async () => {
  const stage = new ConsentStage();
  await stage.command({ command: 'set-weights', weights: { northeurope: 700, uksouth: 700, eastus2: 300 } });
  await stage.approve('bob');
  await stage.minutes(2);
  await stage.alert('eastus2');
  await stage.minutes(2);
  stage.probes('uksouth', false);
  await stage.minutes(15);
  expect(stage.live()).toMatchObject({ northeurope: 700 });
});

/** A way back whose step was refused, and whose parked plan was given up: the origin stands at its first weight. */
async function halfBack(policy: object = {}): Promise<ConsentStage> {
  const stage = new ConsentStage({ restore: 1 }, policy);
  stage.rule(() => ({ isUndone: false }));
  await stage.command({ command: 'failover', origin: 'eastus2' });
  await stage.approve('bob');
  await stage.minutes(15);
  await stage.command({ command: 'failback', origin: 'eastus2', steps: [100, 250] });
  await stage.approve('bob');
  await stage.minutes(2);
  stage.world.arm.faults.set([{ on: 'PATCH *', status: 400, times: 1 }] as never);
  await stage.minutes(30);
  await stage.cancel('parked');
  await stage.minutes(3);
  expect(stage.live()).toMatchObject({ eastus2: 100 });
  return stage;
}

it('half a way back is asked for anew when its parked plan is given up', async () => {
  const stage = await halfBack();
  await stage.minutes(15);
  expect(stage.live()).toMatchObject({ eastus2: 100 });
  expect((await stage.plan('waiting'))?.steps.map(({ title }) => title)).toContain('eastus2: weight 100 to 250');
});

it('half a ramp that needed no yes is not taken back without the yes that a way back needs', async () => {
  const stage = new ConsentStage({ runbook: 0, restore: 1 });
  await stage.command({ command: 'failover', origin: 'eastus2', steps: [250, 100] });
  await stage.minutes(2);
  await stage.command({ command: 'failback', origin: 'eastus2' }, 'carol');
  await stage.minutes(15);
  expect(stage.live()).toMatchObject({ eastus2: 250 });
});

it('what is out already, and is wanted out by somebody who needs a yes, is not said to stay so', async () => {
  const stage = new ConsentStage();
  await stage.alert('westus3');
  await stage.minutes(15);
  const answer = await stage.command({ command: 'failover', origin: 'westus3' }, 'carol');
  expect(answer).toMatchObject({ decision: 'noop', reason: 'already-drained' });
  expect(answer).not.toHaveProperty('stays');
  await stage.recovered('westus3');
  await stage.minutes(15);
  expect((await stage.plan('waiting'))?.consent?.requesters).toEqual(['carol']);
});

it('what a person has taken out with a yes stays out, whoever asks for it again', async () => {
  const stage = new ConsentStage();
  await stage.command({ command: 'failover', origin: 'westus3' });
  await stage.approve('bob');
  await stage.minutes(15);
  expect(await stage.command({ command: 'failover', origin: 'westus3' }, 'carol')).toMatchObject({ stays: true });
});

it('an emergency that passed a stopped way back is not counted as a step that people agreed to', async () => {
  const stage = new ConsentStage({ restore: 1 });
  await stage.command({ command: 'failover', origin: 'eastus2' });
  await stage.approve('bob');
  await stage.minutes(15);
  await stage.command({ command: 'failback', origin: 'eastus2', steps: [100] });
  await stage.approve('bob');
  await stage.minutes(2);
  await stage.hold('pause');
  await stage.alert('westus3');
  await stage.minutes(2);
  await stage.hold('resume');
  await stage.minutes(1);
  await stage.alert('uksouth');
  await stage.minutes(20);
  expect(stage.live()).toMatchObject({ westus3: 'out', uksouth: 'out', eastus2: 100 });
});

describe('weights of which a rule keeps back the second half', () => {
  const WEIGHTS = { northeurope: 700, uksouth: 700, eastus2: 300 };

  async function half(approvals: object = {}): Promise<ConsentStage> {
    const stage = new ConsentStage(approvals);
    await stage.command({ command: 'set-weights', weights: WEIGHTS });
    await stage.approve('bob');
    await stage.minutes(2);
    stage.probes('uksouth', false);
    await stage.minutes(15);
    expect(stage.live()).toMatchObject({ northeurope: 700, uksouth: 500 });
    return stage;
  }

  it.each([0, 1])('stand when an emergency has passed that needs %s yeses', async (drain) => {
    const stage = await half({ drain });
    await stage.alert('eastus2');
    await stage.minutes(2);
    if (drain > 0) {
      await stage.approve('bob');
    }
    await stage.minutes(30);
    expect(stage.live()).toMatchObject({ northeurope: 700, eastus2: 'out' });
  });

  it('are no traffic that is moving: an emergency hours later is one', async () => {
    const stage = await half();
    await stage.minutes(180);
    await stage.alert('westus3');
    await stage.minutes(30);
    expect(stage.live()).toMatchObject({ westus3: 'out' });
  });

  it('hold up neither a pin nor what others agree to', async () => {
    const stage = await half();
    await stage.command({ command: 'pin', origin: 'westus3', state: 'out' }, 'carol');
    await stage.minutes(3);
    expect(stage.live()).toMatchObject({ westus3: 'out' });
    await stage.command({ command: 'unpin', origin: 'westus3' }, 'carol');
    await stage.minutes(20);
    await stage.command({ command: 'failover', origin: 'westus3' }, 'carol');
    await stage.minutes(1);
    await stage.approve('bob');
    await stage.minutes(15);
    expect(stage.live()).toMatchObject({ westus3: 'out' });
  });

  it('hold up no way back that needs nobody', async () => {
    const stage = new ConsentStage({ restore: 0 });
    await stage.alert('westus3');
    await stage.minutes(15);
    await stage.command({ command: 'set-weights', weights: WEIGHTS });
    await stage.approve('bob');
    await stage.minutes(2);
    stage.probes('uksouth', false);
    await stage.minutes(15);
    await stage.recovered('westus3');
    await stage.minutes(60);
    expect(stage.live()).toMatchObject({ westus3: 500 });
  });

  it('call people once, however often the rule comes and goes in the bake', async () => {
    const stage = new ConsentStage();
    await stage.command({ command: 'set-weights', weights: WEIGHTS });
    await stage.approve('bob');
    for (let turn = 0; turn < 4; turn += 1) {
      stage.probes('uksouth', turn % 2 === 1);
      await stage.minutes(1);
    }
    await stage.minutes(20);
    expect(await stage.pages()).toEqual([]);
    expect(stage.live()).toMatchObject({ northeurope: 700 });
  });
});

it('a giver that turns bad while its plan asks anew does not turn the plan around as its receiver', async () => {
  const stage = new ConsentStage({}, {}, { load: 760 });
  await stage.command({ command: 'set-weights', weights: { northeurope: 700, uksouth: 700, eastus2: 300 } });
  await stage.approve('bob');
  await stage.minutes(2);
  await stage.alert('eastus2');
  await stage.minutes(5);
  expect(await stage.pages()).not.toContain('receiver-bad');
  expect(stage.live()).toMatchObject({ northeurope: 700 });
});

it('a giver is none that takes, though people were asked in vain about other steps', async () => {
  const stage = new ConsentStage({ drain: 1 });
  await stage.command({ command: 'set-weights', weights: { northeurope: 700, uksouth: 700, eastus2: 300 } });
  await stage.approve('bob');
  await stage.minutes(2);
  await stage.alert('eastus2');
  await stage.minutes(80);
  expect(await stage.pages()).not.toContain('receiver-bad');
  expect(stage.live()).toMatchObject({ northeurope: 700 });
});

it('what one has agreed to and nothing was done of waits for people again, though others had their part', async () => {
  const stage = new ConsentStage();
  await stage.command({ command: 'set-weights', weights: { northeurope: 700 } });
  await stage.command({ command: 'set-weights', weights: { uksouth: 700 } }, 'carol');
  await stage.minutes(1);
  await stage.approve('bob');
  await stage.minutes(2);
  expect(stage.live()).toMatchObject({ northeurope: 700, uksouth: 500 });
  stage.probes('uksouth', false);
  await stage.minutes(15);
  const modes = (await stage.intents()).map(({ value, mode }) => [Object.keys(value['weights'] ?? {})[0], mode]);
  expect(modes.map(([id = '', mode]) => `${id.split('/').at(-1)} ${mode}`).toSorted()).toEqual([
    'northeurope enforce',
    'uksouth propose',
  ]);
});

it('a part of a drain comes back with the yes of a way back, like all of it', async () => {
  const stage = new ConsentStage({ restore: 1 }, {}, { load: 1000 });
  stage.rule(({ safety }) => ({ safety: { ...safety, allowPartial: true } }));
  await stage.alert('westus3');
  await stage.minutes(15);
  const part = stage.live()['westus3'];
  expect(part).not.toBe(500);
  await stage.recovered('westus3');
  await stage.minutes(40);
  expect(stage.live()['westus3']).toBe(part);
  await stage.approve('bob');
  await stage.minutes(15);
  expect(stage.live()['westus3']).toBe(500);
});

describe('half of what people agreed to, and are asked about anew', () => {
  async function askedAnew(): Promise<ConsentStage> {
    const stage = new ConsentStage();
    await stage.command({ command: 'set-weights', weights: { northeurope: 700, uksouth: 700, eastus2: 300 } });
    await stage.approve('bob');
    await stage.minutes(2);
    stage.byHand('uksouth', { weight: 600 });
    await stage.minutes(15);
    expect(await stage.plan('paused')).toMatchObject({ note: 'plan-changed' });
    return stage;
  }

  it.each([5, 80])('is not done unasked because a rule comes and goes after %d minutes', async (minutes) => {
    const stage = await askedAnew();
    await stage.minutes(minutes);
    stage.probes('uksouth', false);
    await stage.minutes(2);
    stage.probes('uksouth', true);
    await stage.minutes(15);
    expect(stage.live()).toMatchObject({ northeurope: 700, uksouth: 600 });
  });

  it('is neither done nor undone unasked because an emergency passes', async () => {
    const stage = await askedAnew();
    stage.probes('uksouth', false);
    await stage.alert('eastus2');
    await stage.minutes(5);
    stage.probes('uksouth', true);
    await stage.minutes(15);
    expect(stage.live()).toMatchObject({ northeurope: 700, uksouth: 600, eastus2: 'out' });
  });
});

describe('half a way back waits for the yes of the other half', () => {
  it('though other steps are asked for since', async () => {
    const stage = await halfBack();
    await stage.command({ command: 'failback', origin: 'eastus2' }, 'carol');
    await stage.minutes(15);
    expect(stage.live()).toMatchObject({ eastus2: 100 });
  });

  it('though weights follow the capacity of those that are left when another one goes out', async () => {
    const stage = await halfBack({ redistribute: 'capacity' });
    await stage.alert('westus3');
    await stage.minutes(40);
    expect(stage.live()).toMatchObject({ eastus2: 100, westus3: 'out' });
    expect((await stage.plan('waiting'))?.steps.map(({ title }) => title)).toContain('eastus2: weight 100 to 250');
  });
});

it('half of what people agreed to stands, and they are called, though something that nobody is asked about comes in its bake', async () => {
  const stage = new ConsentStage();
  await stage.command({ command: 'set-weights', weights: { northeurope: 700, uksouth: 700 } });
  await stage.approve('bob');
  await stage.minutes(2);
  stage.probes('uksouth', false);
  await stage.minutes(1);
  await stage.command({ command: 'pin', origin: 'westus3', state: 'out' }, 'carol');
  await stage.minutes(20);
  expect(stage.live()).toMatchObject({ northeurope: 700, westus3: 'out' });
  expect(await stage.pages()).toEqual(['target-unhealthy']);
});
