import { beforeEach, describe, expect, it } from 'vitest';

import type { JournalEntry, Plan, Step } from '../../../../shared/reconcile/plan.ts';
import { ALICE, BOB, DAVE, EDGE, Office, PLAN, SHOP_GROUP } from './people.ts';

const STEP: Step = {
  id: 'origin-weu:manual:promote',
  title: 'origin-weu: promote the database',
  effect: 'manual',
  from: {},
  to: {},
  changes: [],
  onFailure: 'back',
  manual: { instruction: '1. promote', approvals: 2, timeoutMs: 1_800_000, onTimeout: 'pause' },
};
const AT = '2026-01-05T08:00:00.000Z';
const ASKED: JournalEntry = { step: STEP, state: 'asked', at: AT, fence: 1, precondition: '', sendBy: AT };
const WAITING: Plan = {
  ...PLAN,
  ...{ state: 'running', steps: [STEP, ...PLAN.steps], journal: [ASKED] },
  consent: { ...PLAN.consent!, requesters: [] },
};
const DONE = `POST /plans/${PLAN.id}/step-done`;
const SAID = { step: STEP.id, digest: PLAN.digest, reason: 'promoted' };

describe('a word that a step is done', () => {
  let office: Office;

  beforeEach(async () => {
    office = new Office();
    await office.store(WAITING);
  });

  it('counts the person in lower case and once, and wakes the target', async () => {
    const first = await office.call(DONE, { ...BOB, oid: 'Bob' }, SAID);
    expect(first).toMatchObject({ status: 200, journal: [{ state: 'asked', confirmed: [{ by: 'bob' }] }] });
    expect(await office.call(DONE, BOB, SAID)).toMatchObject({ journal: [{ confirmed: [{ by: 'bob' }] }] });
    expect(office.sent()[0]).toMatchObject({ kind: 'wake', target: { kind: 'edge', key: EDGE } });
    const audit = await office.rows.list('edges', 'audit|');
    expect(audit.map(({ value }) => value)).toMatchObject([
      { kind: 'confirmed', facts: { by: 'bob', step: STEP.id, reason: 'promoted', digest: PLAN.digest } },
    ]);
  });

  it('is for approvers, of the team that owns the edge, and never for whoever asked for the plan', async () => {
    expect(await office.call(DONE, ALICE, SAID)).toMatchObject({ status: 403, code: 'REFLEX_ROLE_MISSING' });
    const fleet = await office.tools.fleet();
    const edges = fleet.edges.map((edge) => ({ ...edge, team: 'shop' }));
    office.tools = { ...office.tools, fleet: () => Promise.resolve({ ...fleet, edges }) };
    expect(await office.call(DONE, DAVE, SAID)).toMatchObject({ status: 403, code: 'REFLEX_NOT_AN_APPROVER' });
    await office.store({ ...WAITING, consent: PLAN.consent! });
    const requester = { oid: 'ALICE', roles: ['Approver'], groups: [SHOP_GROUP] };
    expect(await office.call(DONE, requester, SAID)).toMatchObject({ status: 403, reason: 'self-approval' });
    expect(await office.call(DONE, BOB, SAID)).toMatchObject({ status: 200 });
  });

  it('lets a plan go on that stood still because people were late, when it is the last', async () => {
    await office.store({ ...WAITING, state: 'paused', note: 'manual-step-late' });
    expect(await office.call(DONE, BOB, SAID)).toMatchObject({ state: 'paused', note: 'manual-step-late' });
    expect(await office.call(DONE, DAVE, SAID)).toMatchObject({ state: 'running' });
  });

  it('lets no plan go on that a person has paused', async () => {
    await office.store({ ...WAITING, state: 'paused' });
    await office.call(DONE, BOB, SAID);
    expect(await office.call(DONE, DAVE, SAID)).toMatchObject({ state: 'paused' });
  });

  it.each<[string, Partial<Plan>, Partial<typeof SAID>, number]>([
    ['plan-changed', { digest: 'e'.repeat(64) }, {}, 409],
    ['no-such-step', {}, { step: 'origin-weu:enabled' }, 404],
    ['no-such-step', {}, { step: 'origin-weu:manual:other' }, 404],
    ['not-waiting', { journal: [] }, {}, 409],
    ['not-waiting', { journal: [{ ...ASKED, state: 'skipped' }] }, {}, 409],
    ['wrong-state', { state: 'cancelled' }, {}, 409],
    ['wrong-state', { state: 'waiting' }, {}, 409],
    ['no-such-plan', { id: PLAN.id.replace(/1$/, '2') }, {}, 404],
  ])('is refused: %s', async (reason, plan, said, status) => {
    const other = new Office();
    await other.store({ ...WAITING, ...plan });
    const answer = await other.call(DONE, BOB, { ...SAID, ...said });
    expect(answer).toMatchObject({ status, code: 'REFLEX_PLAN_COMMAND', reason });
    expect(other.sent()).toEqual([]);
  });

  it('changes nothing once the step is done, whatever has become of the plan', async () => {
    const done = { ...WAITING, state: 'done', journal: [{ ...ASKED, state: 'done' }] } as const;
    await office.store(done);
    expect(await office.call(DONE, BOB, SAID)).toMatchObject({ status: 200, state: 'done' });
    expect(await office.rows.list('edges', 'audit|')).toEqual([]);
  });

  it('says what it is about, and why', async () => {
    for (const missing of ['step', 'digest', 'reason'] as const) {
      const body = Object.fromEntries(Object.entries(SAID).filter(([name]) => name !== missing));
      expect(await office.call(DONE, BOB, body)).toMatchObject({ status: 400, code: 'REFLEX_INVALID_REQUEST' });
    }
  });
});
