import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';

import { LocalArm, type LocalArmOptions } from '../../../../local/arm/local-arm.ts';
import { nodePool } from '../../../../local/arm/node-pools.ts';
import { serve } from '../../../../local/http/serve.ts';
import { SeededRandom } from '../../../../local/time/seeded-random.ts';
import { VirtualClock } from '../../../../local/time/virtual-clock.ts';
import { AksNodePools } from '../../../../shared/adapters/azure-aks/node-pools.ts';
import type { JsonObject } from '../../../../shared/domain/json.ts';

const CLUSTER = '/subscriptions/S/resourceGroups/Shop/providers/Microsoft.ContainerService/managedClusters/Weu';
const [APPS, SYSTEM, FIXED] = ['apps', 'system', 'fixed'].map((name) => `${CLUSTER}/agentPools/${name}`) as [
  string,
  string,
  string,
];
const ARM = 'https://management.azure.com';
const API = 'api-version=2026-06-01';
const [WRITE_MS, NODES_MS] = [60_000, 180_000];

let clock: VirtualClock;
let arm: LocalArm;

function open(options: Partial<LocalArmOptions> = {}): LocalArm {
  return new LocalArm({ clock, random: new SeededRandom(3), durationMs: WRITE_MS, nodesMs: NODES_MS, ...options });
}

function seed(one: LocalArm): LocalArm {
  one.seed(nodePool(CLUSTER, 'apps', { count: 4, autoscaler: { min: 3, max: 10 } }));
  one.seed(nodePool(CLUSTER, 'system', { count: 2, autoscaler: { min: 2, max: 3 }, mode: 'System' }));
  one.seed(nodePool(CLUSTER, 'fixed', { count: 2 }));
  return one;
}

beforeEach(() => {
  clock = new VirtualClock();
  arm = seed(open());
});

interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: JsonObject;
}

async function ask(id: string, init: RequestInit = {}, from = arm): Promise<Answered> {
  const url = id.startsWith('https:') ? id : `${ARM}${id}?${API}`;
  const headers = { authorization: 'Bearer a-token', ...(init.headers as Record<string, string> | undefined) };
  const answer = await from.handler(new Request(url, { ...init, headers }));
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as JsonObject };
}

async function propertiesOf(id: string, from = arm): Promise<JsonObject> {
  return (await ask(id, {}, from)).body['properties'] as JsonObject;
}

function put(id: string, properties: JsonObject, headers: Record<string, string> = {}, from = arm): Promise<Answered> {
  return ask(id, { method: 'PUT', body: JSON.stringify({ properties }), headers }, from);
}

async function eTagOf(id: string): Promise<string> {
  return (await propertiesOf(id))['eTag'] as string;
}

describe('the eTag of a pool', () => {
  it('is shown in its properties, alone and in a list, and only when it is asked for again the same', async () => {
    const tag = await eTagOf(APPS);
    const { body } = await ask(`${CLUSTER}/agentPools`);
    const [listed] = body['value'] as { properties: JsonObject }[];
    expect(listed?.properties['eTag']).toBe(tag);
    expect(await eTagOf(APPS)).toBe(tag);
    expect(await eTagOf(SYSTEM)).not.toBe(tag);
  });

  it('is another one after each change, and that of other pools stays', async () => {
    const other = await eTagOf(SYSTEM);
    const seen = new Set([await eTagOf(APPS)]);
    arm.change(APPS, { count: 5 });
    seen.add(await eTagOf(APPS));
    await put(APPS, { minCount: 4 });
    seen.add(await eTagOf(APPS));
    await clock.advance(WRITE_MS);
    seen.add(await eTagOf(APPS));
    expect(seen.size).toBe(4);
    expect(await eTagOf(SYSTEM)).toBe(other);
  });

  it('keeps a write out that has not seen the last change', async () => {
    const tag = await eTagOf(APPS);
    arm.change(APPS, { maxCount: 12 });
    const refused = await put(APPS, { minCount: 5 }, { 'if-match': tag });
    expect(refused).toMatchObject({ status: 412, body: { code: 'EtagMismatch' } });
    expect(await propertiesOf(APPS)).toMatchObject({ minCount: 3, maxCount: 12 });
    expect(arm.accepted).toEqual([]);
    expect((await put(APPS, { minCount: 5 }, { 'if-match': await eTagOf(APPS) })).status).toBe(202);
  });
});

