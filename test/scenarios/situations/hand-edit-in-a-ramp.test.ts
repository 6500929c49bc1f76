import { beforeEach, describe, expect, it } from 'vitest';

import { EdgeStage } from './edge-stage.ts';

describe('somebody writes a weight in the middle of a ramp', () => {
  let stage: EdgeStage;

  beforeEach(async () => {
    stage = new EdgeStage({ policy: { bakeSec: 300 } });
    await stage.command({ command: 'failover', origin: 'eastus2', steps: [250, 100] });
    await stage.pass(60);
    expect(stage.live()).toMatchObject({ eastus2: 250 });
    stage.byHand('eastus2', { weight: 900 });
  });

  it('is not overwritten; the ramp stands still and people hear of it once', async () => {
    await stage.pass(3600);
    for (let minute = 0; minute < 10; minute += 1) {
      await stage.tick();
      await stage.pass(60);
    }
    expect(stage.live()).toMatchObject({ eastus2: 900 });
    expect(stage.writes).toEqual(['eastus2 250']);
    expect(await stage.pages()).toEqual(['drift']);
  });

  it('does not keep an emergency from draining, and is kept on the way back', async () => {
    await stage.pass(600);
    await stage.alert('eastus2');
    await stage.pass(60);
    expect(stage.live()).toMatchObject({ eastus2: 'out' });
    expect(stage.writes).toEqual(['eastus2 250', 'eastus2 Disabled']);
    await stage.command({ command: 'failback', origin: 'eastus2' });
    await stage.pass(3600);
    await stage.recovered('eastus2');
    await stage.pass(3600);
    expect(stage.live()).toMatchObject({ eastus2: 900 });
  });

  it("of another origin is nobody's business of ours", async () => {
    stage.byHand('eastus2', { weight: 250 });
    stage.byHand('westus3', { weight: 400 });
    await stage.pass(3600);
    expect(stage.live()).toEqual({ eastus2: 'out', northeurope: 500, westus3: 400 });
  });
});
