import { describe, expect, it } from 'vitest';

import type { ArmFault } from '../../local/arm/arm-faults.ts';
import { LocalArm, type LocalArmOptions } from '../../local/arm/local-arm.ts';
import { nodePool } from '../../local/arm/node-pools.ts';
import { inProcess } from '../../local/http/in-process.ts';
import { SeededRandom } from '../../local/time/seeded-random.ts';
import { VirtualClock } from '../../local/time/virtual-clock.ts';
import { AksNodePools } from '../../shared/adapters/azure-aks/node-pools.ts';
import type { JsonObject } from '../../shared/domain/json.ts';
import {
  ASKED_WAIT_MS,
  CLUSTER,
  describeNodePools,
  SEEDED,
  type NodePoolsUnderTest,
  type PoolChange,
} from './node-pools.ts';

const APPS = `${CLUSTER}/agentPools/apps`;
const ON = {
  read: 'GET managedClusters/shop/agentPools',
  begin: 'PUT agentPools/apps',
  poll: 'LRO agentPools/apps',
} as const;

interface AksUnderTest extends NodePoolsUnderTest {
  readonly arm: LocalArm;
  /** Requests so far: `PUT /path {"properties":{}}`. */
  readonly requests: readonly string[];
}

function propertiesOf({ count, autoscaler, isServing }: PoolChange): JsonObject {
  return {
    ...(count === undefined ? {} : { count }),
    ...(autoscaler === undefined ? {} : { minCount: autoscaler.min, maxCount: autoscaler.max }),
    ...(isServing === false ? { nodeTaints: ['CriticalAddonsOnly=true:NoSchedule'] } : {}),
  };
}

function seed(arm: LocalArm): void {
  for (const [name, { count, ...rest }] of Object.entries(SEEDED)) {
    const pool = nodePool(CLUSTER, name, {
      count,
      ...('autoscaler' in rest ? { autoscaler: rest.autoscaler } : {}),
      ...('isKept' in rest ? { mode: 'System', taints: ['CriticalAddonsOnly=true:NoSchedule'] } : {}),
      ...('isStopped' in rest ? { power: 'Stopped' } : {}),
    });
    arm.seed(pool);
  }
}

/** The real SDK's client over the double, in process and in virtual time. */
function open(options: Partial<LocalArmOptions> = {}): AksUnderTest {
  const clock = new VirtualClock();
  const arm = new LocalArm({ clock, random: new SeededRandom(7), ...options });
  seed(arm);
  const requests: string[] = [];
  let lost: 'applied' | 'not-applied' | undefined;
  let faster: (() => void) | undefined;
  const httpClient = inProcess(async (request) => {
    const body = await request.clone().text();
    const { pathname } = new URL(request.url);
    requests.push(`${request.method} ${pathname} ${body}`.trim());
    const how = request.method === 'PUT' ? lost : undefined;
    const answer = how === 'not-applied' ? undefined : await arm.handler(request);
    if (how !== undefined) {
      lost = undefined;
      throw new TypeError('fetch failed');
    }
    if (request.method === 'GET' && pathname.endsWith('/apps')) {
      faster?.();
      faster = undefined;
    }
    return answer ?? Response.error();
  });
  const credential = { getToken: () => Promise.resolve({ token: 'a-token', expiresOnTimestamp: 8.64e15 }) };
  const ends: Readonly<Record<'failed' | 'canceled' | 'forgotten', Omit<ArmFault, 'on'>>> = {
    failed: { body: { status: 'Failed', error: { code: 'SkuNotAvailable', message: 'no nodes to be had' } } },
    canceled: { body: { status: 'Canceled', error: { code: 'Canceled', message: 'aborted' } } },
    forgotten: { status: 404, applied: false },
  };
  const reopen = (): AksNodePools => new AksNodePools(credential, { httpClient });
  return {
    arm,
    requests,
    clock,
    pools: reopen(),
    reopen,
    accepted: () => arm.accepted.map(({ id, set }) => ({ pool: id, minCount: set['minCount'] })),
    change: (pool, change) => arm.change(pool, propertiesOf(change)),
    race: (pool, change) => {
      faster = () => arm.change(pool, propertiesOf(change));
    },
    refuse: (on, status) => {
      const headers = status === 429 ? { headers: { 'retry-after': String(ASKED_WAIT_MS / 1000) } } : {};
      arm.faults.add({ on: ON[on], status, ...headers });
    },
    lose: (as) => {
      lost = as;
    },
    end: (as) => arm.faults.add({ on: ON.poll, ...ends[as] }),
  };
}

