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
});
