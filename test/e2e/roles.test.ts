import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ACTIONS } from '../../shared/domain/azure/actions.ts';
import { edgeId, failoverFleet, FailoverStack, originAlert } from './failover-stack.ts';
import { NO_TIMERS } from './no-timers.ts';
import { until } from './stack-process.ts';

const GENEROUS_MS = 600_000;
const [WRITE] = ACTIONS.steerFrontDoor;

interface Check {
  readonly check: string;
  readonly status: string;
  readonly detail: string;
}

const ASK_AGAIN_MS = 20_000;

describe('a role that a failover needs', { timeout: GENEROUS_MS }, () => {
  let stack: FailoverStack;

  beforeAll(async () => {
    stack = await FailoverStack.start(failoverFleet({ shop: {} }), [], NO_TIMERS);
    await stack.alert(originAlert('shop', 'shop-neu', 'Resolved'));
  });

  afterAll(async () => {
    await stack.remove();
  });

  /** Runs the half-hourly timer now, again where it did not come through. @returns what it says of roles. */
  async function check(): Promise<Check | undefined> {
    const before = await found();
    const { url, masterKey } = stack.process.endpoints.host;
    const headers = { 'x-functions-key': masterKey, 'content-type': 'application/json' };
    let asked = 0;
    const after = await until(async () => {
      if (Date.now() >= asked + ASK_AGAIN_MS) {
        asked = Date.now();
        await fetch(`${url}/admin/functions/readiness`, { method: 'POST', headers, body: '{}' });
      }
      const now = await found();
      return now !== undefined && now.at !== before?.at ? now : undefined;
    });
    return after.checks.find((one) => one.check === 'roles');
  }

  async function found(): Promise<{ readonly at: string; readonly checks: readonly Check[] } | undefined> {
    const [, { edges }] = await stack.call('GET', 'readiness', 'rita');
    return (edges as unknown as readonly { readonly at: string; readonly checks: readonly Check[] }[])[0];
  }

  /** Pages about roles. */
  async function pages(): Promise<readonly string[]> {
    const [, { pages: all }] = await stack.call('GET', 'pages?state=all', 'rita');
    const titles = (all as unknown as readonly { readonly title: string }[]).map(({ title }) => title);
    return titles.filter((title) => /^not-ready: .*roles/.test(title));
  }

  async function faults(method: string, fault?: object): Promise<void> {
    const { url } = stack.process.endpoints.arm;
    const body = fault === undefined ? {} : { body: JSON.stringify(fault) };
    await fetch(`${url}/_local/faults`, { method, ...body });
  }

  it('is there', async () => {
    expect(await check()).toMatchObject({ status: 'ok' });
    await stack.tick();
    expect(await pages()).toEqual([]);
  });

  it('is missed before anything is tried, by the name of the action, and people are called once', async () => {
    await faults('POST', { on: `* ${edgeId('shop').slice(1)}`, lacks: WRITE });
    const detail = expect.stringContaining(`origingroups/apps: not allowed ${WRITE}`) as string;
    expect(await check()).toMatchObject({ status: 'fail', detail });
    expect(await check()).toMatchObject({ status: 'fail', detail });
    await stack.tickUntil(async () => (await pages()).length > 0);
    expect(await stack.writes()).toEqual([]);
  });

  it('is there again when it is given back', async () => {
    await faults('DELETE');
    expect(await check()).toMatchObject({ status: 'ok' });
    await stack.tick();
    expect(await pages()).toHaveLength(1);
  });
});
