import { expect, it } from 'vitest';
import { App } from '../../../cli/simulate/app.ts';
import { ConsentStage } from './consent-stage.ts';
import type { EdgeStage } from './edge-stage.ts';

/** Wake messages that wait on the queue. */
function wakes({ world }: EdgeStage): number {
  return world.messages.filter(({ text }) => text.includes('"kind":"wake"')).length;
}

it('a write that is at work for long is asked after by one wake message, whatever else looks at the edge', async () => {
  const stage = new ConsentStage({ drain: 0 }, {}, { arm: [{ on: 'PATCH *', lroSec: 1200 }] });
  await stage.alert('eastus2');
  for (let minute = 0; minute < 10; minute += 1) {
    await stage.alert('eastus2', { alertId: `again-${minute}` });
    await stage.minutes(1);
  }
  expect(wakes(stage)).toBe(1);
});

it('a bake is waited for by one wake message', async () => {
  const stage = new ConsentStage();
  await stage.command({ command: 'failover', origin: 'eastus2', steps: [250, 100] });
  await stage.approve('bob');
  await stage.minutes(8);
  expect(stage.live()).toMatchObject({ eastus2: 250 });
  expect(wakes(stage)).toBe(1);
  await stage.minutes(4);
  expect(stage.live()).toMatchObject({ eastus2: 100 });
});

it('each process has its own, and the steps go on whoever finds it', async () => {
  const stage = new ConsentStage({}, { bakeSec: 120 });
  await stage.command({ command: 'failover', origin: 'eastus2', steps: [250, 100] });
  await stage.approve('bob');
  const other = stage.another();
  for (let turn = 0; turn < 10; turn += 1) {
    await stage.pass(20, turn % 2 === 0 ? other : stage.cell);
    await stage.tick(turn % 2 === 0 ? stage.cell : other);
    expect(wakes(stage)).toBeLessThanOrEqual(2);
  }
  expect(stage.live()).toMatchObject({ eastus2: 100 });
});

it('an edge is measured by the minute, not by each look at a plan that goes on', async () => {
  const stage = new ConsentStage({ drain: 0 }, {}, { arm: [{ on: 'PATCH *', lroSec: 1200 }] });
  let measured = 0;
  const measure = (): Promise<readonly never[]> => {
    measured += 1;
    return Promise.resolve([]);
  };
  stage.cell = new App(stage.world, { measure });
  await stage.alert('eastus2');
  await stage.minutes(10);
  expect(measured).toBe(10);
});
