import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';

import { LocalArm, type LocalArmOptions } from '../../../../local/arm/local-arm.ts';
import { serve } from '../../../../local/http/serve.ts';
import { SeededRandom } from '../../../../local/time/seeded-random.ts';
import { VirtualClock } from '../../../../local/time/virtual-clock.ts';

const RG = '/subscriptions/S/resourceGroups/Shop';
const GROUP = `${RG}/providers/Microsoft.Cdn/profiles/Edge/originGroups/Apps`;
const [WEST, EAST] = [`${GROUP}/origins/West`, `${GROUP}/origins/East`];
const PROFILE = `${RG}/providers/Microsoft.Network/trafficManagerProfiles/Names`;
const ENDPOINT = `${PROFILE}/externalEndpoints/West`;
const ARM = 'https://management.azure.com';
const API = 'api-version=2024-02-01';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const RESOURCE_REQUESTS = 'x-ms-ratelimit-remaining-subscription-resource-requests';

let clock: VirtualClock;
let arm: LocalArm;

function open(options: Partial<LocalArmOptions> = {}): LocalArm {
  return new LocalArm({ clock, random: new SeededRandom(3), ...options });
}

function seed(one: LocalArm): LocalArm {
  one.seed({ id: GROUP, properties: {} });
  one.seed({ id: WEST, properties: { weight: 500 } });
  one.seed({ id: EAST, properties: { weight: 300 } });
  one.seed({ id: PROFILE, properties: {} });
  one.seed({ id: ENDPOINT, properties: { weight: 25 } });
  return one;
}

beforeEach(() => {
  clock = new VirtualClock();
  arm = seed(open());
});

interface Ask {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: string;
}

/** Asks for a path, or follows an absolute address. */
async function ask(path: string, { method = 'GET', body, headers, query = API }: Ask = {}, from = arm) {
  const url = path.startsWith('https:') ? path : `${ARM}${path}?${query}`;
  const sent = headers ?? { authorization: 'Bearer a-token' };
  const content = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
  const answer = await from.handler(new Request(url, { method, headers: { ...sent }, ...content }));
  const text = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    body: text === '' ? undefined : (JSON.parse(text) as never),
  };
}

function patch(id: string, properties: object, from = arm) {
  return ask(id, { method: 'PATCH', body: { properties } }, from);
}

async function propertiesOf(id: string, from = arm): Promise<Readonly<Record<string, unknown>>> {
  return ((await ask(id, {}, from)).body as unknown as { properties: Record<string, unknown> }).properties;
}

async function follow(address: string | null, from = arm): Promise<unknown> {
  return ((await ask(address ?? '', {}, from)).body as unknown as { status: unknown }).status;
}

describe('who may ask', () => {
  it.each([{}, { authorization: 'Basic abc' }, { authorization: 'Bearer ' }])('not %j', async (headers) => {
    const { status, body } = await ask(WEST, { headers });
    expect(status).toBe(401);
    expect(body).toMatchObject({ error: { code: 'AuthenticationFailed' } });
  });

  it('only whose token counts', async () => {
    const strict = seed(open({ accepts: (token) => Promise.resolve(token === 'good') }));
    expect((await ask(WEST, {}, strict)).status).toBe(401);
    expect((await ask(WEST, { headers: { authorization: 'Bearer good' } }, strict)).status).toBe(200);
  });

  it('names the version of the API', async () => {
    const { status, body } = await ask(WEST, { query: '' });
    expect(status).toBe(400);
    expect(body).toMatchObject({ error: { code: 'MissingApiVersionParameter' } });
  });
});

