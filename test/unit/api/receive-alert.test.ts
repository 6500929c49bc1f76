import { readdirSync, readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { LocalEntra } from '../../../local/entra/local-entra.ts';
import { SeededRandom } from '../../../local/time/seeded-random.ts';
import { VirtualClock } from '../../../local/time/virtual-clock.ts';
import { InMemoryRowStore } from '../../../shared/adapters/in-memory/row-store.ts';
import { PublishedKeys } from '../../../shared/adapters/entra/published-keys.ts';
import { receiveAlert, type AlertTools } from '../../../shared/api/receive-alert.ts';
import { StorageUnavailableError } from '../../../shared/errors.ts';
import { RefusedTokens } from '../../../shared/records/refused-tokens.ts';
import type { IncomingAlert } from '../../../shared/reflex.ts';

const QUIET = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const TENANT = 't';
const AUDIENCE = 'a';
const APP = { appId: 'monitor', secret: 's', roles: ['ActionGroupsSecureWebhook'] };
const STRANGER = { appId: 'stranger', secret: 's', roles: ['ActionGroupsSecureWebhook'] };

function stage(more: Partial<AlertTools> = {}): {
  readonly entra: LocalEntra;
  readonly clock: VirtualClock;
  readonly stored: string[];
  readonly tools: AlertTools;
  readonly token: (app?: typeof APP) => Promise<string>;
} {
  const clock = new VirtualClock();
  const random = new SeededRandom(1);
  const entra = new LocalEntra({ tenantId: TENANT, audience: AUDIENCE, apps: [APP, STRANGER], clock, random });
  const fetch: typeof globalThis.fetch = (url) => entra.handler(new Request(url));
  const stored: string[] = [];
  const tools: AlertTools = {
    keys: new PublishedKeys({ authority: 'https://login.test', tenantId: TENANT, clock, fetch }),
    clock,
    log: QUIET,
    trust: {
      tenantId: TENANT,
      clientId: AUDIENCE,
      apiUri: `api://${AUDIENCE}`,
      skewSeconds: 60,
      applicationIds: [APP.appId],
      role: 'ActionGroupsSecureWebhook',
    },
    refused: new RefusedTokens({ rows: new InMemoryRowStore(), clock, log: QUIET }),
    store: (body, via) => Promise.resolve(void stored.push(`${via} ${body}`)),
    ...more,
  };
  const token = async ({ appId, secret } = APP): Promise<string> => {
    const form = {
      grant_type: 'client_credentials',
      client_id: appId,
      client_secret: secret,
      scope: `api://${AUDIENCE}/.default`,
    };
    const body = new URLSearchParams(form).toString();
    const answer = await entra.handler(
      new Request(`https://login.test/${TENANT}/oauth2/v2.0/token`, { method: 'POST', body }),
    );
    return `Bearer ${((await answer.json()) as { access_token: string }).access_token}`;
  };
  return { entra, clock, stored, tools, token };
}

function alert(authorization: string | undefined, body: string, contentLength?: string): IncomingAlert {
  return { authorization, contentLength, text: () => Promise.resolve(body) };
}

describe('receiveAlert', () => {
  it('stores what a trusted application sends, unread, and says who sent it', async () => {
    const { tools, stored, token } = stage();
    expect(await receiveAlert(alert(await token(), 'odd {'), tools)).toMatchObject({ status: 202 });
    expect(stored).toEqual(['alert:monitor odd {']);
  });

  it('tells who sends a legacy alert what to set, and stores it all the same', async () => {
    const { tools, stored, token } = stage();
    const folder = new URL('../../fixtures/payloads/', import.meta.url);
    for (const file of readdirSync(folder).filter((name) => name.startsWith('alert-'))) {
      const body = readFileSync(new URL(file, folder), 'utf8');
      const answer = await receiveAlert(alert(await token(), body), tools);
      expect([file, answer.status, answer.body.includes('useCommonAlertSchema: true')]).toEqual([
        file,
        202,
        file.startsWith('alert-legacy'),
      ]);
      expect(stored.at(-1)).toContain(body);
    }
    for (const body of ['', 'null', '[]', '{"schemaId":{}}', '['.repeat(100_000)]) {
      expect(await receiveAlert(alert(await token(), body), tools)).toEqual({
        status: 202,
        headers: {},
        body: '',
      });
    }
  });

  it.each([
    [401, 'no-token', undefined],
    [403, 'wrong-application', STRANGER],
  ])('answers %i for %s and stores nothing', async (status, reason, app) => {
    const { tools, stored, token } = stage();
    const authorization = app === undefined ? undefined : await token(app);
    const answer = await receiveAlert(alert(authorization, '{}'), tools);
    expect(answer).toMatchObject({ status, headers: { 'content-type': 'application/problem+json' } });
    expect(JSON.parse(answer.body)).toMatchObject({
      status,
      code: 'REFLEX_TOKEN_REFUSED',
      detail: expect.stringContaining(reason) as string,
    });
    expect(stored).toEqual([]);
  });

  it('counts what it refuses by reason, and tells each to the log in a form to query', async () => {
    const told: unknown[] = [];
    const warn = (message: string, facts?: object): void => void told.push([message, facts]);
    const { tools, token, clock } = stage({ log: { ...QUIET, warn } });
    for (const authorization of [undefined, await token(STRANGER), undefined]) {
      await receiveAlert(alert(authorization, '{}'), tools);
    }
    const told1 = { metric: 'reflex.tokens.refused', value: 1, door: 'alerts', status: 401, reason: 'no-token' };
    expect(told).toEqual([
      ['token refused', told1],
      ['token refused', { ...told1, status: 403, reason: 'wrong-application' }],
      ['token refused', told1],
    ]);
    const today = clock.now().toISOString().slice(0, 10);
    const alerts = { 'no-token': 2, 'wrong-application': 1 };
    expect(await (tools.refused as RefusedTokens).day(today)).toEqual({ alerts, people: {} });
  });

  it.each([
    ['that is longer than any alert', 'x'.repeat(2_000_000), undefined],
    ['of fewer characters and more bytes', '\u20ac'.repeat(400_000), undefined],
    ['that is said to be', 'x', '1048577'],
  ])('refuses a body %s', async (_, body, length) => {
    const { tools, stored, token } = stage();
    const answer = await receiveAlert(alert(await token(), body, length), tools);
    expect([answer.status, stored]).toEqual([413, []]);
  });

  it.each(['1048576', '', 'many', '-1', '1, 2'])('takes a good body said to be of %j bytes', async (length) => {
    const { tools, token } = stage();
    expect((await receiveAlert(alert(await token(), '{}', length), tools)).status).toBe(202);
  });

  it('reads no body of whoever is not let in, and none that is said to be too long', async () => {
    const { tools, token } = stage();
    let read = 0;
    const unread = (authorization: string | undefined, contentLength?: string): IncomingAlert => ({
      ...{ authorization, contentLength },
      text: () => {
        read += 1;
        return Promise.resolve('');
      },
    });
    await receiveAlert(unread(undefined), tools);
    await receiveAlert(unread(await token(STRANGER)), tools);
    await receiveAlert(unread(await token(), '9999999'), tools);
    expect(read).toBe(0);
    await receiveAlert(unread(await token()), tools);
    expect(read).toBe(1);
  });

  it('asks to send again while the store is down, or the keys cannot be had', async () => {
    const down = stage({ store: () => Promise.reject(new StorageUnavailableError('send message')) });
    expect(await receiveAlert(alert(await down.token(), '{}'), down.tools)).toMatchObject({
      status: 503,
      headers: { 'retry-after': '30' },
    });
    const { clock } = down;
    const fetch = (): Promise<Response> => Promise.reject(new TypeError('fetch failed'));
    const keys = new PublishedKeys({ authority: 'https://login.test', tenantId: TENANT, clock, fetch });
    expect((await receiveAlert(alert(await down.token(), '{}'), { ...down.tools, keys })).status).toBe(503);
  });

  it('believes nobody, and asks nobody for keys, while no tenant is set', async () => {
    const { tools, token } = stage();
    const fetch = (): Promise<Response> => Promise.reject(new Error('asked'));
    const keys = new PublishedKeys({ authority: 'https://login.test', tenantId: '', clock: tools.clock, fetch });
    const unset = { ...tools, keys, trust: { ...tools.trust, tenantId: '' } };
    const answer = await receiveAlert(alert(await token(), '{}'), unset);
    expect([answer.status, answer.body]).toEqual([503, expect.stringContaining('REFLEX_TENANT_ID')]);
  });

  it('hands on what is a defect', async () => {
    const broken = stage({ store: () => Promise.reject(new TypeError('a defect')) });
    await expect(receiveAlert(alert(await broken.token(), '{}'), broken.tools)).rejects.toThrow(TypeError);
  });

  it('goes on when the issuer rolls its key: what comes too soon for another question is asked for again', async () => {
    const { entra, clock, tools, token, stored } = stage();
    await receiveAlert(alert(await token(), '{}'), tools);
    entra.rollKey();
    await clock.advance(10_500);
    const answer = await receiveAlert(alert(await token(), '{}'), tools);
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '20' } });
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'REFLEX_RATE_LIMITED' });
    expect(stored).toHaveLength(1);
    await clock.advance(20_000);
    expect((await receiveAlert(alert(await token(), '{}'), tools)).status).toBe(202);
  });
});

describe('the local issuer', () => {
  it.each([
    [{ grant_type: 'password' }, 400, 'unsupported_grant_type'],
    [{ grant_type: 'client_credentials', client_id: 'monitor', client_secret: 'wrong' }, 401, 'invalid_client'],
    [
      { grant_type: 'client_credentials', client_id: 'monitor', client_secret: 's', scope: 'x' },
      400,
      'invalid_resource',
    ],
  ])('refuses %j', async (form, status, error) => {
    const { entra } = stage();
    const body = new URLSearchParams(form).toString();
    const answer = await entra.handler(
      new Request(`https://login.test/${TENANT}/oauth2/v2.0/token`, { method: 'POST', body }),
    );
    expect([answer.status, ((await answer.json()) as { error: string }).error]).toEqual([status, error]);
  });

  it('says where its keys are, and nothing else', async () => {
    const { entra } = stage();
    const known = await entra.handler(
      new Request(`https://login.test/${TENANT}/v2.0/.well-known/openid-configuration`),
    );
    expect(await known.json()).toMatchObject({ jwks_uri: `https://login.test/${TENANT}/discovery/v2.0/keys` });
    expect((await entra.handler(new Request('https://login.test/other'))).status).toBe(404);
  });
});
