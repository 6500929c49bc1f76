import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { FailoverStack, failoverFleet, originAlert } from './failover-stack.ts';
import { handled } from './pushed-image.ts';
import { until } from './stack-process.ts';

const ALERT = originAlert('shop', 'shop-weu', 'Resolved');
const FIRED = originAlert('shop', 'shop-weu', 'Fired', 'forged');

describe('tokens, over HTTP alone', () => {
  let stack: FailoverStack;

  beforeAll(async () => {
    stack = await FailoverStack.start(failoverFleet({ shop: {} }));
  });

  afterAll(async () => {
    await stack.remove();
  });

  /** A token whose claims are good and whose key id is made up. */
  async function madeUp(kid: string): Promise<string> {
    return await withHead({ typ: 'JWT', alg: 'RS256', kid });
  }

  async function withHead(head: object): Promise<string> {
    const [, ...rest] = (await stack.token()).split('.');
    return [Buffer.from(JSON.stringify({ kid: 'x', ...head })).toString('base64url'), ...rest].join('.');
  }

  /** Tokens that were refused as alerts', by reason, as a person sees it. */
  async function refused(): Promise<Readonly<Record<string, number>>> {
    const [, parked] = await stack.call('GET', 'parked', 'rita');
    return (parked['refused'] as { readonly alerts: Readonly<Record<string, number>> }).alerts;
  }

  async function rollKey(): Promise<void> {
    const { url, forgerSecret } = stack.process.endpoints.entra;
    const init = { method: 'POST', headers: { authorization: `Bearer ${forgerSecret}` } };
    expect((await fetch(`${url}/_local/keys`, init)).status).toBe(201);
  }

  it('of a key that was rolled a moment after somebody had made one up lose no alert and let people in', async () => {
    await until(async () => {
      expect([401, 503]).toContain((await stack.post(ALERT, await madeUp('first'))).status);
      await rollKey();
      const answer = await stack.post(ALERT, await stack.token());
      expect([202, 503]).toContain(answer.status);
      const [asPerson] = await stack.call('GET', 'edges', 'rita');
      expect([200, 503]).toContain(asPerson);
      const isSoon = Number(answer.headers.get('retry-after')) <= 30;
      return answer.status === 503 && asPerson === 503 && isSoon ? true : undefined;
    });

    const token = await stack.token();
    const seen = new Set<number>();
    await until(async () => {
      // Whoever makes up keys must not keep the issuer from being asked.
      seen.add((await stack.post(ALERT, await madeUp('again'))).status);
      const { status } = await stack.post(ALERT, token);
      expect([202, 503]).toContain(status);
      return status === 202 ? true : undefined;
    });
    expect([...seen].every((status) => status === 401 || status === 503)).toBe(true);
    expect((await stack.call('GET', 'edges', 'rita'))[0]).toBe(200);
  });

  it.each<[string, string, number, () => Promise<string | undefined>]>([
    ['nothing', 'no-token', 401, () => Promise.resolve(undefined)],
    ['no token', 'malformed', 401, () => Promise.resolve('abc')],
    ['a changed signature', 'bad-signature', 401, async () => (await stack.token()).replace(/[^.]+$/, 'AAAA')],
    ['none for an algorithm', 'wrong-algorithm', 401, async () => await withHead({ alg: 'none' })],
    ['an expired token', 'expired', 401, async () => await stack.forged({ exp: 1 })],
    ['a token of tomorrow', 'not-yet-valid', 401, async () => await stack.forged({ nbf: 9_999_999_999 })],
    ['a token for somebody else', 'wrong-audience', 401, async () => await stack.forged({ aud: 'other' })],
    ['a token of another tenant', 'wrong-tenant', 401, async () => await stack.forged({ tid: 'other' })],
    ['a token of another issuer', 'wrong-issuer', 401, async () => await stack.forged({ iss: 'https://other' })],
    ['another application', 'wrong-application', 403, async () => await stack.forged({ azp: 'other' })],
    ['an application without the role', 'missing-role', 403, async () => await stack.forged({ roles: [] })],
    ['a person', 'user-token', 403, async () => await stack.personToken('alice')],
  ])('%s is refused and counted as %s', async (_, reason, status, bearer) => {
    const before = await refused();
    const token = await bearer();
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const answer = await fetch(`${stack.process.endpoints.host.url}/api/alerts`, {
      method: 'POST',
      headers,
      body: JSON.stringify(FIRED),
    });
    expect([answer.status, (await answer.json()) as object]).toMatchObject([
      status,
      { detail: expect.stringContaining(reason) as string },
    ]);
    expect(await refused()).toEqual({ ...before, [reason]: (before[reason] ?? 0) + 1 });
  });

  it('that were refused are counted by the command line and by the other door', async () => {
    const { url } = stack.process.endpoints.host;
    expect((await fetch(`${url}/api/v1/edges`)).status).toBe(401);
    const words = [resolve('cli/reflex.ts'), 'parked', '--data', stack.process.data, '--as', 'rita'];
    const { stdout } = await promisify(execFile)(process.execPath, words);
    expect(stdout).toMatch(/^REFUSED +REASON +COUNT\n/m);
    expect(stdout).toMatch(/^alerts +user-token +1$/m);
    expect(stdout).toMatch(/^people +no-token +1$/m);
  });

  it('that were refused have moved nothing, unlike a good one with the same alert', async () => {
    await handled(stack.process);
    expect(await stack.writes()).toEqual([]);
    expect((await stack.post(FIRED, await stack.token())).status).toBe(202);
    await until(async () => ((await stack.writes('shop')).length > 0 ? true : undefined));
  });
});