describe('resources', () => {
  it('are found in any case, and written with lower-case segments as Front Door does', async () => {
    const { body } = await ask(WEST.toUpperCase().replace('MICROSOFT.CDN', 'Microsoft.Cdn'));
    expect(body).toMatchObject({
      id: '/subscriptions/S/resourcegroups/Shop/providers/Microsoft.Cdn/profiles/Edge/origingroups/Apps/origins/West',
      type: 'Microsoft.Cdn/profiles/origingroups/origins',
      name: 'West',
      properties: { weight: 500, priority: 1, enabledState: 'Enabled', deploymentStatus: 'NotStarted' },
    });
  });

  it('of Traffic Manager keep their case, and hold their endpoints', async () => {
    expect((await ask(PROFILE)).body).toMatchObject({
      id: PROFILE,
      type: 'Microsoft.Network/trafficManagerProfiles',
      properties: { endpoints: [{ id: ENDPOINT, type: 'Microsoft.Network/trafficManagerProfiles/externalEndpoints' }] },
    });
  });

  it('that are not there are not found, also to a write', async () => {
    for (const { status, body } of [await ask(`${WEST}x`), await patch(`${WEST}x`, { weight: 1 })]) {
      expect(status).toBe(404);
      expect(body).toMatchObject({ error: { code: 'ResourceNotFound' } });
    }
  });

  it('are not deleted, and a body that is none is refused', async () => {
    expect((await ask(WEST, { method: 'DELETE' })).status).toBe(405);
    for (const body of ['', 'x', '{}', '{"weight":5}']) {
      expect((await ask(WEST, { method: 'PATCH', body })).status).toBe(400);
    }
    expect(arm.accepted).toEqual([]);
  });

  it('are listed in the order of their creation, whatever is written', async () => {
    await patch(WEST, { weight: 7 });
    const { body } = await ask(`${GROUP}/origins`);
    expect((body as unknown as { value: { name: string }[] }).value.map(({ name }) => name)).toEqual(['West', 'East']);
    expect(body).not.toHaveProperty('nextLink');
  });

  it('are listed by pages, each with the address of the next', async () => {
    arm = seed(open({ pageSize: 2 }));
    arm.seed({ id: `${GROUP}/origins/North`, properties: {} });
    const first = (await ask(`${GROUP}/origins`)).body as unknown as { value: object[]; nextLink: string };
    expect(first.value).toHaveLength(2);
    const next = new URL(first.nextLink);
    expect(next.origin + next.pathname).toBe(`${ARM}${GROUP}/origins`);
    expect([...next.searchParams.keys()]).toEqual(['api-version', '$skiptoken']);
    // What is written between two pages moves nobody to another page.
    await patch(WEST, { weight: 7 });
    expect((await ask(first.nextLink)).body).toEqual({ value: [expect.objectContaining({ name: 'North' })] });
  });
});

describe('refusals', () => {
  it.each([0, -1, 10.5, 1001, '50', null])('of the weight %j', async (weight) => {
    for (const id of [WEST, ENDPOINT]) {
      const { status, body } = await patch(id, { weight });
      expect(status).toBe(400);
      expect(body).toMatchObject({ error: { code: 'BadRequest' } });
    }
    expect((await propertiesOf(WEST))['weight']).toBe(500);
  });

  it('to disable the last enabled origin, in the recorded words', async () => {
    expect((await patch(WEST, { enabledState: 'Disabled' })).status).toBe(202);
    const { status, body } = await patch(EAST, { enabledState: 'Disabled' });
    expect(status).toBe(400);
    expect(body).toEqual({
      error: { code: 'BadRequest', message: 'Endpoint pools must contain at least one enabled endpoint' },
    });
    expect((await patch(EAST, { weight: 5 })).status).toBe(202);
    expect((await patch(WEST, { enabledState: 'Disabled' })).status).toBe(202);
    arm.change(EAST, { enabledState: 'Disabled' });
    expect((await patch(WEST, { enabledState: 'Disabled' })).status).toBe(202);
  });

  it('of an overlapping write of the profile, where writes conflict', async () => {
    arm = seed(open({ overlap: 'conflict', durationMs: 60_000 }));
    await patch(WEST, { weight: 7 });
    const { status, body } = await patch(EAST, { weight: 8 });
    expect(status).toBe(409);
    expect(body).toEqual({
      error: {
        code: 'Conflict',
        message: 'The requested operation cannot be executed on the entity as another operation is in progress.',
      },
    });
    expect(await propertiesOf(EAST)).toMatchObject({ weight: 300, provisioningState: 'Succeeded' });
    await clock.advance(60_000);
    expect((await patch(EAST, { weight: 8 })).status).toBe(202);
  });
});

describe('limits', () => {
  it('let so many calls through in their window, and say how many are left', async () => {
    arm.faults.set([{ on: 'PATCH origins/west', limit: 2, windowSec: 300 }]);
    expect((await patch(WEST, { weight: 1 })).headers.get(RESOURCE_REQUESTS)).toBe('1');
    await clock.advance(100_000);
    expect((await patch(WEST, { weight: 2 })).headers.get(RESOURCE_REQUESTS)).toBe('0');
    const refused = await patch(WEST, { weight: 3 });
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('200');
    expect(refused.headers.get(RESOURCE_REQUESTS)).toBe('0');
    expect(refused.body).toEqual({
      error: {
        code: 'ResourceRequestsThrottled',
        message:
          "Number of requests for action 'Microsoft.Cdn/profiles/originGroups/origins/write' exceeded the limit of '2' for time interval '00:05:00'. Please try again after '200' seconds.",
      },
    });
    expect((await patch(EAST, { weight: 3 })).status).toBe(202);
    await clock.advance(200_000);
    expect((await patch(WEST, { weight: 3 })).status).toBe(202);
  });

  it('that nobody set are told as recorded, and refuse nothing', async () => {
    const remaining = async (name: string, answer: Promise<{ headers: Headers }>) =>
      (await answer).headers.get(`x-ms-ratelimit-remaining-subscription-${name}`);
    expect(await remaining('resource-requests', patch(WEST, { weight: 1 }))).toBe('199');
    expect(await remaining('resource-requests', patch(EAST, { weight: 1 }))).toBe('198');
    expect(await remaining('reads', ask(WEST))).toBe('1099');
    expect(await remaining('global-reads', ask(WEST))).toBe('16498');
    expect(await remaining('resource-requests', ask(PROFILE))).toBe('10799');
    expect(await remaining('writes', patch(ENDPOINT, { weight: 1 }))).toBe('1177');
    for (let n = 0; n < 200; n += 1) {
      expect((await patch(WEST, { weight: 1 })).status).toBe(202);
    }
    expect(await remaining('resource-requests', patch(WEST, { weight: 1 }))).toBe('0');
    await clock.advance(300_000);
    expect(await remaining('resource-requests', patch(WEST, { weight: 1 }))).toBe('199');
  });
});

