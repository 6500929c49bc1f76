import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { openApiDocument, ROUTES } from '../../../../shared/api/people/routes.ts';
import { InvalidFleetError, NotFoundError, StorageUnavailableError } from '../../../../shared/errors.ts';
import { ALICE, BOB, Office, PLAN, RITA, type Claims } from './people.ts';

const APPLICATION = { scp: undefined, oid: 'app', roles: ['Approver', 'Operator', 'Reader'] };
const APPROVE = `POST /plans/${PLAN.id}/approve`;
const YES = { digest: PLAN.digest };

describe('who may call', () => {
  it.each<[string, string, Claims | undefined, unknown, number, string]>([
    ['an approval without a token', APPROVE, undefined, YES, 401, 'no-token'],
    ['an application\u2019s approval', APPROVE, APPLICATION, YES, 403, 'application-token'],
    ['an application that says so', APPROVE, { ...BOB, idtyp: 'app' }, YES, 403, 'application-token'],
    ['an empty scp', APPROVE, { ...BOB, scp: '' }, YES, 403, 'application-token'],
    ['another client\u2019s token', APPROVE, { ...BOB, azp: 'other' }, YES, 403, 'wrong-application'],
    ['no azp', APPROVE, { ...BOB, azp: undefined }, YES, 403, 'wrong-application'],
    ['another scope', APPROVE, { ...BOB, scp: 'User.Read' }, YES, 403, 'missing-scope'],
    ['no role of ours', APPROVE, { ...BOB, roles: ['Everything'] }, YES, 403, 'missing-role'],
    ['another tenant', APPROVE, { ...BOB, tid: 'other' }, YES, 401, 'wrong-tenant'],
    ['another audience', APPROVE, { ...BOB, aud: 'other' }, YES, 401, 'wrong-audience'],
    ['an old token', APPROVE, { ...BOB, exp: 1 }, YES, 401, 'expired'],
    ['an Operator\u2019s approval', APPROVE, ALICE, YES, 403, 'role Approver'],
    ['a Reader\u2019s approval', APPROVE, RITA, YES, 403, 'role Approver'],
    ['an Approver\u2019s command', 'POST /commands', BOB, {}, 403, 'role Operator'],
    ['an Approver\u2019s cancel', `POST /plans/${PLAN.id}/cancel`, BOB, {}, 403, 'role Operator'],
    ['a Reader\u2019s kill switch', 'PUT /kill-switch', RITA, { on: true, reason: 'x' }, 403, 'Operator or Approver'],
    ['an Approver\u2019s kill switch on', 'PUT /kill-switch', BOB, { on: true, reason: 'x' }, 403, 'role Operator'],
    ['an Operator\u2019s kill switch off', 'PUT /kill-switch', ALICE, { on: false }, 403, 'role Approver'],
    ['a Reader\u2019s switches', 'PUT /switches', RITA, { automation: 'off', reason: 'x' }, 403, 'role Operator'],
    ['an application\u2019s reading', 'GET /plans', APPLICATION, undefined, 403, 'application-token'],
  ])('does not include %s', async (_, call, as, body, status, why) => {
    const office = new Office();
    await office.store(PLAN);
    const before = JSON.stringify(await office.rows.list('edges', ''));
    const answer = await office.call(call, as, body);
    expect(answer).toMatchObject({ status, detail: expect.stringContaining(why) as string });
    expect(JSON.stringify(await office.rows.list('edges', ''))).toBe(before);
    expect([await office.rows.list('control', ''), office.sent()]).toEqual([[], []]);
  });

  it.each(ROUTES.filter(({ roles }) => roles.length > 0).map(({ method, path }) => [method, path]))(
    'is asked at %s %s: nobody and no application gets in',
    async (method, path) => {
      const office = new Office();
      const call = `${method} /${path.replace(/\{\w+\}/, PLAN.id)}`;
      expect(await office.call(call)).toMatchObject({ status: 401, code: 'REFLEX_TOKEN_REFUSED' });
      expect(await office.call(call, APPLICATION)).toMatchObject({ status: 403, code: 'REFLEX_TOKEN_REFUSED' });
    },
  );

  it('is nobody while the settings name no client of ours', async () => {
    const office = new Office();
    for (const missing of [{ clientApplicationId: '' }, { tenantId: '' }, { clientId: '' }]) {
      office.tools = { ...office.tools, trust: { ...office.tools.trust, ...missing } };
      expect(await office.call('GET /plans', { ...RITA, azp: '' })).toMatchObject({
        status: 503,
        code: 'REFLEX_INVALID_SETTING',
      });
    }
  });
});

