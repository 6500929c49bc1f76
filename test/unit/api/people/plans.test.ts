import { describe, expect, it } from 'vitest';

import { StorageUnavailableError } from '../../../../shared/errors.ts';
import type { JournalEntry, Plan, Step } from '../../../../shared/reconcile/plan.ts';
import { ALICE, BOB, BRANCH, DAVE, EDGE, Office, PLAN, RITA, SHOP_GROUP, WEU } from './people.ts';

const APPROVE = `POST /plans/${PLAN.id}/approve`;
const YES = { digest: PLAN.digest };
const BRANCH_PLAN: Plan = {
  ...PLAN,
  id: '00000000-0000-4000-8000-000000000002',
  target: BRANCH,
  serves: [{ key: 'intent|y', subject: 'contoso.azurecr.io/shop/web@prod', value: 'v', signals: [] }],
};

async function officeWith(plan: Partial<Plan> = {}): Promise<Office> {
  const office = new Office();
  await office.store({ ...PLAN, ...plan });
  return office;
}

describe('plans', () => {
  it('are listed newest first over all targets, page by page, and by state', async () => {
    const office = new Office();
    for (const [index, target] of [EDGE, EDGE, BRANCH].entries()) {
      const id = PLAN.id.replace(/1$/, String(index));
      const created = `2026-01-05T08:0${index}:00.000Z`;
      const plan = { ...PLAN, id, target, created, state: index === 0 ? ('done' as const) : PLAN.state };
      await office.store(plan, target === BRANCH ? BRANCH : 'edges');
    }
    const first = await office.call<{ plans: { id: string }[]; next?: string }>('GET /plans?limit=2', RITA);
    expect(first.plans.map(({ id }) => id.at(-1))).toEqual(['2', '1']);
    const last = await office.call<typeof first>(`GET /plans?limit=2&after=${first.next ?? ''}`, RITA);
    expect([last.plans.map(({ id }) => id.at(-1)), last.next]).toEqual([['0'], undefined]);

    const waiting = await office.call<typeof first>(
      `GET /plans?state=waiting&target=${BRANCH.replace('#', '%23')}`,
      RITA,
    );
    expect(waiting.plans).toMatchObject([{ target: BRANCH, titles: [PLAN.steps[0]!.title], written: 0 }]);
  });

  it.each<[Plan['state'], boolean]>([
    ['running', true],
    ['going-back', true],
    ['paused', true],
    ['waiting', true],
    ['preview', false],
    ['done', false],
    ['parked', false],
  ])('are live while they are not over: %s', async (state, isLive) => {
    const office = await officeWith({ state });
    const { plans } = await office.call<{ plans: unknown[] }>('GET /plans?state=live', RITA);
    expect(plans).toHaveLength(isLive ? 1 : 0);
  });

  it('count the steps that are there, and not what takes them back', async () => {
    const [out] = PLAN.steps;
    const weight = { ...out!, id: 'origin-neu:weight', from: { neu: { weight: 500 } }, to: { neu: { weight: 900 } } };
    const entryOf = (step: Step, state: JournalEntry['state'] = 'written'): JournalEntry => {
      return { step, state, at: PLAN.created, fence: 1, precondition: '', sendBy: '' };
    };
    const back = { ...out!, from: out!.to, to: out!.from };
    const writtenOf = async (journal: Plan['journal'], steps: Plan['steps'] = [weight, out!]): Promise<unknown> => {
      const office = await officeWith({ state: 'going-back', steps, journal });
      const { plans } = await office.call<{ plans: { written: number }[] }>('GET /plans', RITA);
      return plans[0]?.written;
    };
    expect(await writtenOf([entryOf(weight), entryOf(out!, 'sending')])).toBe(1);
    expect(await writtenOf([entryOf(out!), entryOf(back)], [out!])).toBe(1);
    expect(await writtenOf([entryOf(weight), entryOf(out!, 'done'), entryOf(back), entryOf(weight)])).toBe(2);
    const less = { ...weight, to: { neu: { weight: 250 } } };
    const tidy = { ...weight, from: { neu: { weight: 250 } }, to: { neu: { weight: 500 } } };
    expect(await writtenOf([entryOf(less), entryOf(tidy)], [less, out!, tidy])).toBe(1);
    const manual = { instruction: 'look', approvals: 1, timeoutMs: 1, onTimeout: 'continue' } as const;
    const look = { ...out!, id: 'look', to: {}, manual };
    expect(await writtenOf([entryOf(less), entryOf(look, 'skipped'), entryOf(out!)], [less, look, out!])).toBe(2);
  });

  it('are read whole, or not found', async () => {
    const office = await officeWith();
    expect(await office.call(`GET /plans/${PLAN.id}`, RITA)).toMatchObject({ digest: PLAN.digest, steps: [{}] });
    expect(await office.call('GET /plans/nonsense', RITA)).toMatchObject({ status: 404 });
    expect(await office.call(`GET /plans/${BRANCH_PLAN.id}`, RITA)).toMatchObject({ status: 404 });
  });
});