describe('a write of a pool', () => {
  it.each<[string, JsonObject]>([
    [APPS, { minCount: -1 }],
    [APPS, { minCount: 11 }],
    [APPS, { minCount: 3.5 }],
    [APPS, { minCount: '5' }],
    [APPS, { minCount: null }],
    [APPS, { maxCount: 1001 }],
    [APPS, { maxCount: null }],
    [SYSTEM, { minCount: 0 }],
    [FIXED, { minCount: 2 }],
  ])('of %s that sets %j is refused, and nothing changes', async (id, set) => {
    const before = await propertiesOf(id);
    expect(await put(id, set)).toMatchObject({ status: 400, body: { error: { code: 'InvalidParameter' } } });
    expect(await propertiesOf(id)).toEqual(before);
    expect(arm.accepted).toEqual([]);
  });

  it.each<[string, JsonObject]>([
    [APPS, { minCount: 0 }],
    [APPS, { minCount: 10 }],
    [APPS, { maxCount: 1000 }],
    [SYSTEM, { minCount: 1 }],
    [FIXED, { count: 3 }],
    [FIXED, { minCount: null }],
    [FIXED, { enableAutoScaling: true, minCount: 1, maxCount: 4 }],
  ])('of %s that sets %j is taken', async (id, set) => {
    expect((await put(id, set)).status).toBe(202);
    expect(await propertiesOf(id)).toMatchObject({ ...set, provisioningState: 'Updating' });
  });

  it('that sends the node image back would roll the pool back, and is refused', async () => {
    const { nodeImageVersion = '' } = await propertiesOf(APPS);
    const { status, body } = await put(APPS, { minCount: 5, nodeImageVersion });
    expect([status, body]).toEqual([400, { error: expect.objectContaining({ code: 'BadRequest' }) as object }]);
    expect((await put(APPS, { minCount: 5, nodeImageVersion: null })).status).toBe(202);
  });

  it('names where its operation is asked for, and no other address', async () => {
    const { headers } = await put(APPS, { minCount: 5 });
    const address = headers.get('azure-asyncoperation') ?? '';
    expect(new URL(address).pathname).toMatch(
      /^\/subscriptions\/s\/providers\/Microsoft.ContainerService\/locations\/westeurope\/operations\/[0-9a-f-]{36}$/,
    );
    expect(headers.get('location')).toBeNull();
    expect((await ask(address)).body).toMatchObject({ status: 'InProgress' });
    await clock.advance(WRITE_MS);
    expect((await ask(address)).body).toMatchObject({ status: 'Succeeded' });
  });

  it.each(['Updating', 'Upgrading', 'UpgradingNodeImageVersion', 'Scaling', 'Deleting'])(
    'is refused while the pool is %s, and the body is not wrapped',
    async (provisioningState) => {
      arm.change(APPS, { provisioningState });
      const { status, body } = await put(APPS, { minCount: 5 });
      expect(status).toBe(409);
      expect(body).toMatchObject({ code: 'OperationNotAllowed', details: null, subcode: '' });
      expect(body['message']).toContain(`Another operation (apps - ${provisioningState}) is in progress`);
      expect((await put(SYSTEM, { minCount: 1 })).status).toBe(202);
    },
  );

  it('is refused while another one of the pool goes on, and no longer', async () => {
    expect((await put(APPS, { minCount: 5 })).status).toBe(202);
    expect((await put(APPS, { minCount: 6 })).status).toBe(409);
    await clock.advance(WRITE_MS);
    expect((await put(APPS, { minCount: 6 })).status).toBe(202);
    expect(arm.accepted.map(({ set }) => set['minCount'])).toEqual([5, 6]);
  });
});

