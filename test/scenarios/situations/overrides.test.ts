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

describe('a way back of what nobody knows the health of', () => {
  const AGAIN = { command: 'failback', origin: 'eastus2', reason: 'its probes pass by hand' } as const;

  async function drained(): Promise<EdgeStage> {
    const stage = new EdgeStage();
    stage.rule(({ approvals }) => ({ approvals: { ...approvals, override: 1 } }));
    await stage.alert('eastus2');
    await stage.pass(60);
    stage.world.scenario.origins[0]!.healthy = null;
    await stage.recovered('eastus2');
    await stage.pass(3_600);
    await stage.tick();
    expect(stage.live()).toMatchObject({ eastus2: 'out' });
    return stage;
  }

  it('waits for somebody who knows', async () => {
    const stage = await drained();
    expect(await stage.command(AGAIN)).toMatchObject({ decision: 'hold', reason: 'target-health-unknown', kept: true });
    stage.world.scenario.origins[0]!.healthy = true;
    await stage.pass(600);
    await stage.tick();
    await stage.pass(600);
    expect(stage.live()).toMatchObject({ eastus2: 500 });
  });

  it('is made when as many people say so as break a rule', async () => {
    const stage = await drained();
    const asked = await stage.command({ ...AGAIN, override: ['target-health-unknown'] });
    expect(asked).toMatchObject({ decision: 'pending-approval', plan: expect.any(String) as string });
    expect(stage.live()).toMatchObject({ eastus2: 'out' });
    await stage.approve('bob');
    await stage.pass(600);
    expect(stage.live()).toEqual({ eastus2: 500, northeurope: 500, westus3: 500 });
    expect((await stage.intents()).map(({ state }) => state)).toEqual(['closed']);
  });

  it('is not made to what is known to be sick', async () => {
    const stage = await drained();
    stage.world.scenario.origins[0]!.healthy = false;
    expect(await stage.command({ ...AGAIN, override: ['target-health-unknown'] })).toMatchObject({
      reason: 'target-unhealthy',
    });
    await stage.pass(600);
    expect(stage.live()).toMatchObject({ eastus2: 'out' });
  });

  it('leaves nobody to those alone whom nobody knows', async () => {
    const stage = await drained();
    await stage.command({ ...AGAIN, override: ['target-health-unknown'] });
    for (const origin of stage.world.scenario.origins) {
      origin.healthy = null;
    }
    await stage.approve('bob');
    await stage.pass(600);
    expect(stage.live()).toMatchObject({ eastus2: 'out' });
  });
});
