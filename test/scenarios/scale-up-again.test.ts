import { describe, expect, it } from 'vitest';

import { UpstreamError } from '../../shared/errors.ts';
import { ScaleUpStage, type Setting } from './scale-up-stage.ts';

/** Six nodes carry it, and eight what comes on top later. */
const LOAD = 300;
const MORE = 450;

/** The region is out, and the survivor has got six nodes for its traffic. */
async function grown(setting: Partial<Setting> = {}): Promise<ScaleUpStage> {
  const stage = new ScaleUpStage({ load: LOAD, scaleUp: {}, ...setting });
  stage.sick.add('weu');
  await stage.pass(10);
  expect(await stage.nodes('neu')).toEqual([6, 6]);
  return stage;
}

describe('more nodes are needed than were asked for, and do not come', () => {
  it.each([
    ['the service ends the write badly', { on: 'poll', ends: 'failed' }],
    ['the service refuses the write', { on: 'begin', error: new UpstreamError('write node pool', 403) }],
  ] as const)('%s: what carries the traffic keeps what it has, and it is tried again', async (_, fault) => {
    const stage = await grown();
    stage.load = MORE;
    stage.pools.fail(fault);
    for (let minute = 0; minute < 4; minute += 1) {
      await stage.pass(1);
      expect((await stage.nodes('neu'))[0]).toBe(6);
    }
    await stage.pass(10);
    expect(await stage.nodes('neu')).toEqual([8, 8]);
    stage.sick.delete('weu');
    await stage.pass(40);
    expect((await stage.nodes('neu'))[0]).toBe(3);
  });

  it('people have to agree to them: until then it keeps those that they agreed to before', async () => {
    const stage = new ScaleUpStage({ load: LOAD, scaleUp: { mode: 'propose' } });
    stage.sick.add('weu');
    await stage.pass(2);
    await stage.approve('bob');
    await stage.pass(10);
    stage.load = MORE;
    await stage.pass(3);
    expect((await stage.nodes('neu'))[0]).toBe(6);
    await stage.approve('bob');
    await stage.pass(10);
    expect(await stage.nodes('neu')).toEqual([8, 8]);
    expect(stage.pools.accepted).toHaveLength(2);
    stage.load = LOAD;
    stage.sick.delete('weu');
    await stage.pass(40);
    expect((await stage.nodes('neu'))[0]).toBe(3);
  });
});

describe('its owner changes the mode meanwhile', () => {
  it('to observe: nothing more is written, and nothing given back before the region is', async () => {
    const stage = await grown();
    stage.reload({ load: LOAD, scaleUp: { mode: 'observe' } });
    stage.load = MORE;
    await stage.pass(5);
    expect(await stage.nodes('neu')).toEqual([6, 6]);
    expect(stage.pools.accepted).toHaveLength(1);
    stage.load = LOAD;
    stage.sick.delete('weu');
    await stage.pass(40);
    expect((await stage.nodes('neu'))[0]).toBe(3);
  });

  it('to enforce: what was only recorded is done', async () => {
    const stage = new ScaleUpStage({ load: LOAD, scaleUp: { mode: 'observe' } });
    stage.sick.add('weu');
    await stage.pass(3);
    expect(stage.pools.accepted).toEqual([]);
    stage.reload({ load: LOAD, scaleUp: {} });
    await stage.pass(10);
    expect(await stage.nodes('neu')).toEqual([6, 6]);
    expect(await stage.serving()).toEqual(['shop-neu']);
  });
});