describe('nodes', () => {
  it('come so long after the write has ended', async () => {
    await put(APPS, { minCount: 7 });
    await clock.advance(WRITE_MS + NODES_MS - 1);
    expect(await propertiesOf(APPS)).toMatchObject({ count: 4, minCount: 7, provisioningState: 'Succeeded' });
    await clock.advance(1);
    expect(await propertiesOf(APPS)).toMatchObject({ count: 7 });
  });

  it('are ordered once: a second write does not put them off', async () => {
    await put(APPS, { minCount: 7 });
    await clock.advance(WRITE_MS);
    await put(APPS, { minCount: 8 });
    await clock.advance(NODES_MS);
    expect((await propertiesOf(APPS))['count']).toBe(8);
  });

  it('are not ordered where there are enough, nor without an autoscaler', async () => {
    await put(APPS, { minCount: 2 });
    await put(FIXED, { mode: 'User' });
    await clock.advance(WRITE_MS + NODES_MS);
    expect([(await propertiesOf(APPS))['count'], (await propertiesOf(FIXED))['count']]).toEqual([4, 2]);
  });

  it('that somebody else added meanwhile stay', async () => {
    await put(APPS, { minCount: 7 });
    arm.change(APPS, { count: 9 });
    await clock.advance(WRITE_MS + NODES_MS);
    expect((await propertiesOf(APPS))['count']).toBe(9);
  });

  it.each(['Failed', 'Canceled'])('do not come, and none go, after a write that is %s', async (status) => {
    const address = (await put(APPS, { minCount: 7 })).headers.get('azure-asyncoperation') ?? '';
    arm.faults.set([{ on: 'LRO agentPools/apps', body: { status, error: { code: 'x', message: 'y' } } }]);
    await ask(address);
    await clock.advance(WRITE_MS + NODES_MS);
    expect(await propertiesOf(APPS)).toMatchObject({ count: 4, minCount: 3 });
  });

  it('and the write that ordered them survive a restart', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'agent-pools-'));
    onTestFinished(async () => await rm(directory, { recursive: true }));
    const file = join(directory, 'arm.sqlite');
    const before = seed(open({ file }));
    const address = (await put(APPS, { minCount: 7 }, {}, before)).headers.get('azure-asyncoperation') ?? '';
    before.state.close();
    const after = open({ file });
    onTestFinished(() => after.state.close());
    expect((await put(APPS, { minCount: 8 }, {}, after)).status).toBe(409);
    await clock.advance(WRITE_MS);
    expect((await ask(address, {}, after)).body).toMatchObject({ status: 'Succeeded' });
    await clock.advance(NODES_MS);
    expect((await ask(`${CLUSTER}/agentPools`, {}, after)).body).toMatchObject({
      value: [{ properties: { count: 7 } }, { properties: { count: 2 } }, { properties: { count: 2 } }],
    });
  });
});

it('a cluster that nobody knows has no pools to list', async () => {
  expect((await ask(`${CLUSTER}x/agentPools`)).status).toBe(404);
});

it('is written over HTTP on this machine by the real client', async () => {
  const served = await serve((request) => arm.handler(request));
  onTestFinished(() => served.close());
  arm = seed(open({ publicUrl: served.url, durationMs: 0, nodesMs: 0 }));
  const credential = { getToken: () => Promise.resolve({ token: 'a-token', expiresOnTimestamp: 8.64e15 }) };
  const pools = new AksNodePools(credential, { endpoint: served.url, allowInsecureConnection: true });
  const operation = await pools.begin(APPS, { minCount: 7 });
  const state = operation.status === 'running' ? operation.state : '';
  expect(await pools.poll(APPS, state)).toEqual({ status: 'succeeded' });
  expect((await pools.read(CLUSTER))[0]).toMatchObject({ count: 7, autoscaler: { min: 7, max: 10 } });
});