describeNodePools({ name: 'AKS', create: open });

async function begin(fault: ArmFault, options?: Partial<LocalArmOptions>) {
  const under = open(options);
  under.arm.faults.set([fault]);
  const result = await under.pools.begin(APPS, { minCount: 5 }).catch((error: unknown) => error);
  return { result, ...under };
}

function stateIn(operation: unknown): string {
  return (operation as { readonly state?: string }).state ?? '';
}

describe('a pool of AKS', () => {
  it('is written as it was read, without what only the service sets and without versions', async () => {
    const { pools, arm, requests } = open();
    const kept = {
      nodeLabels: { team: 'shop' },
      nodeTaints: ['sku=gpu:NoSchedule'],
      tags: { cost: '42' },
      availabilityZones: ['1', '3'],
      upgradeSettings: { maxSurge: '33%', drainTimeoutInMinutes: 20 },
      vnetSubnetID: '/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/s',
      enableFIPS: false,
      maxPods: 60,
      kubeletConfig: { cpuManagerPolicy: 'static' },
      scaleSetPriority: 'Spot',
      spotMaxPrice: -1,
    };
    arm.change(APPS, {
      ...kept,
      currentOrchestratorVersion: '1.34.2',
      status: { provisioningError: { code: 'x' } },
      virtualMachineNodesStatus: [{ size: 'Standard_D4s_v5', count: 4 }],
    });
    await pools.begin(APPS, { minCount: 6 });
    const [read, write, ...others] = requests;
    expect(read).toBe(`GET ${APPS}`);
    expect(others).toEqual([]);
    expect(JSON.parse(write?.replace(/^PUT \S+ /, '') ?? '')).toEqual({
      properties: {
        ...kept,
        count: 4,
        vmSize: 'Standard_D4s_v5',
        osType: 'Linux',
        type: 'VirtualMachineScaleSets',
        mode: 'User',
        enableAutoScaling: true,
        minCount: 6,
        maxCount: 10,
      },
    });
  });

  it('tells the subnets that its nodes and pods are in', async () => {
    const { pools, arm } = open();
    const [nodes, pods] = ['Nodes', 'Pods'].map(
      (name) => `/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/${name}`,
    );
    arm.change(APPS, { vnetSubnetID: nodes!, podSubnetID: pods! });
    const found = await pools.read(CLUSTER);
    expect(found.map(({ subnets }) => subnets)).toEqual([
      [nodes!.toLowerCase(), pods!.toLowerCase()],
      ...found.slice(1).map(() => undefined),
    ]);
  });

  it('is written only as it was read: under its eTag', async () => {
    const { pools, arm } = open();
    const matches: (string | null)[] = [];
    const credential = { getToken: () => Promise.resolve({ token: 'a-token', expiresOnTimestamp: 8.64e15 }) };
    const httpClient = inProcess(async (request) => {
      matches.push(request.headers.get('if-match'));
      return await arm.handler(request);
    });
    await new AksNodePools(credential, { httpClient }).begin(APPS, { minCount: 6 });
    expect(matches).toEqual([null, expect.stringMatching(/^[0-9a-f]{32}$/)]);
    expect(await pools.read(CLUSTER)).toHaveLength(5);
  });

  it('that shows no eTag is written as it stands', async () => {
    const { arm, requests } = open();
    const credential = { getToken: () => Promise.resolve({ token: 'a-token', expiresOnTimestamp: 8.64e15 }) };
    const httpClient = inProcess(async (request) => {
      const answer = await arm.handler(request);
      if (request.method !== 'GET') {
        expect(request.headers.get('if-match')).toBeNull();
        return answer;
      }
      const { properties, ...rest } = (await answer.json()) as { properties: JsonObject };
      const { eTag, ...shown } = properties;
      expect(eTag).toBeTypeOf('string');
      return Response.json({ ...rest, properties: shown });
    });
    const operation = await new AksNodePools(credential, { httpClient }).begin(APPS, { minCount: 6 });
    expect(operation.status).toBe('running');
    expect(requests).toEqual([]);
  });

  it.each([1, 2, 5])('is found in pages of %d', async (pageSize) => {
    const { pools, requests } = open({ pageSize });
    expect((await pools.read(CLUSTER)).map(({ id }) => id.split('/').at(-1))).toEqual(Object.keys(SEEDED));
    expect(requests).toHaveLength(Math.ceil(5 / pageSize));
  });

  it.each([
    ['Succeeded', true, true],
    ['Updating', true, false],
    ['Upgrading', false, false],
    ['UpgradingNodeImageVersion', false, false],
    ['Scaling', false, false],
    ['Starting', false, false],
    ['Deleting', false, false],
    ['Failed', false, true],
    ['Canceled', false, true],
  ])('that is %s serves: %j, and takes writes: %j', async (provisioningState, isServing, isTerminal) => {
    const { pools, arm, accepted } = open();
    arm.change(APPS, { provisioningState });
    expect((await pools.read(CLUSTER))[0]).toMatchObject({ isServing, isTerminal });
    const written = await pools.begin(APPS, { minCount: 5 }).catch((error: unknown) => error);
    expect(written).toMatchObject(isTerminal ? { status: 'running' } : { code: 'REFLEX_RESOURCE_BUSY' });
    expect(accepted()).toHaveLength(isTerminal ? 1 : 0);
  });

  it.each([{ powerState: null }, { provisioningState: null }])('with %j does not serve', async (properties) => {
    const { pools, arm } = open();
    arm.change(APPS, properties);
    expect((await pools.read(CLUSTER))[0]?.isServing).toBe(false);
  });

  it.each([
    [{ enableAutoScaling: false, minCount: null, maxCount: null }, undefined],
    [{ enableAutoScaling: false }, undefined],
    [{ minCount: null }, undefined],
    [{ maxCount: null }, undefined],
    [
      { minCount: 0, maxCount: 0 },
      { min: 0, max: 0 },
    ],
  ])('with %j has the autoscaler %j', async (properties, autoscaler) => {
    const { pools, arm } = open();
    arm.change(APPS, properties);
    expect((await pools.read(CLUSTER))[0]?.autoscaler).toEqual(autoscaler);
  });

  it.each([{ count: null }, { count: '4' }])('with %j is no answer', async (properties) => {
    const { pools, arm } = open();
    arm.change(APPS, properties);
    await expect(pools.read(CLUSTER)).rejects.toMatchObject({ code: 'REFLEX_UPSTREAM', status: 502 });
  });

  it('with other taints serves', async () => {
    const { pools, arm } = open();
    arm.change(APPS, { nodeTaints: ['sku=gpu:NoSchedule', 'kubernetes.azure.com/scalesetpriority=spot:NoSchedule'] });
    expect((await pools.read(CLUSTER))[0]?.isServing).toBe(true);
  });
});

