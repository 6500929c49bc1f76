import { beforeEach, describe, expect, it } from 'vitest';

import { EdgeStage } from './edge-stage.ts';

describe('the kill switch in the middle of an emergency', () => {
  let stage: EdgeStage;

  beforeEach(async () => {
    stage = new EdgeStage({ arm: [{ on: 'PATCH *', lroSec: 120, serial: true }] });
    await stage.alert('eastus2');
    await stage.killSwitch(true);
    await stage.alert('westus3');
  });

  it('watches the write in flight to its end, writes nothing and undoes nothing', async () => {
    await stage.pass(3600);
    await stage.tick();
    expect(stage.writes).toEqual(['eastus2 Disabled']);
    expect(stage.live()).toEqual({ eastus2: 'out', northeurope: 500, westus3: 500 });
    expect(await stage.records('acted')).toHaveLength(1);
    expect(await stage.pages()).toEqual(['kill-switch']);
  });

  it('goes on when it is off again', async () => {
    await stage.pass(3600);
    await stage.killSwitch(false);
    await stage.pass(600);
    expect(stage.live()).toEqual({ eastus2: 'out', northeurope: 500, westus3: 'out' });
    expect(stage.writes).toEqual(['eastus2 Disabled', 'westus3 Disabled']);
  });

  it('does nothing for what has recovered meanwhile', async () => {
    await stage.pass(60);
    await stage.recovered('westus3');
    await stage.pass(3600);
    await stage.killSwitch(false);
    await stage.pass(600);
    expect(stage.live()).toMatchObject({ eastus2: 'out', westus3: 500 });
    expect(stage.writes).toEqual(['eastus2 Disabled']);
  });
});

describe('the kill switch in the middle of a ramp', () => {
  let stage: EdgeStage;

  beforeEach(async () => {
    stage = new EdgeStage({ policy: { bakeSec: 300 } });
    await stage.command({ command: 'failover', origin: 'eastus2', steps: [250, 100] });
    await stage.pass(10);
    await stage.killSwitch(true);
    await stage.pass(3600);
    await stage.tick();
  });

  it('freezes it where it is', async () => {
    expect(stage.live()).toMatchObject({ eastus2: 250 });
    expect(await stage.pages()).toEqual(['kill-switch']);
    expect((await stage.plans()).map(({ state }) => state)).toEqual(['running']);
  });

  it('takes the steps that are left when it is off again, in the same plan', async () => {
    await stage.killSwitch(false);
    await stage.pass(3600);
    expect(stage.live()).toMatchObject({ eastus2: 'out' });
    expect(stage.writes.slice(0, 3)).toEqual(['eastus2 250', 'eastus2 100', 'eastus2 Disabled']);
    expect((await stage.plans()).map(({ state }) => state)).toEqual(['done']);
  });

  it('lets the step that stands there prove itself afresh', async () => {
    await stage.killSwitch(false);
    await stage.pass(299);
    expect(stage.live()).toMatchObject({ eastus2: 250 });
    await stage.pass(30);
    expect(stage.live()).toMatchObject({ eastus2: 100 });
  });

  it('stops what is to go back as well, and lets it go later', async () => {
    await stage.command({ command: 'failback', origin: 'eastus2' });
    await stage.pass(600);
    expect(stage.live()).toMatchObject({ eastus2: 250 });
    await stage.killSwitch(false);
    await stage.pass(3600);
    expect(stage.live()).toMatchObject({ eastus2: 500 });
  });
});
