import { describe, expect, it } from 'vitest';

import { UpstreamError } from '../../shared/errors.ts';
import { clusterId, ScaleUpStage } from './scale-up-stage.ts';

/** Three nodes of 80, a fifth of which stays free: 192 requests a second for one region. */
const FITS = 190;
const NEEDS_MORE = 300;

describe('a region is lost, and what is left cannot carry its traffic', () => {
  it('first the survivor gets more nodes, then traffic moves; afterwards all is as it was', async () => {
    const stage = new ScaleUpStage({ load: NEEDS_MORE, scaleUp: {} });
    await stage.pass(1);
    stage.sick.add('weu');
    await stage.pass(1);
    expect(await stage.serving()).toEqual(['shop-neu', 'shop-weu']);
    expect(stage.pools.accepted).toEqual([
      { pool: expect.stringContaining('shop-neu') as string, change: { minCount: 6 } },
    ]);
    expect(await stage.pages()).toEqual(['insufficient-capacity']);

    await stage.pass(8);
    expect(await stage.nodes('neu')).toEqual([6, 6]);
    expect(await stage.serving()).toEqual(['shop-neu']);
    expect(await stage.nodes('weu')).toEqual([3, 3]);

    stage.sick.delete('weu');
    await stage.pass(30);
    expect(await stage.serving()).toEqual(['shop-neu', 'shop-weu']);
    expect(await stage.nodes('neu')).toEqual([3, 6]);
    expect(stage.pools.accepted).toHaveLength(2);
    expect((await stage.intents('floor')).map(({ state }) => state)).toEqual(['closed']);
    expect((await stage.targets()).every((key) => key.startsWith('/subscriptions/'))).toBe(true);
  });

  it('nothing is asked for while it fits', async () => {
    const stage = new ScaleUpStage({ load: FITS, scaleUp: {} });
    stage.sick.add('weu');
    await stage.pass(5);
    expect(await stage.serving()).toEqual(['shop-neu']);
    expect(stage.pools.accepted).toEqual([]);
  });
});

describe('as far as it helps', () => {
  it('nothing is asked for where not even the most nodes would do, and people are called', async () => {
    const stage = new ScaleUpStage({ load: NEEDS_MORE, scaleUp: {}, autoscaler: { min: 3, max: 4 } });
    stage.sick.add('weu');
    await stage.pass(10);
    expect(await stage.serving()).toEqual(['shop-neu', 'shop-weu']);
    expect(stage.pools.accepted).toEqual([]);
    expect(await stage.pages()).toEqual(['insufficient-capacity']);
  });

  it('the fleet file sets a limit of its own', async () => {
    const stage = new ScaleUpStage({ load: NEEDS_MORE, scaleUp: { maxNodes: 4 } });
    stage.sick.add('weu');
    await stage.pass(10);
    expect(stage.pools.accepted).toEqual([]);
  });

  it('the most nodes are asked for where a part of the traffic may move', async () => {
    const edges = { shop: { rules: { headroom: '20%', allowPartial: true } } };
    const stage = new ScaleUpStage({ load: NEEDS_MORE, scaleUp: {}, autoscaler: { min: 3, max: 4 }, edges });
    stage.sick.add('weu');
    await stage.pass(10);
    expect(await stage.nodes('neu')).toEqual([4, 4]);
    expect(await stage.serving()).toEqual(['shop-neu', 'shop-weu']);
  });

  it('a part that has moved is followed by the rest when the nodes are there', async () => {
    const edges = { shop: { rules: { headroom: '20%', allowPartial: true } } };
    const stage = new ScaleUpStage({ load: NEEDS_MORE, scaleUp: {}, edges });
    stage.sick.add('weu');
    await stage.pass(12);
    expect(await stage.nodes('neu')).toEqual([6, 6]);
    expect(await stage.serving()).toEqual(['shop-neu']);
  });

  it('edges share what there is by their priority', async () => {
    const edges = { first: {}, second: {}, third: {} };
    const stage = new ScaleUpStage({ load: 150, scaleUp: {}, autoscaler: { min: 4, max: 6 }, edges });
    await stage.pass(1);
    stage.sick.add('weu');
    await stage.pass(15);
    expect(await stage.nodes('neu')).toEqual([6, 6]);
    expect(await stage.serving()).toEqual(['first-neu', 'second-neu', 'third-neu', 'third-weu']);
  });

  it('more is asked for when more comes, and nothing given back before the region is', async () => {
    const stage = new ScaleUpStage({ load: NEEDS_MORE, scaleUp: {} });
    stage.sick.add('weu');
    await stage.pass(10);
    stage.load = 450;
    await stage.pass(10);
    expect(await stage.nodes('neu')).toEqual([8, 8]);
    stage.load = 20;
    await stage.pass(10);
    expect(await stage.nodes('neu')).toEqual([8, 8]);
    stage.sick.delete('weu');
    await stage.pass(30);
    expect(await stage.nodes('neu')).toEqual([3, 8]);
  });
});