describe('AKS on the wire', () => {
  it.each([
    ['GET agentPools/apps', 429, 'REFLEX_RATE_LIMITED'],
    ['GET agentPools/apps', 503, 'REFLEX_UPSTREAM'],
    ['GET agentPools/apps', 404, 'REFLEX_NOT_FOUND'],
    ['PUT agentPools/apps', 404, 'REFLEX_NOT_FOUND'],
    ['PUT agentPools/apps', 429, 'REFLEX_RATE_LIMITED'],
    ['PUT agentPools/apps', 400, 'REFLEX_UPSTREAM'],
  ])('%s with %d: refused with the words of the service, and asked once', async (on, status, code) => {
    const { result, requests, accepted } = await begin({ on, status });
    expect(result).toMatchObject({ code, cause: { statusCode: status, message: expect.any(String) as string } });
    expect(requests).toHaveLength(on.startsWith('GET') ? 1 : 2);
    expect(accepted()).toEqual([]);
  });

  it.each([
    ['Throttled', 429, 'REFLEX_RATE_LIMITED'],
    ['OperationNotAllowed', 409, 'REFLEX_RESOURCE_BUSY'],
  ])('a bare body that says %s is read as well', async (code, status, expected) => {
    const body = { code, details: null, message: 'please retry', subcode: '' };
    const { result } = await begin({ on: ON.begin, status, body });
    expect(result).toMatchObject({ code: expected, cause: { code } });
  });

  it.each([408, 500, 502, 503, 504])('a write answered with %d is unknown, and is not repeated', async (status) => {
    for (const applied of [true, false]) {
      const { result, requests, accepted } = await begin({ on: ON.begin, status, applied, body: '<html>' });
      expect(result).toMatchObject({ status: 'unknown' });
      expect(requests.filter((line) => line.startsWith('PUT '))).toHaveLength(1);
      expect(accepted()).toHaveLength(applied ? 1 : 0);
    }
  });

  it.each([
    ['HTML', { 'content-type': 'text/html' }],
    ['broken JSON', { 'content-type': 'application/json' }],
  ])('%s that says 200 is no answer', async (_, headers) => {
    const { pools, arm } = open();
    arm.faults.set([{ on: ON.read, status: 200, headers, body: '<html>Welcome' }]);
    await expect(pools.read(CLUSTER)).rejects.toMatchObject({ code: 'REFLEX_UPSTREAM', retryable: true });
  });

  it('a token that does not count is refused, and nothing is written', async () => {
    const { pools, accepted } = open({ accepts: () => Promise.resolve(false) });
    await expect(pools.begin(APPS, { minCount: 5 })).rejects.toMatchObject({ status: 401, retryable: false });
    await expect(pools.read(CLUSTER)).rejects.toMatchObject({ status: 401 });
    expect(accepted()).toEqual([]);
  });
});

