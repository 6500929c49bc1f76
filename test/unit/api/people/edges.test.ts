import { describe, expect, it } from 'vitest';

import { openIntents } from '../../../../shared/reconcile/open-intents.ts';
import { releaseIntents } from '../../../../shared/reconcile/release-intents.ts';
import { TargetRows } from '../../../../shared/reconcile/target-rows.ts';
import { edgeTarget } from '../../../../shared/targets/edge/index.ts';
import { EDGE, NEU, Office, PLAN, RITA, WEU } from './people.ts';

async function office(): Promise<Office> {
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
    facts: [{ rowKey: `evidence|${EDGE}`, value: { weu: 'bad' } }],
    lane: { activePlan: PLAN.id },
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
      ...{ id: EDGE, activePlan: PLAN.id, waitingPlan: PLAN.id, health: { weu: 'bad' }, fields: [] },
      origins: [{ name: 'origin-neu', cluster: 'shop-neu' }, {}],
    });
    expect(edge.intents.map(({ cause }) => cause).toSorted()).toEqual(['drill', 'incident']);
    expect(await one.call('GET /edges/other', RITA)).toMatchObject({
      status: 404,
      detail: 'The fleet has these edges: shop.',
    });
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