it('where the edge has moved the traffic itself, what carries it already gets as many nodes as there may be', async () => {
  const stage = new ScaleUpStage({ load: NEEDS_MORE, scaleUp: {}, autoscaler: { min: 3, max: 4 } });
  stage.dead.add('weu');
  await stage.pass(10);
  expect(await stage.nodes('neu')).toEqual([4, 4]);
});

it('a region whose nodes were taken away while it was out gets them back before its traffic', async () => {
  const stage = new ScaleUpStage({ load: NEEDS_MORE, scaleUp: {}, autoscaler: { min: 2, max: 10 }, count: 4 });
  stage.sick.add('weu');
  await stage.pass(15);
  expect(await stage.serving()).toEqual(['shop-neu']);
  stage.pools.change(`${clusterId('weu')}/agentPools/user`, { count: 2 });
  stage.sick.delete('weu');
  await stage.pass(40);
  expect(await stage.serving()).toEqual(['shop-neu', 'shop-weu']);
  expect(await stage.nodes('weu')).toEqual([2, 3]);
  expect((await stage.nodes('neu'))[0]).toBe(2);
});

describe('as its owners let it', () => {
  it('without `scaleUp` nothing is asked for', async () => {
    const stage = new ScaleUpStage({ load: NEEDS_MORE });
    stage.sick.add('weu');
    await stage.pass(5);
    expect(stage.pools.accepted).toEqual([]);
  });

  it('in mode observe it is recorded what would be done', async () => {
    const stage = new ScaleUpStage({ load: NEEDS_MORE, scaleUp: { mode: 'observe' } });
    stage.sick.add('weu');
    await stage.pass(5);
    expect(stage.pools.accepted).toEqual([]);
    const plans = await stage.plans();
    expect(plans.map(({ state, steps }) => [state, steps[0]?.title])).toEqual([
      ['preview', 'keep at least 6 nodes in pool user of shop-neu, before 3'],
    ]);
  });

  it('in mode propose it waits for people', async () => {
    const stage = new ScaleUpStage({ load: NEEDS_MORE, scaleUp: { mode: 'propose' } });
    stage.sick.add('weu');
    await stage.pass(2);
    expect(stage.pools.accepted).toEqual([]);
    await stage.approve('bob');
    await stage.pass(10);
    expect(await stage.nodes('neu')).toEqual([6, 6]);
    expect(await stage.serving()).toEqual(['shop-neu']);
    stage.sick.delete('weu');
    await stage.pass(30);
    expect(await stage.nodes('neu')).toEqual([3, 6]);
  });

  it('what is proposed and nobody has agreed to in time is proposed again', async () => {
    const stage = new ScaleUpStage({ load: NEEDS_MORE, scaleUp: { mode: 'propose' } });
    stage.sick.add('weu');
    await stage.pass(80);
    const states = (await stage.plans()).filter(({ target }) => target === clusterId('neu').toLowerCase());
    expect(states.map(({ state }) => state).toSorted()).toEqual(['expired', 'waiting']);
    await stage.approve('bob');
    await stage.pass(10);
    expect(await stage.nodes('neu')).toEqual([6, 6]);
  });

  it('what a person may not move without another is not made room for without one', async () => {
    const edges = { shop: { approvals: { runbook: 1, restore: 0 } } };
    const stage = new ScaleUpStage({ load: NEEDS_MORE, scaleUp: {}, edges });
    await stage.pass(1);
    await stage.command({ command: 'failover', origin: 'shop-weu' }, 'alice');
    await stage.pass(3);
    expect(stage.pools.accepted).toEqual([]);
    expect((await stage.intents('floor')).map(({ mode, approvals }) => [mode, approvals?.needed])).toEqual([
      ['propose', 1],
    ]);
    await stage.approve('bob');
    await stage.pass(10);
    expect(await stage.nodes('neu')).toEqual([6, 6]);
    expect(await stage.serving()).toEqual(['shop-neu', 'shop-weu']);
    await stage.approve('bob');
    await stage.pass(3);
    expect(await stage.serving()).toEqual(['shop-neu']);
  });

  it('with the kill switch on nothing is written, and all of it when it is off again', async () => {
    const stage = new ScaleUpStage({ load: NEEDS_MORE, scaleUp: {} });
    stage.sick.add('weu');
    await stage.killSwitch(true);
    await stage.pass(5);
    expect(stage.pools.accepted).toEqual([]);
    await stage.killSwitch(false);
    await stage.pass(10);
    expect(await stage.serving()).toEqual(['shop-neu']);
  });

  it('outside of the ceiling nothing is written, and people are called', async () => {
    const ceiling = JSON.stringify({ targets: { resources: [clusterId('weu')] } });
    const stage = new ScaleUpStage({ load: NEEDS_MORE, scaleUp: {}, ceiling });
    stage.sick.add('weu');
    await stage.pass(5);
    expect(stage.pools.accepted).toEqual([]);
    expect(await stage.pages()).toEqual(['insufficient-capacity', 'outside-ceiling']);
  });

  it('an edge that leaves the fleet file while its traffic is there keeps the nodes under it', async () => {
    const stage = new ScaleUpStage({ load: NEEDS_MORE, scaleUp: {} });
    stage.sick.add('weu');
    await stage.pass(10);
    stage.reload({ load: NEEDS_MORE, scaleUp: {}, edges: {} });
    await stage.pass(10);
    expect((await stage.nodes('neu'))[0]).toBe(6);
  });

  it('a cluster that leaves the fleet file gets its former least number back', async () => {
    const stage = new ScaleUpStage({ load: NEEDS_MORE, scaleUp: {} });
    stage.sick.add('weu');
    await stage.pass(10);
    stage.reload({ load: NEEDS_MORE });
    await stage.pass(5);
    expect(await stage.nodes('neu')).toEqual([3, 6]);
    expect(await stage.serving()).toEqual(['shop-neu']);
  });
});

