import { describe, expect, it } from 'vitest';

import type { LocalArm } from '../../../../local/arm/local-arm.ts';
import { nodePool } from '../../../../local/arm/node-pools.ts';
import { FRONT_DOOR, GROUP, MINUTE, plant, TRAFFIC_MANAGER } from '../edge/plant.ts';

const CLUSTER = `${FRONT_DOOR.split('/providers')[0]}/providers/Microsoft.ContainerService/managedClusters/shop-weu`;
/** `VirtualClock` starts then. */
const SPAN = '2026-01-05T08:00:00Z/2026-01-05T08:03:00Z';
const at = (minute: number) => `2026-01-05T08:0${minute}:00Z`;

interface Answer {
  readonly status: number;
  readonly body: {
    readonly code?: string;
    readonly message?: string;
    readonly value: readonly {
      readonly name: object;
      readonly timeseries: readonly {
        readonly metadatavalues: readonly { readonly value: string }[];
        readonly data: readonly object[];
      }[];
    }[];
  };
}

async function get(arm: LocalArm, path: string, query: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const search = new URLSearchParams({ 'api-version': '2024-02-01', timespan: SPAN, interval: 'PT1M', ...query });
  const url = `https://management.azure.com${path}?${search.toString()}`;
  const response = await arm.handler(new Request(url, { headers: { authorization: 'Bearer t' } }));
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

const metrics = (arm: LocalArm, query: Readonly<Record<string, string>>, id = FRONT_DOOR) =>
  get(arm, `${id}/providers/Microsoft.Insights/metrics`, query);

describe('metrics', () => {
  it('are a point a minute, without a value where nothing happened', async () => {
    const { arm, clock, region, send } = plant({ origins: { west: {} } });
    await send(3);
    await clock.advance(2 * MINUTE);
    region('west').errorRate = 1;
    await send(2);
    await clock.advance(MINUTE);
    const query = { metricnames: 'originrequestcount', aggregation: 'Total,Count' };
    const { status, body } = await metrics(arm, { ...query, $filter: "Origin eq '*' and HttpStatusGroup eq '*'" });
    expect(status).toBe(200);
    const meta = (group: string) => [
      { name: { value: 'origin', localizedValue: 'origin' }, value: 'west.contoso.com:443' },
      { name: { value: 'httpstatusgroup', localizedValue: 'httpstatusgroup' }, value: group },
    ];
    expect(body).toEqual({
      cost: 2,
      timespan: SPAN,
      interval: 'PT1M',
      namespace: 'Microsoft.Cdn/profiles',
      resourceregion: 'global',
      value: [
        {
          id: `${FRONT_DOOR}/providers/Microsoft.Insights/metrics/OriginRequestCount`,
          type: 'Microsoft.Insights/metrics',
          name: { value: 'OriginRequestCount', localizedValue: 'Origin Request Count' },
          unit: 'Count',
          timeseries: [
            {
              metadatavalues: meta('2XX'),
              data: [{ timeStamp: at(0), total: 3, count: 3 }, { timeStamp: at(1) }, { timeStamp: at(2) }],
            },
            {
              metadatavalues: meta('5XX'),
              data: [{ timeStamp: at(0) }, { timeStamp: at(1) }, { timeStamp: at(2), total: 2, count: 2 }],
            },
          ],
          errorCode: 'Success',
        },
      ],
    });
  });

  it('average probes and latencies of several origins together where nobody asks for one', async () => {
    const { arm, clock, region, send } = plant({ origins: { west: {}, east: {} } });
    region('west').isGateOpen = false;
    region('west').latencyMs = 60;
    await clock.advance(MINUTE);
    const { west = 0, east = 0 } = await send(1000);
    await clock.advance(MINUTE);
    const names = { metricnames: 'OriginHealthPercentage,OriginLatency', aggregation: 'Average' };
    const { body } = await metrics(arm, names);
    const [health, latency] = body.value.map(({ timeseries }) => timeseries.map(({ data }) => data[1]));
    expect(health).toEqual([{ timeStamp: at(1), average: 50 }]);
    expect(latency).toEqual([{ timeStamp: at(1), average: (60 * west + 20 * east) / 1000 }]);
    const { body: apart } = await metrics(arm, {
      metricnames: 'OriginHealthPercentage',
      $filter: "Origin eq 'WEST.contoso.com:443' and OriginGroup eq 'apps'",
    });
    expect(apart.value[0]?.timeseries.map(({ data }) => data[1])).toEqual([{ timeStamp: at(1), average: 0 }]);
  });

  it('show a minute when it is over and late enough', async () => {
    const { arm, clock, send } = plant({ origins: { west: {} }, lateMs: 2 * MINUTE });
    await send(1);
    const query = { metricnames: 'OriginRequestCount' };
    await clock.advance(3 * MINUTE - 1);
    expect((await metrics(arm, query)).body.value).toMatchObject([{ timeseries: [] }]);
    await clock.advance(1);
    const { body } = await metrics(arm, query);
    expect(body.value[0]?.timeseries[0]?.data[0]).toEqual({ timeStamp: at(0), total: 1 });
  });

  it('stop at ten series unless more are asked for', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `o${index}`);
    const { arm, clock } = plant({ origins: Object.fromEntries(names.map((name) => [name, {}])) });
    await clock.advance(MINUTE);
    const query = { metricnames: 'OriginHealthPercentage', $filter: "Origin eq '*'" };
    expect((await metrics(arm, query)).body.value[0]?.timeseries).toHaveLength(10);
    expect((await metrics(arm, { ...query, top: '50' })).body.value[0]?.timeseries).toHaveLength(12);
  });

  it.each([
    ['an unknown metric', { metricnames: 'RequestCounts' }],
    ["another metric's dimension", { metricnames: 'OriginHealthPercentage', $filter: "HttpStatusGroup eq '*'" }],
    ['a filter that is none', { metricnames: 'OriginLatency', $filter: 'Origin = 1' }],
    ['no timespan', { metricnames: 'OriginLatency', timespan: 'PT1H' }],
    ['another interval', { metricnames: 'OriginLatency', interval: 'PT5M' }],
    ['an unknown aggregation', { metricnames: 'OriginLatency', aggregation: 'P95' }],
  ])('refuse %s, in a body that is not wrapped', async (_, query) => {
    const { status, body } = await metrics(plant({ origins: { west: {} } }).arm, query);
    expect([status, body.code, typeof body.message]).toEqual([400, 'BadRequest', 'string']);
  });

  it('tell what Traffic Manager knows: states and answers by endpoint', async () => {
    const { arm, clock, region, send } = plant({ origins: { west: {}, east: {} } }, 'tm');
    region('west').isDown = true;
    await send(1000);
    await clock.advance(2 * MINUTE);
    const states = { metricnames: 'ProbeAgentCurrentEndpointStateByProfileResourceId', $filter: "EndpointName eq '*'" };
    const { body } = await metrics(arm, states, TRAFFIC_MANAGER);
    const series = body.value[0]?.timeseries.map(({ metadatavalues, data }) => [metadatavalues[0]?.value, data[1]]);
    expect(series).toEqual([
      ['west', { timeStamp: at(1), maximum: 0 }],
      ['east', { timeStamp: at(1), maximum: 1 }],
    ]);
    const answers = await metrics(arm, { metricnames: 'QpsByEndpoint' }, TRAFFIC_MANAGER);
    // 200 resolvers keep what they were told.
    expect(answers.body.value[0]?.timeseries[0]?.data[0]).toEqual({
      timeStamp: at(0),
      total: expect.any(Number) as number,
    });
    expect(JSON.stringify(answers.body)).not.toContain('"total":1000');
  });

  it('tell the nodes of a cluster that are there, ready, and no others', async () => {
    const { arm, clock } = plant({ origins: { west: {} } });
    arm.seed(nodePool(CLUSTER, 'system', { count: 3, mode: 'System' }));
    arm.seed(nodePool(CLUSTER, 'apps', { count: 2, autoscaler: { min: 1, max: 9 } }));
    arm.seed(nodePool(CLUSTER, 'old', { count: 4, power: 'Stopped' }));
    await clock.advance(2 * MINUTE);
    const query = { metricnames: 'kube_node_status_condition', aggregation: 'total' };
    const { body } = await metrics(arm, { ...query, $filter: "condition eq 'Ready' and status eq '*'" }, CLUSTER);
    const timeseries = body.value[0]?.timeseries ?? [];
    expect(timeseries.map(({ metadatavalues, data }) => [metadatavalues[1]?.value, data])).toEqual([
      ['true', [{ timeStamp: at(0), total: 5 }, { timeStamp: at(1), total: 5 }, { timeStamp: at(2) }]],
      ['false', [{ timeStamp: at(0), total: 0 }, { timeStamp: at(1), total: 0 }, { timeStamp: at(2) }]],
      ['unknown', [{ timeStamp: at(0), total: 0 }, { timeStamp: at(1), total: 0 }, { timeStamp: at(2) }]],
    ]);
    const nobody = await metrics(arm, query, `${CLUSTER}x`);
    expect(nobody.body.value[0]?.timeseries).toEqual([]);
    expect((await metrics(arm, { metricnames: 'kube_pod_status_ready' }, CLUSTER)).status).toBe(400);
  });

  it('are not there for other resources, and meet faults as any read does', async () => {
    const { arm } = plant({ origins: { west: {} } });
    expect((await metrics(arm, { metricnames: 'OriginLatency' }, GROUP)).status).toBe(404);
    arm.faults.add({ on: 'GET metrics', status: 429 });
    expect((await metrics(arm, { metricnames: 'OriginLatency' })).status).toBe(429);
  });
});

it('lists the node pools of a cluster', async () => {
  const { arm } = plant({ origins: { west: {} } });
  arm.seed(nodePool(CLUSTER, 'system', { count: 3, mode: 'System' }));
  arm.seed(nodePool(CLUSTER, 'apps', { count: 5, power: 'Stopped', provisioningState: 'Updating' }));
  expect((await get(arm, `${CLUSTER}/agentPools`)).body.value).toMatchObject([
    {
      name: 'system',
      properties: { count: 3, mode: 'System', powerState: { code: 'Running' }, provisioningState: 'Succeeded' },
    },
    {
      name: 'apps',
      properties: { count: 5, mode: 'User', powerState: { code: 'Stopped' }, provisioningState: 'Updating' },
    },
  ]);
});
