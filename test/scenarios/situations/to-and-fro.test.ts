import { describe, expect, it } from 'vitest';

import { EdgeStage } from './edge-stage.ts';

const WHOLE = { eastus2: 500, northeurope: 500, westus3: 500 };
const DRAINED = { ...WHOLE, eastus2: 'out' };
const HOUR = 3_600;

describe('a region that goes to and fro', () => {
  /** It is bad for a minute and well for a minute, again and again. */
  async function flap(stage: EdgeStage, times: number): Promise<void> {
    for (let time = 0; time < times; time += 1) {
      const firedAt = stage.world.seconds();
      const alert = { alertId: `a-${firedAt}`, firedAt };
      await stage.alert('eastus2', alert);
      await stage.pass(60);
      await stage.alert('eastus2', { ...alert, monitorCondition: 'Resolved', resolvedAt: stage.world.seconds() });
      await stage.pass(60);
      await stage.tick();
    }
  }

  function count(stage: EdgeStage, write: string): number {
    return stage.writes.filter((one) => one === write).length;
  }

  it('goes out each time, comes back five times in an hour, and stays out then: people are called once', async () => {
    const stage = new EdgeStage();
    await flap(stage, 6);
    for (let tick = 0; tick < 5; tick += 1) {
      await stage.pass(60);
      await stage.tick();
    }
    expect(count(stage, 'eastus2 Disabled')).toBe(6);
    expect(count(stage, 'eastus2 Enabled')).toBe(5);
    expect(stage.live()).toEqual(DRAINED);
    expect(await stage.pages()).toEqual(['loop-guard']);
    await stage.pass(HOUR);
    await stage.tick();
    expect(stage.live()).toEqual(WHOLE);
  });

  it('goes out however often it has', async () => {
    const stage = new EdgeStage();
    await flap(stage, 6);
    stage.byHand('eastus2', { enabledState: 'Enabled' });
    await stage.alert('eastus2', { alertId: 'again' });
    expect(stage.live()).toEqual(DRAINED);
  });

  it('and is drilled to and fro: the sixth drill does not begin', async () => {
    const stage = new EdgeStage();
    for (let time = 0; time < 5; time += 1) {
      await stage.command({ command: 'drill', origin: 'eastus2', durationSeconds: 60 });
      await stage.pass(120);
      await stage.tick();
    }
    expect(await stage.command({ command: 'drill', origin: 'eastus2', durationSeconds: 60 })).toMatchObject({
      decision: 'refuse',
      reason: 'loop-guard',
    });
    await stage.pass(120);
    await stage.tick();
    expect(count(stage, 'eastus2 Enabled')).toBe(5);
    expect(stage.live()).toEqual(WHOLE);
  });

  it('takes its neighbours along: what makes room for it is never held', async () => {
    const scenario = {
      origins: [
        { region: 'eastus2', weight: 500, capacity: 100 },
        { region: 'northeurope', weight: 100, capacity: 100 },
        { region: 'westus3', weight: 900, capacity: 75 },
      ],
      policy: { redistribute: 'capacity', weightTotal: 1000 },
    };
    const stage = new EdgeStage(scenario);
    await flap(stage, 8);
    expect(stage.live()).toEqual({ eastus2: 'out', northeurope: 571, westus3: 429 });
    expect(count(stage, 'northeurope 100')).toBe(5);
    expect(count(stage, 'northeurope 571')).toBe(6);
    expect(new Set(await stage.pages())).toEqual(new Set(['loop-guard']));
  });
});
