import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { StackProcess, until } from './stack-process.ts';

const ROOT = resolve(import.meta.dirname, '../..');

describe('people', () => {
  let stack: StackProcess;

  beforeAll(async () => {
    stack = await StackProcess.create();
    await stack.start();
  });

  afterAll(async () => {
    await stack.remove();
  });

  async function tokenBy(form: Readonly<Record<string, string>>): Promise<string> {
    const { url, tenantId } = stack.endpoints.entra;
    const asked = { method: 'POST', body: new URLSearchParams(form) };
    const answer = await fetch(`${url}/${tenantId}/oauth2/v2.0/token`, asked);
    return ((await answer.json()) as { access_token: string }).access_token;
  }

  async function personToken(username: string): Promise<string> {
    const { audience, client, users } = stack.endpoints.entra;
    const password = users[username]?.password ?? '';
    const scope = `api://${audience}/${client.scope}`;
    return await tokenBy({ grant_type: 'password', client_id: client.appId, username, password, scope });
  }

  async function applicationToken(): Promise<string> {
    const { audience, apps } = stack.endpoints.entra;
    const { appId = '', secret = '' } = apps['actionGroups'] ?? {};
    const scope = `api://${audience}/.default`;
    return await tokenBy({ grant_type: 'client_credentials', client_id: appId, client_secret: secret, scope });
  }

  async function call(method: string, path: string, token?: string, body?: object): Promise<[number, unknown]> {
    const answer = await fetch(`${stack.endpoints.host.url}/api/v1/${path}`, {
      method,
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return [answer.status, await answer.json()];
  }

  async function reflex(...args: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(process.execPath, [join(ROOT, 'cli/reflex.ts'), ...args], {
      cwd: ROOT,
    });
    return stdout.trim();
  }

  it('turn the kill switch on and off, each with the role for it', async () => {
    const { alice, bob } = stack.endpoints.entra.users;
    const on = { on: true, reason: 'e2e' };
    expect(await call('PUT', 'kill-switch', await personToken('rita'), on)).toMatchObject([403, {}]);
    expect(await call('PUT', 'kill-switch', await personToken('alice'), on)).toMatchObject([
      200,
      { ...on, by: alice?.objectId },
    ]);
    expect(await call('PUT', 'kill-switch', await personToken('alice'), { on: false })).toMatchObject([403, {}]);
    expect(await call('GET', 'kill-switch', await personToken('rita'))).toMatchObject([200, on]);
    expect(await call('PUT', 'kill-switch', await personToken('bob'), { on: false })).toMatchObject([
      200,
      { on: false, by: bob?.objectId },
    ]);
  });

  it('are never applications, and never nobody', async () => {
    const token = await applicationToken();
    for (const [method, path] of [
      ['GET', 'plans'],
      ['PUT', 'kill-switch'],
      ['POST', 'plans/00000000-0000-4000-8000-000000000001/approve'],
    ] as const) {
      const refusal = { code: 'REFLEX_TOKEN_REFUSED' };
      const body = method === 'GET' ? undefined : {};
      expect(await call(method, path, token, body)).toMatchObject([
        403,
        { ...refusal, detail: expect.stringContaining('application-token') as string },
      ]);
      expect(await call(method, path, undefined, body)).toMatchObject([401, refusal]);
    }
  });

  it('need no token for liveness and the description', async () => {
    expect(await call('GET', 'health')).toEqual([200, { status: 'ok' }]);
    expect(await call('GET', 'openapi.json')).toMatchObject([200, { openapi: '3.1.0' }]);
  });

  it('find the description and decisions without a version too', async () => {
    const at = async (path: string, token?: string): Promise<[number, unknown]> => {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const answer = await fetch(`${stack.endpoints.host.url}/api/${path}`, { headers });
      return [answer.status, await answer.json()];
    };
    expect(await at('openapi.json')).toMatchObject([200, { openapi: '3.1.0' }]);
    expect(await at('decisions/0123')).toMatchObject([401, { code: 'REFLEX_TOKEN_REFUSED' }]);
    const rita = await personToken('rita');
    expect(await at('decisions/0123', rita)).toEqual(await call('GET', 'decisions/0123', rita));
  });

  it('work from the command line', async () => {
    const who = ['--data', stack.data, '--as'];
    expect(await reflex('kill-switch', 'on', '--reason', 'by hand', ...who, 'alice')).toMatch(/switch is on.*by hand$/);
    expect(await reflex('kill-switch', 'off', ...who, 'carol')).toMatch(/switch is off/);
    expect(await reflex('plans', ...who, 'rita')).toBe('no plans');
    await expect(reflex('kill-switch', 'on', '--reason', 'x', ...who, 'rita')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('REFLEX_ROLE_MISSING') as string,
    });
    expect(await reflex('audit', 'verify', '--data', stack.data)).toMatch(/control +4 .* whole/);
  });

  it('make a region bad and well again, and see what follows', { timeout: 180_000 }, async () => {
    const region = async (...args: readonly string[]): Promise<string> => {
      const script = [join(ROOT, 'local/region.ts'), ...args, '--data', stack.data];
      return (await promisify(execFile)(process.execPath, script, { cwd: ROOT })).stdout.trim();
    };
    const edge = async (): Promise<string> => await reflex('edges', 'shop', '--data', stack.data, '--as', 'rita');
    expect(await region()).toMatch(/^shop\/origin-neu \(neu\) +probes pass, requests succeed, 20 ms, gate open\n/);
    await expect(region('nowhere', 'down')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('there are neu, origin-neu, origin-weu, weu') as string,
    });
    expect(await region('weu', 'down')).toMatch(/probes fail, 100 % of requests fail[^]*of origin-weu: fired$/);
    await until(async () => (/origin-weu +out, emergency +open: effective/.test(await edge()) ? true : undefined));
    expect(await edge()).toMatch(/origin-weu .* out +bad: .*alert:origin-health/);
    expect(await region('weu', 'well')).toMatch(/probes pass, requests succeed[^]*of origin-weu: resolved$/);
    await until(async () =>
      /waiting +[0-9a-f-]{36}[^]*origin-weu +out, emergency +leaving/.test(await edge()) ? true : undefined,
    );
    expect(await region('weu', 'well')).not.toContain('alerts');
  });
});
