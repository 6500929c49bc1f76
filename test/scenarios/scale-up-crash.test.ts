import { describe, expect, it } from 'vitest';

import { ScaleUpStage } from './scale-up-stage.ts';

const LOAD = 300;

/** Where a cell may die while it writes a floor. */
const MOMENTS: readonly (readonly [string, NonNullable<ScaleUpStage['crashes']>])[] = [
  ['after the floor was opened', { at: 'after', port: 'rows', isIt: (call) => call.includes('"kind":"floor"') }],
  ['after it was written down that it is sent', { at: 'before', port: 'nodePools', isIt: isBegin }],
  ['after the PUT, before its answer is written down', { at: 'after', port: 'nodePools', isIt: isBegin }],
  [
    'after its answer was written down',
    { at: 'after', port: 'rows', isIt: (call) => call.includes('"state":"running"') && call.includes('operation') },
  ],
];

function isBegin(call: string): boolean {
  return call.startsWith('begin ');
}

describe('one of two cells dies while a node pool is written', () => {
  it.each(MOMENTS)('%s: the other brings it to its end, with one write', async (_, crash) => {
    const stage = new ScaleUpStage({ load: LOAD, scaleUp: {}, cells: 2 });
    stage.sick.add('weu');
    stage.crashes = crash;
    await stage.pass(15);
    expect(stage.deaths).toBe(1);
    expect(stage.pools.accepted).toHaveLength(1);
    expect(await stage.nodes('neu')).toEqual([6, 6]);
    expect(await stage.serving()).toEqual(['shop-neu']);
    expect(await stage.pages()).toEqual(['insufficient-capacity']);
    stage.sick.delete('weu');
    await stage.pass(30);
    expect(await stage.nodes('neu')).toEqual([3, 6]);
  });

  it.each(MOMENTS)('on the way back, %s: as well', async (_, crash) => {
    const stage = new ScaleUpStage({ load: LOAD, scaleUp: {}, cells: 2 });
    stage.sick.add('weu');
    await stage.pass(12);
    stage.sick.delete('weu');
    stage.crashes = crash;
    await stage.pass(40);
    expect(stage.deaths).toBe(1);
    expect(stage.pools.accepted).toHaveLength(2);
    expect(await stage.nodes('neu')).toEqual([3, 6]);
    expect((await stage.intents('floor')).map(({ state }) => state)).toEqual(['closed']);
    expect(await stage.pages()).toEqual(['insufficient-capacity']);
  });
});

it('the only cell dies after the PUT, and another starts later: nothing is sent again', async () => {
  const stage = new ScaleUpStage({ load: LOAD, scaleUp: {}, cells: 2 });
  stage.sick.add('weu');
  stage.crashes = { at: 'after', port: 'nodePools', isIt: isBegin };
  await stage.pass(1);
  expect(stage.deaths).toBe(1);
  await stage.clock.advance(3_600_000);
  await stage.pass(6);
  expect(stage.pools.accepted).toHaveLength(1);
  expect(await stage.serving()).toEqual(['shop-neu']);
});
