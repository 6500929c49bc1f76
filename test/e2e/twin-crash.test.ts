import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';

import { CellProcess } from './cell-process.ts';
import { clusterId, edgeId, FailoverStack } from './failover-stack.ts';
import { until } from './stack-process.ts';

const GENEROUS_MS = 240_000;
/** Time enough to be killed while Front Door is at a write, on a machine that is busy. */
const WRITE_SECONDS = '6';
const PROFILE = edgeId('shop').replace(/\/originGroups\/.*$/, '');
const REGIONS = ['neu', 'sea', 'weu'];

/** One edge over three regions, with a second group and two routes. */
function fleet(): string {
  const cluster = (region: string): object => ({ resourceId: clusterId(region), region, capacity: { perNode: 80 } });
  return stringify({
    version: 1,
    fleet: 'twin',
    clusters: Object.fromEntries(REGIONS.map((region) => [`shop-${region}`, cluster(region)])),
    edges: {
      shop: {
        frontDoor: {
          resourceId: PROFILE,
          originGroup: 'apps',
          twin: { originGroup: 'apps-b', routes: ['shop/main', 'shop/api'] },
        },
        origins: Object.fromEntries(REGIONS.map((region) => [`shop-${region}`, `shop-${region}`])),
        signals: { quorum: 1, sources: ['alerts'] },
        planned: { bake: '0s', propagation: '2s', metricLag: '0s' },
        mode: { drain: 'enforce', restore: 'enforce' },
        approvals: { restore: 0, runbook: 0 },
      },
    },
  });
}

describe('an app that is killed while three origins move at once', { timeout: GENEROUS_MS }, () => {
  let stack: FailoverStack;
  let cell: CellProcess;

  beforeEach(async () => {
    stack = await FailoverStack.start(fleet(), ['--no-app', '--front-door-write', WRITE_SECONDS]);
    cell = new CellProcess(stack.process.data, 'a');
    stack.ask(await cell.start());
  });

  afterEach(async () => {
    await cell.kill('SIGTERM');
    await stack.remove();
  });

  /** What ARM has taken: group or route, origin, values. */
  async function sent(): Promise<readonly string[]> {
    const writes = await stack.writesBelow(PROFILE);
    return writes.map(
      ({ id, set }) => `${id.split('/').slice(-4).join('/')} ${JSON.stringify(set).split('/').at(-1) ?? ''}`,
    );
  }

  async function weights(group: string): Promise<unknown> {
    const all = REGIONS.map(
      async (region) => await stack.properties(`${PROFILE}/originGroups/${group}/origins/shop-${region}`),
    );
    return (await Promise.all(all)).map(({ weight }) => weight);
  }

  async function dieAfter(writes: number): Promise<void> {
    await until(async () => ((await sent()).length >= writes ? true : undefined));
    await cell.kill();
    stack.ask(await cell.start());
  }

  async function ended(plans: number): Promise<void> {
    await stack.tickUntil(async () => (await stack.plans('shop', 'done')).length === plans);
  }

  it('goes on after the preparation and between the routes, and comes back by the routes alone', async () => {
    const shares = {
      command: 'set-weights',
      edge: 'shop',
      weights: { 'shop-neu': 100, 'shop-sea': 200, 'shop-weu': 700 },
    };
    expect((await stack.call('POST', 'commands', 'alice', shares))[0]).toBe(202);
    await dieAfter(3);
    await dieAfter(4);
    await ended(1);
    const there = [
      'origingroups/apps-b/origins/shop-neu {"weight":100}',
      'origingroups/apps-b/origins/shop-sea {"weight":200}',
      'origingroups/apps-b/origins/shop-weu {"weight":700}',
      'afdendpoints/shop/routes/main apps-b"}}',
      'afdendpoints/shop/routes/api apps-b"}}',
    ];
    expect(await sent()).toEqual(there);
    expect([await weights('apps'), await weights('apps-b')]).toEqual([
      [500, 500, 500],
      [100, 200, 700],
    ]);

    const back = { ...shares, weights: { 'shop-neu': 500, 'shop-sea': 500, 'shop-weu': 500 } };
    expect((await stack.call('POST', 'commands', 'alice', back))[0]).toBe(202);
    await ended(2);
    expect((await sent()).slice(there.length)).toEqual([
      'afdendpoints/shop/routes/main apps"}}',
      'afdendpoints/shop/routes/api apps"}}',
    ]);
    await stack.servedBy('shop', 'shop-neu', 'shop-sea', 'shop-weu');
  });
});