describe('an exported plan', () => {
  const EXPORT = `GET /plans/${PLAN.id}/export`;

  it('is answered as JSON or as a script, forth and back, even while the fleet cannot be read', async () => {
    const office = new Office({ fleet: () => Promise.reject(new Error('unreadable')) });
    await office.store(PLAN);
    expect(await office.call(EXPORT, RITA)).toMatchObject({
      plan: PLAN.id,
      direction: 'forth',
      steps: [
        {
          title: `1/1 ${PLAN.steps[0]!.title}`,
          byHand: ['the moon is full'],
          preconditions: [{ query: 'properties.enabledState' }, { query: 'properties.weight' }, { equals: '500' }],
          writes: [{ id: WEU, from: 'Enabled', to: 'Disabled', isLongRunning: true }],
        },
      ],
    });
    expect(await office.request(`${EXPORT}?format=bash&direction=back`, RITA)).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/x-shellscript' },
      body: expect.stringContaining('The way back of a plan') as string,
    });
  });

  it('names the gates\u2019 stores and key, where the app has them', async () => {
    const office = new Office({ gateAccess: { accounts: ['gatesweu'], key: 'https://v.vault.azure.net/keys/gate' } });
    const [step] = PLAN.steps;
    const changes = [{ subject: WEU, group: 'gate', from: { isShut: false }, to: { isShut: true } }];
    await office.store({ ...PLAN, steps: [{ ...step!, changes }] });
    expect((await office.request(`${EXPORT}?format=bash`, RITA)).body).toMatch(
      /known_accounts='gatesweu'\nknown_key='https:[^']+gate'[^]*write_gate '[^']+' 'origin-weu' 'closed' 'origin-neu' 'origin-weu'/,
    );
    expect(await office.call(EXPORT, RITA)).toMatchObject({
      steps: [{ writes: [{ gate: 'origin-weu', isShut: true, origins: ['origin-neu', 'origin-weu'] }] }],
    });
  });

  it('is not there for a branch, nor of a plan that is done or that nobody made', async () => {
    const office = await officeWith({ state: 'done' });
    await office.store(BRANCH_PLAN, BRANCH);
    for (const id of [PLAN.id, BRANCH_PLAN.id]) {
      expect(await office.call(`GET /plans/${id}/export`, RITA)).toMatchObject({
        status: 409,
        code: 'REFLEX_NO_EXPORT',
      });
    }
    expect(await office.call(EXPORT.replace('1/export', '9/export'), RITA)).toMatchObject({ status: 404 });
  });
});

