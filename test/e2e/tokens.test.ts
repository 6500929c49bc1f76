import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { FailoverStack, failoverFleet, originAlert } from './failover-stack.ts';
import { until } from './stack-process.ts';

const ALERT = originAlert('shop', 'shop-weu', 'Resolved');

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
    const [, claims = '', signature = ''] = (await stack.token()).split('.');
    const head = Buffer.from(JSON.stringify({ typ: 'JWT', alg: 'RS256', kid })).toString('base64url');
    return [head, claims, signature].join('.');
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
});
