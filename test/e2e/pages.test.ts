import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { receiver, type Receiver } from '../unit/adapters/webhook-pager/receiver.ts';
import { failoverFleet, FailoverStack, originAlert } from './failover-stack.ts';
import { until } from './stack-process.ts';

const GENEROUS_MS = 600_000;
const run = promisify(execFile);
const BY_ALERTS = { signals: { quorum: 1, recoverHold: '3s', sources: ['alerts'] } };

interface Page {
  readonly id: string;
  readonly state: string;
  readonly title: string;
}

describe('what people are told', { timeout: GENEROUS_MS }, () => {
  let stack: FailoverStack;
  let channel: Receiver;

  beforeAll(async () => {
    channel = await receiver();
    stack = await FailoverStack.start(
      failoverFleet({ shop: { ...BY_ALERTS, mode: { drain: 'propose', restore: 'enforce' } } }),
      [],
      { REFLEX_NOTIFY: JSON.stringify({ team: { format: 'slack', url: channel.url } }) },
    );
    await stack.alert(originAlert('shop', 'shop-neu', 'Resolved'));
    await stack.tick();
  });

  afterAll(async () => {
    await stack.remove();
    await channel.close();
  });

  async function pages(state = 'all'): Promise<readonly Page[]> {
    const [, list] = await stack.call('GET', `pages?state=${state}`, 'rita');
    return list['pages'] as unknown as readonly Page[];
  }

  /** The only page there is, once it is in a state. */
  async function tickUntil(state: string): Promise<Page> {
    await stack.tickUntil(async () => (await pages(state)).length > 0);
    const [page] = await pages(state);
    return page!;
  }

  async function reflex(as: string, ...args: readonly string[]): Promise<string> {
    const words = [resolve('cli/reflex.ts'), ...args, '--data', stack.process.data, '--as', as];
    return (await run(process.execPath, words)).stdout.trim();
  }

  it('is a notice that a plan waits, and the plan can be carried out without the tool', async () => {
    await stack.alert(originAlert('shop', 'shop-weu', 'Fired'));
    const plan = await stack.waitingPlan('shop');
    await stack.tick();
    const texts = (): readonly string[] => channel.received.map(({ body }) => (body as { text: string }).text);
    await until(() => Promise.resolve(texts().some((text) => text.includes('approval')) ? true : undefined));
    expect(texts()).toContainEqual(expect.stringMatching(/^A plan waits for approval: shop-weu: out/));

    const byHttp = await reflex('rita', 'plans', 'export', plan.id);
    const words = [resolve('cli/reflex.ts'), 'plan', 'export', plan.id, '--data', stack.process.data];
    expect((await run(process.execPath, words)).stdout.trim()).toBe(byHttp);
    expect(byHttp).toContain(`'{"properties":{"enabledState":"Disabled"}}'`);
  });

  it('is a page while the last origin is bad, until it is no longer', async () => {
    await stack.alert(originAlert('shop', 'shop-neu', 'Fired', 'b'));
    const page = await tickUntil('taken');
    expect(page.title).toMatch(/^last-enabled: /);
    expect(await reflex('rita', 'pages')).toContain(page.id);
    expect(await reflex('alice', 'pages', 'ack', page.id)).toMatch(/is acknowledged, seen by/);
    await stack.tick();
    expect(await pages()).toMatchObject([{ id: page.id, state: 'acknowledged' }]);

    await stack.alert(originAlert('shop', 'shop-weu', 'Resolved'));
    await stack.alert(originAlert('shop', 'shop-neu', 'Resolved', 'b'));
    expect(await tickUntil('resolved')).toMatchObject({ id: page.id });
    await stack.tickUntil(async () => (await stack.pages()).length > 1);
    expect((await stack.pages()).map(({ event }) => event)).toEqual(['page', 'resolve']);
  });
});
