import { beforeEach, describe, expect, it } from 'vitest';

import { EdgeStage } from './edge-stage.ts';

describe('the fleet file changes while something is under way', () => {
  let stage: EdgeStage;

  beforeEach(() => {
    stage = new EdgeStage({ policy: { bakeSec: 300 } });
  });

  it('a rule that is tightened stops a ramp at its next step', async () => {
    await stage.command({ command: 'failover', origin: 'eastus2', steps: [250, 100] });
    stage.rule(({ safety }) => ({ safety: { ...safety, minEnabled: 3 } }));
    await stage.pass(3600);
    expect(stage.live()['eastus2']).not.toBe('out');
    expect(await stage.intents()).toEqual([expect.objectContaining({ note: 'safety-rule:atleast-3' })]);
  });

  it('a rule that is tightened undoes no drain that stands', async () => {
    await stage.alert('eastus2');
    stage.rule(({ safety }) => ({ safety: { ...safety, minEnabled: 3, maxDrainFraction: 0 } }));
    await stage.tick();
    await stage.pass(3600);
    expect(stage.live()).toEqual({ eastus2: 'out', northeurope: 500, westus3: 500 });
    await stage.alert('westus3');
    expect(stage.writes).toEqual(['eastus2 Disabled']);
  });

  it('a mode that is lowered to observe brings no sick region back', async () => {
    await stage.alert('eastus2');
    stage.rule(({ mode }) => ({ mode: { ...mode, drain: 'observe' } }));
    await stage.tick();
    await stage.alert('eastus2', { alertId: 'another' });
    await stage.pass(600);
    await stage.tick();
    expect(stage.live()).toEqual({ eastus2: 'out', northeurope: 500, westus3: 500 });
    expect(stage.writes).toEqual(['eastus2 Disabled']);
  });

  it('a mode that is lowered to observe acts on no new region', async () => {
    stage.rule(({ mode }) => ({ mode: { ...mode, drain: 'observe' } }));
    await stage.alert('westus3');
    await stage.pass(600);
    expect(stage.writes).toEqual([]);
    expect(await stage.records('observed')).toHaveLength(1);
  });

  it('an origin that is removed while it is out is left as it is', async () => {
    await stage.alert('eastus2');
    const gone = stage.world.originId('eastus2');
    stage.reload(({ origins }) => ({ origins: origins.filter(({ id }) => id !== gone) }));
    await stage.tick();
    await stage.pass(3600);
    await stage.alert('eastus2', { alertId: 'another' });
    expect(stage.writes).toEqual(['eastus2 Disabled']);
  });

  it('an origin that is removed in a ramp gets no further step', async () => {
    await stage.command({ command: 'failover', origin: 'eastus2', steps: [250, 100] });
    const gone = stage.world.originId('eastus2');
    stage.reload(({ origins }) => ({ origins: origins.filter(({ id }) => id !== gone) }));
    await stage.pass(3600);
    await stage.tick();
    expect(stage.writes).toEqual(['eastus2 250']);
  });
});