describe('the end of a write of AKS', () => {
  it('is asked for at the address that the service names, then at the pool', async () => {
    const { pools, clock, requests } = open({ durationMs: 60_000 });
    const state = stateIn(await pools.begin(APPS, { minCount: 5 }));
    await clock.advance(60_000);
    expect(await pools.poll(APPS, state)).toEqual({ status: 'succeeded' });
    expect(requests.slice(2)).toEqual([
      expect.stringMatching(/^GET .*\/Microsoft.ContainerService\/locations\/westeurope\/operations\/[0-9a-f-]{36}$/),
      `GET ${APPS}`,
    ]);
  });

  it('is read from the pool itself where the service names no address', async () => {
    const fault = { on: ON.begin, status: 202 };
    const { result, pools, clock, requests } = await begin(fault, { durationMs: 60_000 });
    const state = stateIn(result);
    expect(stateIn(await pools.poll(APPS, state))).not.toBe('');
    await clock.advance(60_000);
    expect(await pools.poll(APPS, state)).toEqual({ status: 'succeeded' });
    expect(requests.filter((line) => line.startsWith('PUT '))).toHaveLength(1);
  });

  it.each([
    ['Failed', true, 5],
    ['Failed', false, 3],
    ['Canceled', true, 5],
    ['Canceled', false, 3],
  ])('%s, applied %j: failed with its reason, and reading tells', async (status, applied, min) => {
    const { pools, arm } = open({ durationMs: 60_000 });
    const state = stateIn(await pools.begin(APPS, { minCount: 5 }));
    const error = { code: 'AllocationFailed', message: 'no nodes to be had' };
    arm.faults.set([{ on: ON.poll, body: { status, error }, applied }]);
    const ended = await pools.poll(APPS, state);
    expect(ended).toMatchObject({ status: 'failed' });
    expect(JSON.stringify(ended)).toMatch(status === 'Failed' ? /AllocationFailed/ : /cancel/i);
    expect((await pools.read(CLUSTER))[0]).toMatchObject({ autoscaler: { min }, isTerminal: true });
  });

  it('of a pool that is gone is unknown', async () => {
    const { pools, arm, clock } = open({ durationMs: 60_000 });
    const state = stateIn(await pools.begin(APPS, { minCount: 5 }));
    await clock.advance(60_000);
    arm.state.remove(APPS);
    expect(await pools.poll(APPS, state)).toMatchObject({ status: 'unknown' });
  });

  it.each([
    '{"state":{"config":{"operationLocation":"https://management.azure.com/x"}}}',
    '{"state":{"config":{"operationLocation":"https://management.azure.com/x","initialRequestUrl":"/y","requestMethod":"PUT"}}}',
  ])('cannot be asked for by %j: unknown', async (state) => {
    const { pools, requests } = open();
    expect(await pools.poll(APPS, state)).toMatchObject({ status: 'unknown' });
    expect(requests).toEqual([]);
  });

  it('is told at once where the answer to the write is the end', async () => {
    for (const [provisioningState, status] of [
      ['Succeeded', 'succeeded'],
      ['Failed', 'failed'],
      ['Canceled', 'failed'],
    ]) {
      const body = { id: APPS, properties: { count: 4, provisioningState: provisioningState ?? '' } };
      expect((await begin({ on: ON.begin, status: 200, body })).result).toMatchObject({ status });
    }
  });
});
