import { describe, expect, it } from 'vitest';

import { EdgeStage } from './edge-stage.ts';

/** Both cells are given the same alert; reads and writes take as long as they do over a network. */
async function race(apartMs: number, latencyMs = 120): Promise<EdgeStage> {
  const stage = new EdgeStage({ arm: [{ on: 'PATCH *', lroSec: 60 }] });
  const { clock } = stage.world;
  stage.world.hooks = {
    beforeRead: async () => await clock.sleep(latencyMs),
    beforeWrite: async () => await clock.sleep(latencyMs),
  };
  const second = stage.another();
  const first = stage.deliver('eastus2', { at: 0, firedAt: 0 });
  const later = clock.sleep(apartMs).then(() => stage.deliver('eastus2', { at: 0, firedAt: 0 }, second));
  await clock.run(Promise.all([first, later]));
  await stage.pass(600);
  return stage;
}

describe('two cells decide on the same alert', () => {
  it.each([0, 1, 50, 130, 250, 500, 2_000])('%i ms apart: one PATCH, one record of it, one plan', async (apartMs) => {
    const stage = await race(apartMs);
    expect(stage.writes).toEqual(['eastus2 Disabled']);
    expect(stage.live()).toEqual({ eastus2: 'out', northeurope: 500, westus3: 500 });
    expect(await stage.records('acted')).toHaveLength(1);
    expect((await stage.plans()).map(({ state }) => state)).toEqual(['done']);
    expect(await stage.pages()).toEqual([]);
  });

  it('about two regions: both are drained, one after another', async () => {
    const stage = new EdgeStage();
    const { clock } = stage.world;
    stage.world.hooks = { beforeRead: async () => await clock.sleep(120) };
    const second = stage.another();
    const other = clock.sleep(50).then(() => stage.deliver('westus3', {}, second));
    await clock.run(Promise.all([stage.deliver('eastus2'), other]));
    await stage.pass(600);
    expect(stage.live()).toEqual({ eastus2: 'out', northeurope: 500, westus3: 'out' });
    expect(stage.writes).toHaveLength(2);
  });

  it('about all three regions: the last one stays', async () => {
    const stage = new EdgeStage();
    const { clock } = stage.world;
    stage.world.hooks = { beforeRead: async () => await clock.sleep(120) };
    const cells = [stage.cell, stage.another(), stage.another()];
    const regions = ['eastus2', 'northeurope', 'westus3'];
    const deliveries = regions.map((region, index) =>
      clock.sleep(index * 40).then(() => stage.deliver(region, {}, cells[index])),
    );
    await clock.run(Promise.all(deliveries));
    await stage.pass(600);
    expect(Object.values(stage.live()).filter((weight) => weight !== 'out').length).toBeGreaterThan(0);
  });
});
