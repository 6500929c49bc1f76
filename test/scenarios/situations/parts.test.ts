import { describe, expect, it } from 'vitest';
import { ConsentStage } from './consent-stage.ts';

const BIG = [
  ...['eastus2', 'northeurope', 'uksouth'].map((region) => ({ region, weight: 500, capacity: 300 })),
  { region: 'westus3', weight: 1000, capacity: 600 },
];

/** westus3 is out in part: the others have no room for more. */
async function part(approvals: object = {}, world: object = { load: 1000 }): Promise<ConsentStage> {
  const stage = new ConsentStage({ restore: 1, ...approvals }, {}, world);
  stage.rule(({ safety }) => ({ safety: { ...safety, allowPartial: true } }));
  await stage.command({ command: 'failover', origin: 'westus3' });
  await stage.approve('bob');
  await stage.minutes(40);
  return stage;
}

async function emergencyPart(): Promise<ConsentStage> {
  const stage = new ConsentStage({ drain: 0, restore: 1 }, {}, { load: 1000 });
  stage.rule(({ safety }) => ({ safety: { ...safety, allowPartial: true } }));
  await stage.alert('westus3');
  await stage.minutes(15);
  expect(stage.live()).toMatchObject({ westus3: 167 });
  return stage;
}

function load(stage: ConsentStage, requests: number): void {
  Object.assign(stage.world.scenario, { load: requests });
}

function quiet(stage: ConsentStage, how: 'blocked date' | 'freeze'): void {
  const today = stage.world.clock.now().toISOString().slice(0, 10);
  if (how === 'blocked date') {
    stage.rule(() => ({ blockedDates: [today] }));
  } else {
    stage.reload(() => ({ freezes: [{ from: today, to: today, except: ['drain', 'restore'], reason: 'sales' }] }));
  }
}

const FORBIDDEN = ['blocked date', 'freeze'] as const;

describe('a part of a drain, while the rest may not move', () => {
  it.each(FORBIDDEN)('stays where it is: %s', async (how) => {
    const stage = await part();
    quiet(stage, how);
    await stage.minutes(30);
    expect(stage.writes).toEqual(['westus3 167']);
  });

  it.each(FORBIDDEN)('comes back as far as the others have too much: %s', async (how) => {
    const stage = await part();
    quiet(stage, how);
    await stage.minutes(5);
    load(stage, 1150);
    await stage.minutes(30);
    expect(Number(stage.live()['westus3'])).toBeGreaterThan(400);
  });

  it.each(FORBIDDEN)('makes room for another region that is bad: %s', async (how) => {
    const stage = await part({}, { load: 1100, origins: BIG });
    expect(stage.live()).toMatchObject({ westus3: 334 });
    quiet(stage, how);
    await stage.minutes(5);
    await stage.alert('eastus2');
    await stage.minutes(30);
    expect(stage.live()).toMatchObject({ eastus2: 'out' });
  });

  it('makes room for all of another region, where half of it would fit', async () => {
    const stage = await part({}, { load: 1050, origins: BIG });
    quiet(stage, 'blocked date');
    load(stage, 1000);
    await stage.minutes(5);
    await stage.alert('eastus2');
    await stage.minutes(30);
    expect(stage.live()).toMatchObject({ eastus2: 'out' });
  });

  it('moves to the weight that people ask for', async () => {
    const stage = await part();
    quiet(stage, 'blocked date');
    await stage.minutes(3);
    const asked = { weights: { westus3: 300 }, override: ['blocked-date'] };
    await stage.command({ command: 'set-weights', ...asked }, 'carol');
    await stage.minutes(3);
    await stage.approve('bob');
    await stage.minutes(30);
    expect(stage.live()).toMatchObject({ westus3: 300 });
  });
});

it('a part of a drain stays out when a plan of others is refused', async () => {
  const stage = await part();
  await stage.command({ command: 'set-weights', weights: { northeurope: 400, westus3: 300 } }, 'carol');
  await stage.minutes(1);
  stage.world.arm.faults.set([{ on: 'PATCH *', status: 403, times: 1 }] as never);
  await stage.approve('bob');
  await stage.minutes(20);
  expect(stage.writes).not.toContain('westus3 500');
});

describe('the rest of a drain, when there is room for it', () => {
  it('comes back in when a person cancels it', async () => {
    const stage = await part();
    load(stage, 800);
    await stage.minutes(3);
    expect(stage.live()).toMatchObject({ westus3: 'out' });
    await stage.cancel('running');
    await stage.minutes(20);
    expect(stage.live()['westus3']).not.toBe('out');
  });

  it('is turned around when one that receives turns bad', async () => {
    const stage = await part();
    load(stage, 600);
    await stage.minutes(2);
    expect(stage.live()).toMatchObject({ westus3: 'out' });
    await stage.alert('uksouth');
    await stage.minutes(20);
    expect(stage.live()['westus3']).not.toBe('out');
  });

  it('is tried again though the service refuses it once', async () => {
    const stage = await emergencyPart();
    load(stage, 800);
    stage.world.arm.faults.set([{ on: 'PATCH *', status: 403, times: 1 }] as never);
    await stage.minutes(120);
    expect(stage.live()).toMatchObject({ westus3: 'out' });
  });
});

describe('what somebody enables by hand while an emergency keeps it out', () => {
  it.each([403, 400])('goes out again though the service refuses it once (%d)', async (status) => {
    const stage = new ConsentStage({ drain: 0, restore: 1 });
    await stage.alert('westus3');
    await stage.minutes(15);
    stage.world.arm.faults.set([{ on: 'PATCH *', status, times: 1 }] as never);
    stage.byHand('westus3', { enabledState: 'Enabled' });
    await stage.minutes(120);
    expect(stage.live()).toMatchObject({ westus3: 'out' });
  });

  it('goes out again though nothing could be written for a while', async () => {
    const stage = new ConsentStage({ drain: 0, restore: 1 });
    await stage.alert('westus3');
    await stage.minutes(15);
    stage.world.arm.faults.set([{ on: 'PATCH *', status: 503 }] as never);
    stage.byHand('westus3', { enabledState: 'Enabled' });
    await stage.minutes(90);
    stage.world.arm.faults.set([]);
    await stage.minutes(120);
    expect(stage.live()).toMatchObject({ westus3: 'out' });
  });
});
