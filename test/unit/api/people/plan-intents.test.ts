import { beforeEach, describe, expect, it } from 'vitest';

import { intentKey, type Intent } from '../../../../shared/intents/intent.ts';
import { serve, type Plan } from '../../../../shared/reconcile/plan.ts';
import { TargetRows } from '../../../../shared/reconcile/target-rows.ts';
import { EDGE, NEU, Office, PLAN, RITA, WEU } from './people.ts';

const DRAIN: Intent = {
  schema: 1,
  subject: WEU,
  by: { reaction: 'region-failover' },
  cause: 'region-bad',
  kind: 'out',
  value: { enabled: false, urgency: 'emergency' },
  mode: 'propose',
  reason: 'the region is bad',
  signals: ['alert#1'],
  asOf: '2026-01-05T08:00:00.000Z',
  openedAt: '2026-01-05T08:00:00.000Z',
  state: 'open',
};
const LEAVING: Intent = { ...DRAIN, state: 'leaving', note: 'asked-for', releasedBy: 'bob', releaseReason: 'well' };

let office: Office;

beforeEach(() => {
  office = new Office();
});

/** What the API says of a plan among these intents. */
async function behind(plan: Partial<Plan>, intents: readonly Intent[]): Promise<readonly unknown[]> {
  await office.store({ ...PLAN, ...plan });
  const target = { kind: 'any', key: EDGE, partition: 'edges' };
  const rows = new TargetRows(office.rows);
  await rows.save(target, await rows.load(target), { intents });
  return (await office.call<{ intents: readonly unknown[] }>(`GET /plans/${PLAN.id}`, RITA)).intents;
}

describe('the intents behind a plan', () => {
  it('are those that it serves, with who asked and why', async () => {
    const other = { ...DRAIN, subject: NEU };
    expect(await behind({ serves: [serve(DRAIN)] }, [DRAIN, other])).toEqual([
      {
        ...{ key: intentKey(DRAIN), partition: 'edges', subject: WEU, by: DRAIN.by, cause: 'region-bad', kind: 'out' },
        ...{ value: DRAIN.value, state: 'open', mode: 'propose', reason: DRAIN.reason, openedAt: DRAIN.openedAt },
      },
    ]);
  });

  it('are those as well that its changed steps are for, before people have agreed to these', async () => {
    const other = { ...DRAIN, subject: NEU };
    const plan = { state: 'paused', serves: [serve(DRAIN)], joining: [serve(other)] } as const;
    expect(await behind(plan, [DRAIN, other])).toMatchObject([{ subject: WEU }, { subject: NEU }]);
  });

  it('tell where something else is wanted by now, and leave out what is no longer kept', async () => {
    const drill = { ...DRAIN, by: { person: 'alice' } };
    const now = { ...DRAIN, value: { enabled: false, urgency: 'planned' } };
    expect(await behind({ serves: [serve(DRAIN), serve(drill)] }, [now])).toMatchObject([
      { value: { urgency: 'planned' }, isReplaced: true },
    ]);
  });

  it.each<[string, Partial<Plan>, Intent]>([
    ['that waits', { serves: [] }, LEAVING],
    ['that people have refused', { serves: [], state: 'rejected' }, LEAVING],
    [
      'that is done',
      { serves: [], state: 'done', returns: [intentKey(LEAVING)] },
      { ...LEAVING, state: 'closed', note: 'released' },
    ],
  ])('are those that leave, of a way back %s', async (_, plan, intent) => {
    expect(await behind(plan, [intent, { ...LEAVING, subject: NEU }])).toMatchObject([
      { subject: WEU, isReturned: true, releasedBy: 'bob', releaseReason: 'well' },
    ]);
  });

  it.each<[string, Partial<Plan>]>([
    ['of the origin that it takes out', { serves: [serve(DRAIN)] }],
    ['of its edge, once it is over', { serves: [serve(DRAIN)], state: 'done' }],
  ])('are not those that leave %s', async (_, plan) => {
    const subject = plan.state === 'done' ? EDGE : WEU;
    const later = { ...LEAVING, subject, by: { person: 'alice' } };
    expect(await behind(plan, [DRAIN, later])).toMatchObject([{ state: 'open' }]);
  });
});