describe('headers', () => {
  it('of every answer', async () => {
    for (const { headers } of [await ask(WEST), await ask(`${WEST}x`), await ask(WEST, { headers: {} })]) {
      expect(headers.get('date')).toBe('Mon, 05 Jan 2026 08:00:00 GMT');
      expect(headers.get('x-ms-request-id')).toMatch(UUID);
      const correlation = headers.get('x-ms-correlation-request-id') ?? '';
      expect(correlation).toMatch(UUID);
      expect(headers.get('x-ms-routing-request-id')).toBe(`WESTEUROPE:20260105T080000Z:${correlation}`);
    }
  });

  it('of a write that was accepted', async () => {
    const { status, headers, body } = await patch(WEST, { weight: 9 });
    expect(status).toBe(202);
    expect(headers.get('retry-after')).toBe('10');
    const base = `${ARM}/subscriptions/s/resourcegroups/shop/providers/Microsoft.Cdn/operationresults/`;
    const asked = new URL(headers.get('azure-asyncoperation') ?? '');
    const operation = asked.pathname.split('/').at(-1) ?? '';
    expect(operation).toMatch(UUID);
    expect(asked.origin + asked.pathname).toBe(`${base}${operation}`);
    const result = new URL(headers.get('location') ?? '');
    expect(result.origin + result.pathname).toBe(
      `${base}${operation}/profileresults/edge/origingroupresults/apps/originresults/west`,
    );
    for (const { searchParams } of [asked, result]) {
      expect([...searchParams.keys()]).toEqual(['api-version', 't', 'c', 's', 'h']);
      expect(searchParams.get('api-version')).toBe('2024-02-01');
    }
    expect(body).toMatchObject({ properties: { weight: 9, provisioningState: 'Updating' } });
  });

  it('of Traffic Manager name no operation', async () => {
    const { status, headers } = await patch(ENDPOINT, { weight: 9 });
    expect(status).toBe(200);
    expect(headers.get('azure-asyncoperation')).toBeNull();
    expect(headers.get('location')).toBeNull();
  });
});

