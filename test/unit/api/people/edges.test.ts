import { describe, expect, it } from 'vitest';

import { openIntents } from '../../../../shared/reconcile/open-intents.ts';
import { releaseIntents } from '../../../support/release-intents.ts';
import { TargetRows } from '../../../../shared/reconcile/target-rows.ts';
import { edgeTarget } from '../../../../shared/targets/edge/index.ts';
import { EDGE, NEU, Office, PLAN, RITA, WEU } from './people.ts';

const vote = (source: string, isBad: boolean, expires: number): object => ({
  ...{ source, isBad, expires, at: 0, isOutside: true },
});
const ALERT = { ...vote('alert:/subscriptions/s/alerts/17', true, 8.64e15), rule: 'origin-health' };
const EVIDENCE = {
  schema: 1,
  regions: {
    'origin-weu': {
      votes: [vote('logs:errors', true, 8.64e15), ALERT, vote('probe', false, 8.64e15), vote('old', true, 0)],
      health: { status: 'bad' },
    },
  },
  seen: { origins: [{ id: WEU, enabled: true, weight: 500, priority: 1, terminal: true }] },
};

async function office(evidence: object = EVIDENCE): Promise<Office> {
  const one = new Office();
  const rows = new TargetRows(one.rows);
  const target = edgeTarget({ id: EDGE });
  const ask = async (subject: string, cause: string): Promise<unknown> =>
    await openIntents(rows, target, {
      requests: [
        {
          ...{ subject, cause, by: { person: 'alice' }, kind: 'out', value: {}, mode: 'propose', reason: 'sick' },
          ...{ signals: [], asOf: one.clock.now().toISOString() },
        },
      ],
      now: () => one.clock.now(),
    });
  await ask(WEU, 'incident');
  await one.clock.advance(1_000);
  await ask(NEU, 'drill');
  await ask(`${EDGE}-other/origins/x`, 'elsewhere');
  await one.store(PLAN);
  await rows.save(target, await rows.load(target), {
    facts: [{ rowKey: `evidence|${EDGE}`, value: { ...EVIDENCE, ...evidence } }],
    lane: {
      activePlan: PLAN.id,
      fields: [{ subject: WEU, group: 'gate', baseline: { isShut: false }, written: { isShut: true } }],
    },
  });
  await releaseIntents(rows, target, {
    which: ({ cause }) => cause === 'drill',
    reason: 'over',
    now: () => one.clock.now(),
  });
  return one;
}

describe('edges', () => {
  it('are listed with what is going on', async () => {
    expect(await (await office()).call('GET /edges', RITA)).toMatchObject({
      edges: [{ name: 'shop', origins: ['origin-neu', 'origin-weu'], openIntents: 2, activePlan: PLAN.id }],
    });
  });

  it('are read with their own intents, plans and evidence', async () => {
    const one = await office();
    const edge = await one.call<{ intents: { cause: string }[] }>('GET /edges/shop', RITA);
    expect(edge).toMatchObject({
      ...{ id: EDGE, activePlan: PLAN.id, waitingPlan: PLAN.id, health: EVIDENCE },
      origins: [
        { name: 'origin-neu', cluster: 'shop-neu' },
        { enabled: true, weight: 500, isShut: true, health: 'bad', badVotes: ['logs:errors', 'alert:origin-health'] },
      ],
    });
    expect(edge.intents.map(({ cause }) => cause).toSorted()).toEqual(['drill', 'incident']);
    expect(await one.call('GET /edges/other', RITA)).toMatchObject({
      status: 404,
      detail: 'The fleet has these edges: shop.',
    });
  });

  it.each([
    ['nothing newer is said than what turned it', 8.64e15, true],
    ['something newer is', -1, undefined],
  ])('say of an origin that it has turned a plan around while %s', async (_, at, hasTurned) => {
    const one = await office({ steered: { 'origin-weu': at } });
    const { origins } = await one.call<{ origins: { hasTurned?: true }[] }>('GET /edges/shop', RITA);
    expect(origins.map((origin) => origin.hasTurned)).toEqual([undefined, hasTurned]);
  });

  it('name no plan as waiting that people have agreed to', async () => {
    const one = await office();
    await one.store({ ...PLAN, state: 'running' });
    expect(await one.call('GET /edges/shop', RITA)).not.toHaveProperty('waitingPlan');
  });
});

describe('intents', () => {
  it.each([
    ['', 3],
    ['?state=all', 3],
    ['?state=leaving', 1],
    ['?state=closed', 0],
    ['?limit=1', 1],
  ])('are listed%s', async (query, count) => {
    const answer = await (await office()).call<{ intents: { state: string }[] }>(`GET /intents${query}`, RITA);
    expect(answer.intents).toHaveLength(count);
  });
});