describe('an approval', () => {
  it('counts the person in lower case, and wakes the target once enough have said yes', async () => {
    const office = await officeWith({ consent: { ...PLAN.consent!, needed: 2 } });
    expect(await office.call(APPROVE, BOB, YES)).toMatchObject({ status: 200, consent: { given: [{ by: 'bob' }] } });
    expect(office.sent()).toEqual([]);
    expect(await office.call(APPROVE, { ...BOB, oid: 'Carol' }, YES)).toMatchObject({
      consent: { given: [{ by: 'bob' }, { by: 'carol' }] },
    });
    expect(office.sent()).toMatchObject([{ kind: 'wake', target: { kind: 'edge', key: EDGE, partition: 'edges' } }]);
  });

  it('stands although no wake message could be sent', async () => {
    const office = await officeWith();
    office.tools = { ...office.tools, queue: { send: () => Promise.reject(new StorageUnavailableError('down')) } };
    expect(await office.call(APPROVE, BOB, YES)).toMatchObject({ status: 200 });
    expect(office.logged).toContain('no wake message');
  });

  it.each<[string, Partial<Plan>, object, object, number]>([
    ['self-approval', {}, { ...BOB, oid: 'ALICE' }, YES, 403],
    ['plan-changed', {}, BOB, { digest: 'e'.repeat(64) }, 409],
    ['not-waiting', { state: 'running' }, BOB, YES, 409],
    ['approval-expired', { consent: { ...PLAN.consent!, expires: '2026-01-05T07:00:00.000Z' } }, BOB, YES, 410],
    ['no-such-plan', { id: BRANCH_PLAN.id }, BOB, YES, 404],
  ])('is refused: %s', async (reason, plan, as, body, status) => {
    const office = await officeWith(plan);
    const answer = await office.call(APPROVE, as as typeof BOB, body);
    expect(answer).toMatchObject({ status, code: 'REFLEX_PLAN_COMMAND', reason });
    expect(office.sent()).toEqual([]);
  });

  it('about a team\u2019s images is for the team\u2019s approvers, and so is a rejection', async () => {
    const office = new Office();
    await office.store(BRANCH_PLAN, BRANCH);
    const approve = `POST /plans/${BRANCH_PLAN.id}/approve`;
    for (const call of [approve, `POST /plans/${BRANCH_PLAN.id}/reject`]) {
      const body = call === approve ? YES : {};
      expect(await office.call(call, DAVE, body)).toMatchObject({ status: 403, code: 'REFLEX_NOT_AN_APPROVER' });
    }
    expect(await office.call(approve, BOB, YES)).toMatchObject({ status: 200 });
    expect(office.sent()).toMatchObject([{ target: { kind: 'git-branch', key: BRANCH } }]);
  });

  it('about a pull request of a team\u2019s images is for them too, and wakes that pull request', async () => {
    const office = new Office();
    const target = `${BRANCH}!stage:dev`;
    await office.store({ ...BRANCH_PLAN, target }, BRANCH);
    const approve = `POST /plans/${BRANCH_PLAN.id}/approve`;
    expect(await office.call(approve, DAVE, YES)).toMatchObject({ status: 403, code: 'REFLEX_NOT_AN_APPROVER' });
    expect(await office.call(approve, BOB, YES)).toMatchObject({ status: 200 });
    const woken = { kind: 'git-pull-request', key: target, partition: BRANCH };
    expect(office.sent()).toMatchObject([{ target: woken }]);
  });

  it('needs no group where no team owns what changes', async () => {
    const office = await officeWith();
    expect(await office.call(APPROVE, DAVE, YES)).toMatchObject({ status: 200 });
    const stranger = { ...BRANCH_PLAN, serves: [{ ...BRANCH_PLAN.serves[0]!, subject: 'other.azurecr.io/x@dev' }] };
    await office.store(stranger, BRANCH);
    expect(await office.call(`POST /plans/${stranger.id}/approve`, DAVE, YES)).toMatchObject({ status: 200 });
  });

  it('about a team\u2019s edge is for the team\u2019s approvers', async () => {
    const office = await officeWith();
    const fleet = await office.tools.fleet();
    const edges = fleet.edges.map((edge) => ({ ...edge, team: 'shop' }));
    office.tools = { ...office.tools, fleet: () => Promise.resolve({ ...fleet, edges }) };
    expect(await office.call(APPROVE, DAVE, YES)).toMatchObject({ status: 403, code: 'REFLEX_NOT_AN_APPROVER' });
    expect(await office.call(APPROVE, BOB, YES)).toMatchObject({ status: 200 });
  });

  it.each<[readonly string[], object, number]>([
    [[], BOB, 403],
    [['group-other'], BOB, 403],
    [[SHOP_GROUP.toUpperCase()], DAVE, 403],
    [[SHOP_GROUP.toUpperCase()], BOB, 200],
  ])('is bounded by the deployment\u2019s approvers %j', async (approvers, as, status) => {
    const office = await officeWith();
    office.tools = { ...office.tools, approvers };
    expect(await office.call(APPROVE, as as typeof BOB, YES)).toMatchObject({ status });
  });
});

describe('other words about a plan', () => {
  it('reject it for good', async () => {
    const office = await officeWith();
    expect(await office.call(`POST /plans/${PLAN.id}/reject`, BOB, { reason: 'not today' })).toMatchObject({
      state: 'rejected',
    });
    expect(await office.call(`POST /plans/${PLAN.id}/reject`, BOB)).toMatchObject({
      status: 409,
      reason: 'not-waiting',
    });
  });

  it('pause it, let it go on, cancel it; going on and going back wake the target', async () => {
    const office = await officeWith({ state: 'running' });
    expect(await office.call(`POST /plans/${PLAN.id}/pause`, ALICE)).toMatchObject({ state: 'paused' });
    expect(await office.call(`POST /plans/${PLAN.id}/pause`, ALICE)).toMatchObject({
      status: 409,
      reason: 'wrong-state',
    });
    expect(office.sent()).toEqual([]);
    expect(await office.call(`POST /plans/${PLAN.id}/resume`, ALICE)).toMatchObject({ state: 'running' });
    expect(office.sent()).toHaveLength(1);
    expect(await office.call(`POST /plans/${PLAN.id}/cancel`, ALICE)).toMatchObject({ status: 400 });
    expect(await office.call(`POST /plans/${PLAN.id}/cancel`, ALICE, { reason: 'wrong region' })).toMatchObject({
      state: 'going-back',
    });
    expect(office.sent()).toHaveLength(1);
  });
});