describe('what is asked', () => {
  it.each<[string, Claims | undefined, unknown, number, string]>([
    ['GET /nothing', RITA, undefined, 404, 'REFLEX_NOT_FOUND'],
    ['GET /plans/', RITA, undefined, 200, ''],
    ['GET /plans/a/b/c', RITA, undefined, 404, 'REFLEX_NOT_FOUND'],
    ['POST /plans', RITA, undefined, 405, 'REFLEX_METHOD_NOT_ALLOWED'],
    ['GET /plans?limit=1000', RITA, undefined, 400, 'REFLEX_INVALID_REQUEST'],
    ['GET /plans?state=great', RITA, undefined, 400, 'REFLEX_INVALID_REQUEST'],
    [APPROVE, BOB, 'no json', 400, 'REFLEX_INVALID_REQUEST'],
    [APPROVE, BOB, {}, 400, 'REFLEX_INVALID_REQUEST'],
    [APPROVE, BOB, { ...YES, force: true }, 400, 'REFLEX_INVALID_REQUEST'],
    [APPROVE, BOB, ' '.repeat(70_000), 413, 'REFLEX_TOO_LARGE'],
    ['PUT /kill-switch', ALICE, { on: true }, 400, 'REFLEX_INVALID_REQUEST'],
    ['PUT /kill-switch', ALICE, { on: 'yes', reason: 'x' }, 400, 'REFLEX_INVALID_REQUEST'],
    ['PUT /switches', ALICE, { reason: 'x' }, 400, 'REFLEX_INVALID_REQUEST'],
  ])('%s is answered with a stable code', async (call, as, body, status, code) => {
    const answer = await new Office().call(call, as, body);
    expect([answer.status, answer['code'] ?? '']).toEqual([status, code]);
  });

  it.each<[string, Claims | undefined, string | undefined, number]>([
    ['nobody', undefined, undefined, 401],
    ['whoever may not', RITA, undefined, 403],
    ['whoever says that it is too long', BOB, '70000', 413],
  ])('of %s stays unread', async (_, as, contentLength, status) => {
    const text = (): Promise<string> => Promise.reject(new Error('it was read'));
    expect(await new Office().request(APPROVE, as, YES, { contentLength, text })).toMatchObject({ status });
  });

  it.each([
    ['{bad', 'The body is not JSON.'],
    ['', 'digest: missing, expected string'],
  ])('%j is refused in words of its own', async (body, detail) => {
    expect(await new Office().call(APPROVE, BOB, body)).toMatchObject({ status: 400, detail });
  });

  it('is said to be allowed where the method is not', async () => {
    const { headers } = await new Office().request('DELETE /kill-switch', ALICE);
    expect(headers).toMatchObject({ allow: 'GET, PUT', 'content-type': 'application/problem+json' });
  });

  it.each([
    [new StorageUnavailableError('down'), 503, 'REFLEX_STORAGE_UNAVAILABLE'],
    [new InvalidFleetError('bad'), 503, 'REFLEX_INVALID_FLEET'],
    [new NotFoundError('gone'), 404, 'REFLEX_NOT_FOUND'],
  ])('meets %s with a problem', async (error, status, code) => {
    const office = new Office({ fleet: () => Promise.reject(error) });
    expect(await office.call('GET /edges', RITA)).toMatchObject({ status, code });
  });

  it('fails aloud where we have failed', async () => {
    const office = new Office({ fleet: () => Promise.reject(new TypeError('ours')) });
    await expect(office.call('GET /edges', RITA)).rejects.toThrow('ours');
  });

  it('needs no token for health and the description, and a decision is read like a record', async () => {
    const office = new Office();
    expect(await office.call('GET /health')).toEqual({ status: 200 });
    expect(await office.call('GET /openapi.json')).toMatchObject({ openapi: '3.1.0' });
    expect(await office.call('GET /decisions/abc', RITA)).toMatchObject({ status: 404, detail: 'abc' });
  });
});

describe('the published description', () => {
  it('is what the code answers by (`reflex openapi > docs/openapi.json` writes it anew)', () => {
    const published = readFileSync(new URL('../../../../docs/openapi.json', import.meta.url), 'utf8');
    expect(JSON.parse(published)).toEqual(openApiDocument());
  });

  it('names the key and the query that an operation takes, and says which part of it must be there', () => {
    const { paths } = openApiDocument() as unknown as {
      readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly parameters: readonly object[] }>>>>;
    };
    for (const path of ['/commands', '/image-commands']) {
      expect(paths[path]?.['post']?.parameters).toMatchObject([{ name: 'Idempotency-Key', in: 'header' }]);
    }
    expect(paths['/image-history']?.['get']?.parameters).toMatchObject([
      { name: 'image', in: 'query', required: true },
      { name: 'stage', in: 'query', required: true },
    ]);
    expect(paths['/plans']?.['get']?.parameters.every((one) => !('required' in one))).toBe(true);
  });

  it('names every operation once', () => {
    const names = ROUTES.map(({ operation }) => operation);
    expect(new Set(names).size).toBe(names.length);
  });
});
