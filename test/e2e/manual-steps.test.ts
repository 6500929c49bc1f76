import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { JsonObject } from '../../shared/domain/json.ts';
import { failoverFleet, FailoverStack } from './failover-stack.ts';

/** The evidence is asked again after twenty seconds; what is slow here is no failure. */
const GENEROUS_MS = 180_000;
const QUERY = 'DbReplication | where Region == "neu" | summarize done = arg_max(TimeGenerated, IsPrimary)';

const EDGE = {
  signals: { quorum: 1, recoverHold: '3s', sources: ['alerts'] },
  manual: [
    {
      ...{ name: 'promote-db', title: 'promote the database', instruction: '1. promote\n2. look' },
      ...{ when: 'before', on: 'drain', timeout: '20m' },
      evidence: { workspace: '00000000-0000-4000-8000-0000000000b1', query: QUERY },
    },
  ],
};

describe('a failover with a step for people', { timeout: GENEROUS_MS }, () => {
  let stack: FailoverStack;
  let plan: { readonly id: string; readonly digest: string };

  beforeAll(async () => {
    stack = await FailoverStack.start(failoverFleet({ shop: EDGE }));
    await stack.servedBy('shop', 'shop-neu', 'shop-weu');
  });

  afterAll(async () => {
    await stack.remove();
  });

  const rows = async (done: readonly unknown[], more: object = {}): Promise<void> => {
    const body = { when: 'DbReplication', columns: [{ name: 'done', type: 'bool' }], rows: done.map((one) => [one]) };
    const init = { method: 'PUT', body: JSON.stringify({ ...body, ...more }) };
    expect((await fetch(`${stack.process.endpoints.logs.url}/_local/answers`, init)).status).toBe(200);
  };
  const queries = async (): Promise<readonly { readonly query: string }[]> => {
    const answer = await fetch(`${stack.process.endpoints.logs.url}/_local/queries`);
    return ((await answer.json()) as { readonly queries: readonly { readonly query: string }[] }).queries;
  };
  const seen = async (): Promise<JsonObject> => (await stack.call('GET', `plans/${plan.id}`, 'rita'))[1];
  const isDone = async (by: string): Promise<[number, JsonObject]> =>
    await stack.call('POST', `plans/${plan.id}/step-done`, by, {
      ...{ step: 'shop-weu:manual:promote-db', digest: plan.digest, reason: 'promoted' },
    });
  /** Ticks until the workspace was asked once more. */
  const askedAgain = async (): Promise<void> => {
    const before = (await queries()).length;
    await stack.tickUntil(async () => (await queries()).length > before);
    await stack.tick();
  };

  it('moves nothing when it is approved, whatever the evidence shows: people are called', async () => {
    await rows([true]);
    const asked = { command: 'failover', edge: 'shop', origin: 'weu', reason: 'maintenance' };
    expect(await stack.call('POST', 'commands', 'alice', asked)).toMatchObject([202, {}]);
    plan = await stack.waitingPlan('shop');
    expect(await isDone('carol')).toMatchObject([409, {}]);
    const approval = { digest: plan.digest };
    expect(await stack.call('POST', `plans/${plan.id}/approve`, 'bob', approval)).toMatchObject([200, {}]);
    await stack.tickUntil(async () => (await stack.pages()).some(({ title }) => title.includes('manual-step')));
    await stack.tickUntil(async () => (await queries()).length > 0);
    expect(await queries()).toContainEqual(expect.objectContaining({ query: QUERY }));
    expect(await seen()).toMatchObject({ state: 'running' });
    expect(await stack.writes('shop')).toEqual([]);
  });

  it('nor when they have done it and nothing shows it: no row, an answer in part, not yet', async () => {
    await rows([]);
    expect(await isDone('alice')).toMatchObject([403, {}]);
    expect(await isDone('carol')).toMatchObject([200, {}]);
    await askedAgain();
    await rows([true], { partial: true });
    await askedAgain();
    await rows([false]);
    await askedAgain();
    expect(await stack.writes('shop')).toEqual([]);
    expect(await stack.serving('shop')).toEqual(['shop-neu', 'shop-weu']);
  });

  it('but when the evidence has turned true', async () => {
    await rows([true]);
    await stack.tickUntil(async () => (await stack.writes('shop')).length > 0);
    await stack.servedBy('shop', 'shop-neu');
    expect(await stack.writes('shop')).toMatchObject([{ verb: 'PATCH', set: { enabledState: 'Disabled' } }]);
    await stack.tickUntil(async () => (await seen())['state'] === 'done');
  });
});
