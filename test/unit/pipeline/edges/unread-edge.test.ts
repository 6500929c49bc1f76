import { beforeEach, describe, expect, it } from 'vitest';

import { EdgeStage } from '../../../scenarios/situations/edge-stage.ts';

const DOWN = [{ on: 'GET *', status: 503, times: 10_000 }];
const FORBIDDEN = [{ on: 'GET *', status: 403, times: 10_000 }];

let stage: EdgeStage;

async function ticks(count: number): Promise<void> {
  for (let tick = 0; tick < count; tick += 1) {
    await stage.tick();
    stage.world.messages = [];
    await stage.pass(60);
  }
}

async function overs(): Promise<readonly unknown[]> {
  return (await stage.records('page-over')).map(({ facts }) => facts['reason']);
}

describe('an edge with nothing to do that cannot be read', () => {
  beforeEach(async () => {
    stage = new EdgeStage();
    await ticks(2);
  });

  it('is a page after five looks, one for as long as it lasts, and told when it can be read again', async () => {
    stage.world.arm.faults.set(DOWN);
    await ticks(4);
    expect(await stage.pages()).toEqual([]);
    await ticks(20);
    expect([await stage.pages(), await overs()]).toEqual([['control-plane-unavailable'], []]);
    stage.world.arm.faults.clear();
    await ticks(3);
    expect([await stage.pages(), await overs()]).toEqual([
      ['control-plane-unavailable'],
      ['control-plane-unavailable'],
    ]);
  });

  it('has a page of its own each time, and the end of each is that of the same page', async () => {
    for (const faults of [DOWN, FORBIDDEN]) {
      stage.world.arm.faults.set(faults);
      await ticks(6);
      stage.world.arm.faults.clear();
      await ticks(1);
    }
    const problems = (await stage.records('paged', 'page-over')).map(({ kind, facts }) => [kind, facts['problem']]);
    expect(problems.map(([kind]) => kind)).toEqual(['paged', 'page-over', 'paged', 'page-over']);
    expect(problems[0]?.[1]).toBe(problems[1]?.[1]);
    expect(problems[2]?.[1]).toBe(problems[3]?.[1]);
    expect(problems[0]?.[1]).not.toBe(problems[2]?.[1]);
  });

  it('is a page at once where waiting does not help', async () => {
    stage.world.arm.faults.set(FORBIDDEN);
    await ticks(3);
    expect(await stage.pages()).toEqual(['authorization']);
  });

  it('is no page where it can be read again before the fifth look, and nothing is over then', async () => {
    stage.world.arm.faults.set(DOWN);
    await ticks(4);
    stage.world.arm.faults.clear();
    await ticks(1);
    stage.world.arm.faults.set(DOWN);
    await ticks(4);
    expect([await stage.pages(), await overs()]).toEqual([[], []]);
  });

  it('is asked again soon, by wakes that do not outlast it', async () => {
    stage.world.arm.faults.set(DOWN);
    await stage.tick();
    await stage.pass(600);
    expect(await stage.pages()).toEqual(['control-plane-unavailable']);
    expect(stage.world.messages).toEqual([]);
  });

  it('is no page for a burst of alerts in a bad second', async () => {
    stage.world.arm.faults.set(DOWN);
    for (let count = 0; count < 9; count += 1) {
      await stage.alert('mars', { alertId: `a${count}` });
    }
    expect(await stage.pages()).toEqual([]);
  });

  it('is not called readable by a person who asks for what needs no reading', async () => {
    stage.world.arm.faults.set(DOWN);
    await ticks(6);
    await stage.command({ command: 'failback', origin: 'eastus2' });
    await stage.command({ command: 'failback', origin: 'eastus2' });
    expect(await overs()).toEqual([]);
  });
});
