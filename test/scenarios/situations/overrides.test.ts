import { describe, expect, it } from 'vitest';

import { EdgeStage } from './edge-stage.ts';

/** A drain that breaks these rules. */
function outWithout(...override: string[]): Parameters<EdgeStage['command']>[0] {
  return { command: 'failover', origin: 'eastus2', override, reason: 'the contract with that region ends' };
}

/** Of three regions two cannot carry everything, and one still less. */
function stageOf(): EdgeStage {
  const origins = ['eastus2', 'northeurope', 'westus3'].map((region) => ({ region, weight: 500, capacity: 100 }));
  const stage = new EdgeStage({ origins, load: 190 });
  stage.rule(({ safety, approvals }) => ({
    safety: { ...safety, maxDrainFraction: 0.9 },
    approvals: { ...approvals, runbook: 0, override: 1 },
  }));
  return stage;
}

describe('a rule that people have overridden for one drain', () => {
  it('holds for every other one, and again for that one when it is done', async () => {
    const stage = stageOf();
    await stage.command(outWithout('insufficient-capacity'));
    expect(stage.writes).toEqual([]);
    await stage.approve('bob');
    await stage.pass(3_600);
    expect(stage.live()).toEqual({ eastus2: 'out', northeurope: 500, westus3: 500 });
    await stage.alert('northeurope');
    await stage.pass(600);
    // What was planned yields to the emergency, which two can carry no worse than before.
    expect(stage.live()).toEqual({ eastus2: 500, northeurope: 'out', westus3: 500 });
    expect(await stage.pages()).toEqual(['insufficient-capacity']);
    expect(stage.writes).toEqual(['eastus2 Disabled', 'eastus2 Enabled', 'northeurope Disabled']);
  });

  it('holds for an emergency while that drain is only asked for', async () => {
    const stage = stageOf();
    await stage.command(outWithout('insufficient-capacity', 'max-drain-fraction'));
    stage.rule(({ safety }) => ({ safety: { ...safety, maxDrainFraction: 0 } }));
    await stage.alert('westus3');
    await stage.pass(600);
    expect(stage.writes).toEqual([]);
    expect(await stage.pages()).toContain('max-drain-fraction');
  });

  it('holds for a drain beside weights for which it was overridden', async () => {
    const origins = ['eastus2', 'westus3'].map((region, index) => ({
      region,
      weight: index === 0 ? 1000 : 50,
      capacity: 400,
    }));
    const stage = new EdgeStage({ origins, load: 10, policy: { maxDrainFraction: 0.34 } });
    await stage.command({ command: 'failover', origin: 'eastus2', override: [], reason: 'cost', steps: [339, 107] });
    expect(await stage.pages()).toEqual(['max-drain-fraction']);
    const shares = { eastus2: 1, westus3: 0 };
    await stage.command({ command: 'set-shares', shares, override: ['max-drain-fraction'], reason: 'one alone' });
    for (let minute = 0; minute < 60; minute += 1) {
      await stage.pass(60);
      await stage.tick();
    }
    expect(stage.writes).toEqual(['westus3 Disabled']);
    expect(stage.live()).toEqual({ eastus2: 1000, westus3: 'out' });
  });
});
