import { describe, expect, it } from 'vitest';

import { EdgeStage } from './edge-stage.ts';

/** A ramp that has begun when a date comes on which nothing planned may move. */
async function underWay(): Promise<EdgeStage> {
  const stage = new EdgeStage({ policy: { bakeSec: 60 } });
  await stage.command({ command: 'failover', origin: 'eastus2', steps: [250, 100] });
  await stage.pass(30);
  expect(stage.live()).toMatchObject({ eastus2: 250 });
  stage.rule(() => ({ blockedDates: [stage.world.clock.now().toISOString().slice(0, 10)] }));
  return stage;
}

async function minutes(stage: EdgeStage, count: number): Promise<void> {
  for (let minute = 0; minute < count; minute += 1) {
    await stage.pass(60);
    await stage.tick();
  }
}

describe('on a blocked date', () => {
  it('what has begun before goes on', async () => {
    const stage = await underWay();
    await minutes(stage, 4);
    expect(stage.live()).toEqual({ eastus2: 'out', northeurope: 500, westus3: 500 });
  });

  it.each([
    { command: 'set-weights', weights: { northeurope: 700 } },
    { command: 'drill', origin: 'westus3', durationSeconds: 600 },
  ] as const)('nothing else goes along with it: %j', async (asked) => {
    const stage = await underWay();
    expect(await stage.command(asked)).toMatchObject({ reason: 'blocked-date' });
    await minutes(stage, 4);
    expect(stage.live()).toEqual({ eastus2: 'out', northeurope: 500, westus3: 500 });
  });
});
