import { decodeJwt, decodeProtectedHeader } from 'jose';
import { describe, expect, it } from 'vitest';

import { LocalEntra } from '../../../../local/entra/local-entra.ts';
import { SeededRandom } from '../../../../local/time/seeded-random.ts';
import { VirtualClock } from '../../../../local/time/virtual-clock.ts';

const BOB = { username: 'bob', password: 'p', objectId: 'oid-b', roles: ['Approver'], groups: ['g'] };
const FORM = {
  grant_type: 'password',
  client_id: 'cli',
  username: 'bob',
  password: 'p',
  scope: 'api://aud/reflex.act',
};

async function ask(form: Readonly<Record<string, string>>, host = '127.0.0.1:7071'): Promise<[number, object]> {
  const clock = new VirtualClock();
  const tenant = { tenantId: 't', audience: 'aud', apps: [], client: { appId: 'cli', scope: 'reflex.act' } };
  const entra = new LocalEntra({ ...tenant, users: [BOB], clock, random: new SeededRandom(1) });
  const body = new URLSearchParams(form).toString();
  const answer = await entra.handler(new Request(`http://${host}/t/oauth2/v2.0/token`, { method: 'POST', body }));
  return [answer.status, (await answer.json()) as object];
}

describe('a demo user', () => {
  it('gets a delegated token through our client', async () => {
    const [status, answer] = await ask(FORM);
    expect(status).toBe(200);
    expect(decodeJwt((answer as { access_token: string }).access_token)).toMatchObject({
      aud: 'aud',
      azp: 'cli',
      scp: 'reflex.act',
      oid: 'oid-b',
      roles: ['Approver'],
      groups: ['g'],
    });
  });

  it.each([
    ['from another machine', {}, 'reflex.example', 'unsupported_grant_type'],
    ['through another client', { client_id: 'x' }, undefined, 'unauthorized_client'],
    ['with a wrong password', { password: 'x' }, undefined, 'invalid_grant'],
    ['for another scope', { scope: 'api://aud/.default' }, undefined, 'invalid_scope'],
    ['by another grant', { grant_type: 'refresh_token' }, undefined, 'unsupported_grant_type'],
  ])('gets none %s', async (_, change, host, error) => {
    expect(await ask({ ...FORM, ...change }, host)).toEqual([400, expect.objectContaining({ error })]);
  });
});

describe('signed claims of one\u2019s own choice', () => {
  it('are had by whoever knows the secret, and by nobody where there is none', async () => {
    const forge = async (forgerSecret: string | undefined, bearer: string): Promise<[number, string]> => {
      const tenant = {
        tenantId: 't',
        audience: 'aud',
        apps: [],
        clock: new VirtualClock(),
        random: new SeededRandom(1),
      };
      const entra = new LocalEntra({ ...tenant, ...(forgerSecret === undefined ? {} : { forgerSecret }) });
      const init = { method: 'POST', headers: { authorization: `Bearer ${bearer}` }, body: '{"aud":"other"}' };
      const answer = await entra.handler(new Request('http://127.0.0.1/_local/tokens', init));
      return [answer.status, ((await answer.json()) as { access_token?: string }).access_token ?? ''];
    };
    const [status, token] = await forge('s', 's');
    expect([status, decodeJwt(token)]).toMatchObject([200, { aud: 'other', tid: 't' }]);
    expect(await forge('s', 'x')).toEqual([401, '']);
    expect(await forge(undefined, 'undefined')).toEqual([401, '']);
  });
});

describe('the signing key', () => {
  it('is rolled by whoever knows the secret; the former one stays published', async () => {
    const tenant = { tenantId: 't', audience: 'aud', apps: [], forgerSecret: 's' };
    const entra = new LocalEntra({ ...tenant, clock: new VirtualClock(), random: new SeededRandom(1) });
    const call = async (path: string, init: RequestInit = {}): Promise<Record<string, unknown>> => {
      const answer = await entra.handler(new Request(`http://127.0.0.1${path}`, init));
      return { status: answer.status, ...((await answer.json()) as object) };
    };
    const by = (secret: string): RequestInit => ({ method: 'POST', headers: { authorization: `Bearer ${secret}` } });
    const { keys: before } = await call('/t/discovery/v2.0/keys');
    expect(await call('/_local/keys', by('x'))).toMatchObject({ status: 401 });
    const { status, kid } = await call('/_local/keys', by('s'));
    const { access_token: token } = await call('/_local/tokens', { ...by('s'), body: '{}' });
    expect([status, decodeProtectedHeader(String(token)).kid]).toEqual([201, kid]);
    const { keys: after } = await call('/t/discovery/v2.0/keys');
    expect(after).toEqual([expect.objectContaining({ kid }), ...(before as object[])]);
  });
});