describe('whatever goes wrong', () => {
  it.each(['applied', 'not-applied'] as const)('an answer that is lost (%s) is found out by reading', async (lost) => {
    const stage = new ScaleUpStage({ load: NEEDS_MORE, scaleUp: {} });
    stage.pools.fail({ on: 'begin', lost });
    stage.sick.add('weu');
    await stage.pass(12);
    expect(await stage.nodes('neu')).toEqual([6, 6]);
    expect(stage.pools.accepted).toHaveLength(1);
    expect(await stage.serving()).toEqual(['shop-neu']);
  });

  it('a write that somebody else was faster than is made anew on what stands there then', async () => {
    const stage = new ScaleUpStage({ load: NEEDS_MORE, scaleUp: {} });
    stage.pools.fail({ on: 'begin', faster: { autoscaler: { min: 4, max: 10 } } });
    stage.sick.add('weu');
    await stage.pass(12);
    expect(await stage.nodes('neu')).toEqual([6, 6]);
    expect(stage.pools.accepted).toHaveLength(1);
  });

  it('an operation that the service ends badly is tried again later, and people hear of it', async () => {
    const stage = new ScaleUpStage({ load: NEEDS_MORE, scaleUp: {} });
    stage.pools.fail({ on: 'poll', ends: 'failed' });
    stage.sick.add('weu');
    await stage.pass(4);
    expect(await stage.nodes('neu')).toEqual([3, 3]);
    expect(await stage.pages()).toContainEqual(expect.stringContaining('operation-failed'));
    await stage.pass(20);
    expect(await stage.nodes('neu')).toEqual([6, 6]);
    expect(await stage.serving()).toEqual(['shop-neu']);
    stage.sick.delete('weu');
    await stage.pass(30);
    expect((await stage.nodes('neu'))[0]).toBe(3);
  });

  it('a way back that the service refuses is tried again later, and people hear of it', async () => {
    const stage = new ScaleUpStage({ load: NEEDS_MORE, scaleUp: {} });
    stage.sick.add('weu');
    await stage.pass(10);
    stage.sick.delete('weu');
    stage.pools.fail({ on: 'begin', error: new UpstreamError('write node pool', 403) });
    stage.pools.fail({ on: 'begin', error: new UpstreamError('write node pool', 403) });
    await stage.pass(15);
    expect((await stage.nodes('neu'))[0]).toBe(6);
    expect(await stage.pages()).toContainEqual(expect.stringMatching(/^authorization/));
    await stage.pass(40);
    expect((await stage.nodes('neu'))[0]).toBe(3);
    expect((await stage.intents('floor')).map(({ state }) => state)).toEqual(['closed']);
  });

  it('a cluster that cannot be read keeps what it has', async () => {
    const stage = new ScaleUpStage({ load: NEEDS_MORE, scaleUp: {} });
    stage.sick.add('weu');
    await stage.pass(10);
    const { accepted } = stage.pools;
    for (let look = 0; look < 20; look += 1) {
      stage.pools.fail({ on: 'read', error: new UpstreamError('read node pools', 503) });
    }
    await stage.pass(3);
    expect(accepted).toHaveLength(1);
  });

  it('people are called where a cluster that something is open of cannot be read for long, once, until it can be', async () => {
    const stage = new ScaleUpStage({ load: NEEDS_MORE, scaleUp: {} });
    stage.sick.add('weu');
    await stage.pass(10);
    stage.isUnreadable = true;
    await stage.pass(4);
    expect(await stage.pages()).toEqual(['insufficient-capacity']);
    await stage.pass(10);
    expect(await stage.pages()).toEqual(['insufficient-capacity', 'cluster-unreadable']);
    stage.isUnreadable = false;
    await stage.pass(1);
    expect(await stage.pagesOver()).toEqual(['cluster-unreadable']);
    stage.sick.delete('weu');
    await stage.pass(30);
    expect((await stage.nodes('neu'))[0]).toBe(3);
  });

  it('people are called where the nodes do not come', async () => {
    const stage = new ScaleUpStage({ load: NEEDS_MORE, scaleUp: {}, nodesMs: 10 * 3_600_000 });
    stage.sick.add('weu');
    await stage.pass(10);
    expect((await stage.intents('floor')).map(({ note }) => note)).toEqual(['waiting-for-nodes']);
    await stage.pass(10);
    expect(await stage.pages()).toEqual(['insufficient-capacity', 'nodes-late']);
  });

  it('what somebody has lowered since is theirs until more is needed', async () => {
    const stage = new ScaleUpStage({ load: NEEDS_MORE, scaleUp: {} });
    stage.sick.add('weu');
    await stage.pass(10);
    stage.byHand('neu', 2);
    await stage.pass(5);
    expect(await stage.pages()).toEqual(['insufficient-capacity', 'drift']);
    expect((await stage.nodes('neu'))[0]).toBe(2);
    stage.load = 450;
    await stage.pass(10);
    expect((await stage.nodes('neu'))[0]).toBe(8);
    stage.load = NEEDS_MORE;
    stage.sick.delete('weu');
    await stage.pass(30);
    expect((await stage.nodes('neu'))[0]).toBe(3);
  });

  it('what somebody has set since stays when the region is back', async () => {
    const stage = new ScaleUpStage({ load: NEEDS_MORE, scaleUp: {} });
    stage.sick.add('weu');
    await stage.pass(10);
    stage.byHand('neu', 7);
    stage.sick.delete('weu');
    await stage.pass(30);
    expect((await stage.nodes('neu'))[0]).toBe(7);
    expect(stage.pools.accepted).toHaveLength(1);
  });

  it('two cells ask for it once', async () => {
    const stage = new ScaleUpStage({ load: NEEDS_MORE, scaleUp: {}, cells: 2 });
    stage.sick.add('weu');
    await stage.pass(12);
    expect(stage.pools.accepted).toHaveLength(1);
    expect(await stage.serving()).toEqual(['shop-neu']);
  });
});
