import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { handled } from './pushed-image.ts';
import { StackProcess } from './stack-process.ts';

const PAYLOADS = join(import.meta.dirname, '../fixtures/payloads');

describe('an alert', () => {
  let stack: StackProcess;

  beforeAll(async () => {
    stack = await StackProcess.create();
    await stack.start();
  });

  afterAll(async () => {
    await stack.remove();
  });

  async function token(): Promise<string> {
    const { url, tenantId, audience, apps } = stack.endpoints.entra;
    const { appId = '', secret = '' } = apps['actionGroups'] ?? {};
    const form = {
      grant_type: 'client_credentials',
      client_id: appId,
      client_secret: secret,
      scope: `api://${audience}/.default`,
    };
    const answer = await fetch(`${url}/${tenantId}/oauth2/v2.0/token`, {
      method: 'POST',
      body: new URLSearchParams(form),
    });
    return ((await answer.json()) as { access_token: string }).access_token;
  }

  async function post(body: string, bearer?: string): Promise<Response> {
    const headers = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
    return await fetch(`${stack.endpoints.host.url}/api/alerts`, { method: 'POST', headers, body });
  }

  async function parked(): Promise<number> {
    const client = BlobServiceClient.fromConnectionString(stack.endpoints.storage.connectionString);
    let count = 0;
    for await (const blob of client.getContainerClient('reflex').listBlobsFlat({ prefix: 'parked/' })) {
      count += blob.deleted ? 0 : 1;
    }
    return count;
  }

  it('of the action groups\u2019 application is stored, and one of nobody we know in the fleet is parked', async () => {
    const before = await parked().catch(() => 0);
    const alert = await readFile(join(PAYLOADS, 'alert-common-metric-fired.json'), 'utf8');
    expect((await post(alert, await token())).status).toBe(202);
    expect((await post('no JSON at all', await token())).status).toBe(202);
    await handled(stack);
    expect(await parked()).toBe(before + 2);
  });

  it.each([
    ['no token', () => undefined, 'no-token'],
    ['a token that is none', () => 'abc', 'malformed'],
    ['a changed token', async () => (await token()).replace(/\.[^.]+$/, '.AAAA'), 'bad-signature'],
  ])('with %s is refused as a problem, and stores nothing', async (_, bearer, reason) => {
    const before = await parked();
    const answer = await post('{}', await bearer());
    expect([answer.status, answer.headers.get('content-type')]).toEqual([401, 'application/problem+json']);
    expect(await answer.json()).toMatchObject({
      code: 'REFLEX_TOKEN_REFUSED',
      detail: expect.stringContaining(reason) as string,
    });
    await handled(stack);
    expect(await parked()).toBe(before);
  });
});
