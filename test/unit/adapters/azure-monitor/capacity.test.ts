import { describe, expect, it } from 'vitest';

import type { NodePool } from '../../../../local/arm/node-pools.ts';
import { SECOND } from '../../local/edge/plant.ts';
import { changing, serve, setting, type Through } from './edge-readings-setting.ts';

const LIMITS = { min: 1, max: 50 };
const ADDONS = ['CriticalAddonsOnly=true:NoSchedule'];
const NODES = 'kube_node_status_condition';
/** 7 nodes serve or are about to, and 3 do not. */
const SCALING = {
  system: { count: 3, mode: 'System', taints: ADDONS },
  apps: { count: 6, autoscaler: LIMITS },
  more: { count: 1 },
} as const;

/** So many nodes are ready, whatever was ordered. */
function onlyReady(nodes: number): Through {
  return changing(NODES, (value) => {
    for (const { metadatavalues, data } of value['timeseries'] as Told[]) {
      const isReady = metadatavalues.some((one) => one.value === 'true');
      data.forEach((point) => (point['total'] = isReady ? nodes : 0));
    }
  });
}

interface Told {
  readonly metadatavalues: readonly { readonly value: string }[];
  readonly data: readonly Record<string, unknown>[];
}

describe('capacity', () => {
  it.each<[string, Readonly<Record<string, NodePool>>, number | undefined]>([
    ['adds up pools', { apps: { count: 3 }, more: { count: 2 } }, 50],
    ['counts no stopped pool', { apps: { count: 3 }, more: { count: 2, power: 'Stopped' } }, 30],
    ['counts no pool that is being changed', { apps: { count: 3, provisioningState: 'Upgrading' } }, 0],
    ['counts a pool whose limits are being written', { apps: { count: 3, provisioningState: 'Updating' } }, 30],
    ['counts a pool with an autoscaler whose nodes are all ready', { apps: { count: 3, autoscaler: LIMITS } }, 30],
    [
      'counts it while its limits are being written',
      { apps: { count: 3, autoscaler: LIMITS, provisioningState: 'Updating' } },
      30,
    ],
    [
      'takes ready nodes of pools that do not serve for nothing else',
      {
        system: { count: 3, taints: ADDONS },
        apps: { count: 4, autoscaler: LIMITS },
        old: { count: 9, power: 'Stopped' },
      },
      40,
    ],
    [
      'counts no pool kept for add-ons',
      { system: { count: 3, mode: 'System', taints: ADDONS }, apps: { count: 1 } },
      10,
    ],
    ['does not take a cluster without pools for one without nodes', {}, undefined],
  ])('%s', async (_, pools, expected) => {
    const local = setting({ pools: { west: pools } });
    await serve(local, 8, 10);
    expect((await local.read())?.origins['o-west']?.capacity).toBe(expected);
  });

  it.each([
    [8, 50, 'the nodes that have not come are not counted'],
    [10, 70, 'all have come'],
    [99, 70, 'nodes of nobody are not counted'],
    [3, 0, 'none serves'],
    [1, 0, 'not even those that do not serve are ready'],
  ])('where an autoscaler orders nodes, with %d ready: %d, %s', async (ready, expected) => {
    const local = setting({ pools: { west: SCALING }, through: onlyReady(ready) });
    await serve(local, 8, 10);
    expect((await local.read())?.origins['o-west']?.capacity).toBe(expected);
  });

  it.each<[string, Through]>([
    ['no series', changing(NODES, (value) => (value['timeseries'] = []))],
    ['an error code', changing(NODES, (value) => (value['errorCode'] = 'Timeout'))],
    [
      'no whole minute',
      changing(NODES, (value) => {
        const [first, second] = value['timeseries'] as { data: unknown[] }[];
        first?.data.shift();
        second?.data.pop();
      }),
    ],
  ])('is the count of an autoscaled pool where its metric has %s', async (_, through) => {
    const local = setting({ pools: { west: SCALING }, through });
    await serve(local, 8, 10);
    expect((await local.read())?.origins['o-west']?.capacity).toBe(70);
  });

  it.each([403, 404, 429, 503])('is the count of an autoscaled pool where its metric answers %i', async (status) => {
    const local = setting({ pools: { west: SCALING } });
    await serve(local, 8, 10);
    local.arm.faults.add({ on: 'GET west/providers/Microsoft.Insights/metrics', status });
    expect((await local.read())?.origins['o-west']?.capacity).toBe(70);
  });

  it('asks a cluster about its nodes in minutes that end before the lag, and none whose pools are fixed', async () => {
    const fixed = { apps: { count: 3 }, more: { count: 0, power: 'Stopped', autoscaler: LIMITS } } as const;
    const local = setting({ pools: { west: SCALING, east: fixed } });
    await serve(local, 8, 10);
    await local.clock.advance(SECOND);
    await local.read();
    const asked = local.asked.filter(({ pathname }) => /managedclusters.*\/metrics$/i.test(pathname));
    expect(asked.map(({ searchParams }) => Object.fromEntries(searchParams))).toEqual([
      expect.objectContaining({
        metricnames: NODES,
        aggregation: 'total',
        $filter: "condition eq '*' and status eq '*'",
        timespan: '2026-01-05T08:03:00.000Z/2026-01-05T08:05:00.000Z',
      }),
    ]);
    expect(asked[0]?.pathname).toContain('/west/');
  });

  it.each([403, 404, 429, 503])('is absent when a region answers %i, and the rest is read', async (status) => {
    const local = setting({ pools: { west: { apps: { count: 3 } }, east: { apps: { count: 4 } } } });
    await serve(local, 8, 10);
    local.arm.faults.add({ on: 'GET west/agentPools', status });
    const reading = await local.read();
    expect(reading?.origins['o-west']).not.toHaveProperty('capacity');
    expect(reading?.origins['o-east']?.capacity).toBe(40);
  });

  it('is shared in equal parts by the origins of one cluster', async () => {
    const local = setting({ isShared: true, pools: { west: { apps: { count: 3 } } } });
    await serve(local, 8, 10);
    const reading = await local.read();
    expect([reading?.origins['o-west']?.capacity, reading?.origins['o-east']?.capacity]).toEqual([15, 15]);
  });

  it('is absent when a list does not end', async () => {
    const local = setting({
      pools: { west: { apps: { count: 1 } } },
      through: (handler) => async (request) => {
        const body = (await (await handler(request)).json()) as object;
        return Response.json(request.url.includes('/agentPools') ? { ...body, nextLink: request.url } : body);
      },
    });
    await serve(local, 8, 10);
    expect((await local.read())?.origins['o-west']).not.toHaveProperty('capacity');
    expect(local.asked.length).toBeLessThan(30);
  });

  it('follows pages on the same host and nowhere else', async () => {
    for (const [host, expected] of [
      ['management.azure.com', 30],
      ['evil.example', undefined],
    ] as const) {
      const local = setting({
        pools: { west: { apps: { count: 1 } } },
        through: (handler) => async (request) => {
          const body = (await (await handler(request)).json()) as object;
          const isFirst = request.url.includes('/west/agentPools') && !request.url.includes('page=');
          const page = Number(new URL(request.url).searchParams.get('page') ?? 1);
          const nextLink = `https://${host}${new URL(request.url).pathname}?api-version=1&page=${page + 1}`;
          return Response.json(isFirst || page === 2 ? { ...body, nextLink } : body);
        },
      });
      await serve(local, 8, 10);
      expect((await local.read())?.origins['o-west']?.capacity).toBe(expected);
      expect(local.asked.every((url) => url.host === 'management.azure.com')).toBe(true);
    }
  });
});