describe('operations', () => {
  it('end by the clock alone', async () => {
    arm = seed(open({ durationMs: 60_000 }));
    const { headers } = await patch(WEST, { weight: 9 });
    const [status, location] = [headers.get('azure-asyncoperation'), headers.get('location') ?? ''];
    await clock.advance(59_999);
    expect((await ask(status ?? '')).body).toEqual({ status: 'InProgress', error: { code: 'None', message: null } });
    expect((await ask(location)).status).toBe(202);
    expect(await propertiesOf(WEST)).toMatchObject({ weight: 9, provisioningState: 'Updating' });
    await clock.advance(1);
    expect((await ask(status ?? '')).body).toEqual({ status: 'Succeeded', error: { code: 'None', message: null } });
    expect(await ask(location)).toMatchObject({ status: 200, body: { name: 'West', properties: { weight: 9 } } });
    expect(await propertiesOf(WEST)).toMatchObject({ provisioningState: 'Succeeded', deploymentStatus: 'NotStarted' });
  });

  it('take as long as a fault says', async () => {
    arm.faults.set([{ on: 'PATCH origins/west', lroSec: 1200 }]);
    const status = (await patch(WEST, { weight: 9 })).headers.get('azure-asyncoperation');
    await clock.advance(1_199_000);
    expect(await follow(status)).toBe('InProgress');
    await clock.advance(1_000);
    expect(await follow(status)).toBe('Succeeded');
  });

  it('of one profile wait for each other, of another one do not', async () => {
    arm = seed(open({ durationMs: 60_000 }));
    const other = WEST.replace('Edge', 'Other');
    arm.seed({ id: other, properties: {} });
    arm.seed({ id: other.replace('West', 'East'), properties: {} });
    await patch(WEST, { weight: 9 });
    const second = (await patch(EAST, { weight: 8 })).headers.get('azure-asyncoperation');
    const third = (await patch(other, { weight: 7 })).headers.get('azure-asyncoperation');
    expect(await propertiesOf(EAST)).toMatchObject({ weight: 300, provisioningState: 'Updating' });
    await clock.advance(60_000);
    expect([await follow(second), await follow(third)]).toEqual(['InProgress', 'Succeeded']);
    await clock.advance(60_000);
    expect(await follow(second)).toBe('Succeeded');
  });

  it('wait for each other where a fault says so, though others conflict', async () => {
    arm = seed(open({ overlap: 'conflict', durationMs: 60_000 }));
    arm.faults.set([{ on: 'PATCH origins/east', serial: true }]);
    expect((await patch(WEST, { weight: 9 })).status).toBe(202);
    expect((await patch(EAST, { weight: 8 })).status).toBe(202);
    expect((await patch(WEST, { weight: 7 })).status).toBe(409);
  });

  it('are told when their values are there for good', async () => {
    const applied: unknown[] = [];
    arm = seed(
      open({
        durationMs: 60_000,
        onApplied: ({ id, properties }) => void applied.push([id, properties['weight']]),
      }),
    );
    await patch(WEST, { weight: 9 });
    expect(applied).toEqual([]);
    await clock.advance(60_000);
    await ask(WEST);
    await patch(ENDPOINT, { weight: 4 });
    expect(applied).toEqual([
      [WEST, 9],
      [ENDPOINT, 4],
    ]);
  });

  it.each([
    ['Failed', 'Failed'],
    ['Canceled', 'Succeeded'],
  ])('that end as %s are undone, at both addresses', async (said, provisioningState) => {
    arm = seed(open({ durationMs: 60_000 }));
    const { headers } = await patch(WEST, { weight: 9 });
    arm.faults.set([{ on: 'LRO origins/west', body: { status: said, error: { code: 'Bad', message: 'boom' } } }]);
    expect(await follow(headers.get('azure-asyncoperation'))).toBe(said);
    expect(await follow(headers.get('azure-asyncoperation'))).toBe(said);
    expect((await ask(headers.get('location') ?? '')).status).toBe(400);
    expect(await propertiesOf(WEST)).toMatchObject({ weight: 500, provisioningState });
  });

  it('that nobody knows are not found', async () => {
    const path = `${RG}/providers/Microsoft.Cdn/operationresults/0`;
    expect((await ask(path)).status).toBe(404);
    expect((await ask(`${path}/profileresults/edge/origingroupresults/apps/originresults/west`)).status).toBe(404);
  });

  it('and resources survive a restart', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'local-arm-'));
    onTestFinished(async () => await rm(directory, { recursive: true }));
    const file = join(directory, 'arm.sqlite');
    const before = seed(open({ file, durationMs: 60_000 }));
    const first = (await patch(WEST, { weight: 9 }, before)).headers.get('azure-asyncoperation');
    const second = (await patch(EAST, { weight: 8 }, before)).headers.get('azure-asyncoperation');
    before.state.close();
    await clock.advance(60_000);
    const after = open({ file, durationMs: 60_000 });
    onTestFinished(() => after.state.close());
    expect([await follow(first, after), await follow(second, after)]).toEqual(['Succeeded', 'InProgress']);
    expect(await propertiesOf(WEST, after)).toMatchObject({ weight: 9, provisioningState: 'Succeeded' });
    await clock.advance(60_000);
    expect(await propertiesOf(EAST, after)).toMatchObject({ weight: 8, provisioningState: 'Succeeded' });
  });
});

it('is served over HTTP, and its addresses lead back to it', async () => {
  const served = await serve((request) => arm.handler(request));
  onTestFinished(() => served.close());
  arm = seed(open({ publicUrl: served.url, pageSize: 1 }));
  const headers = { authorization: 'Bearer a-token', 'content-type': 'application/json' };
  const body = JSON.stringify({ properties: { weight: 9 } });
  const get = async (address: string) => await (await fetch(address, { headers })).text();
  const answer = await fetch(`${served.url}${WEST}?${API}`, { method: 'PATCH', headers, body });
  expect([answer.status, await answer.text()]).toEqual([202, expect.stringContaining('"Updating"')]);
  const addresses = ['azure-asyncoperation', 'location'].map((name) => answer.headers.get(name) ?? '');
  for (const address of addresses) {
    expect(address.startsWith(`${served.url}/subscriptions/`)).toBe(true);
    expect(await get(address)).toMatch(/"Succeeded"/);
  }
  const { nextLink } = JSON.parse(await get(`${served.url}${GROUP}/origins?${API}`)) as { nextLink: string };
  expect(nextLink.startsWith(`${served.url}/subscriptions/`)).toBe(true);
  expect(JSON.parse(await get(nextLink))).toEqual({ value: [expect.objectContaining({ name: 'East' })] });
});
