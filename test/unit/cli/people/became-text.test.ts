import { beforeEach, describe, expect, it } from 'vitest';

import { evidenceKey } from '../../../../shared/domain/traffic/evidence.ts';
import type { Intent } from '../../../../shared/intents/intent.ts';
import { openEnvelope } from '../../../../shared/pipeline/envelope.ts';
import type { Plan } from '../../../../shared/reconcile/plan.ts';
import { TargetRows } from '../../../../shared/reconcile/target-rows.ts';
import { ALICE, EDGE, NEU, PLAN, RITA, WEU } from '../../api/people/people.ts';
import { Desk } from './desk.ts';

const AT = '2026-01-05T08:00:00.000Z';
const OTHERS = 'which ends what others have asked for as well';
const STOPPED = 'the kill switch is on: nothing is written (`reflex kill-switch`)';
const OUT: Intent = {
  ...{ schema: 1, subject: WEU, by: { person: 'Bob' }, cause: 'c1', kind: 'out' },
  ...{ value: { enabled: false, urgency: 'planned' }, mode: 'propose', reason: 'r' },
  ...{ signals: [], asOf: AT, openedAt: AT, state: 'open' },
};
const TARGET = { kind: 'any', key: EDGE, partition: 'edges' };

let desk: Desk;

beforeEach(() => {
  desk = new Desk();
});

/** The lines of a command that came to this. */
async function told(
  became: Readonly<Record<string, string | boolean>>,
  ...args: readonly string[]
): Promise<readonly string[]> {
  desk.later = [
    async () => {
      const sent = desk.office.sent().map(openEnvelope).at(-1);
      const id = sent?.kind === 'command' ? sent.given.id : '';
      const row = { schema: 1, id, by: 'alice', at: 'then', command: args[0] ?? '', edge: EDGE, reason: '', ...became };
      await desk.office.rows.transact('edges', [{ kind: 'put', rowKey: `command|${id}`, value: row }]);
    },
  ];
  return (await desk.reflex(ALICE, ...args)).out.split('\n').map((line) => line.trim());
}

async function lane(plan: Plan): Promise<void> {
  await desk.office.store(plan);
  const rows = new TargetRows(desk.office.rows);
  await rows.save(TARGET, await rows.load(TARGET), { lane: { activePlan: plan.id } });
}

describe('what withdraws a failover', () => {
  it.each<[string, Partial<Intent> | undefined, boolean]>([
    ['nobody else wants it out', undefined, false],
    ['somebody else does', {}, true],
    ['a machine does', { by: { reaction: 'region-failover' } }, true],
    ['only who asks does', { by: { person: 'Alice' } }, false],
    ['somebody else did', { state: 'leaving' }, false],
    ['somebody else wants another one out', { subject: NEU }, false],
    ['somebody else wants it in', { kind: 'pin' }, false],
  ])('tells of others where there are some: %s', async (_, intent, isTold) => {
    const rows = new TargetRows(desk.office.rows);
    const intents = intent === undefined ? [] : [{ ...OUT, ...intent }];
    await rows.save(TARGET, await rows.load(TARGET), { intents });
    for (const name of ['weu', 'ORIGIN-weu']) {
      const lines = await told({ decision: 'hold', reason: 'freeze', kept: true }, 'failover', 'shop', name);
      expect(lines).toContain(`withdraw reflex failback shop ${name}`);
      expect(lines.includes(OTHERS)).toBe(isTold);
    }
  });

  it('tells of others where nobody knows', async () => {
    const { fleet } = desk.office.tools;
    desk.office.tools = {
      ...desk.office.tools,
      fleet: async () => {
        const now = await fleet();
        return { ...now, edges: now.edges.map((edge) => ({ ...edge, name: 'renamed' })) };
      },
    };
    expect(await told({ decision: 'hold', kept: true }, 'failover', EDGE, 'weu')).toContain(OTHERS);
  });
});

describe('what withdraws a failback', () => {
  const PENDING = { decision: 'pending-approval', reason: 'approvals', plan: PLAN.id, digest: PLAN.digest };

  it.each([
    [false, 'withdraw reflex failover shop weu'],
    [true, `reject   reflex plans reject ${PLAN.id} --reason ...`],
  ])('takes nothing out that serves: %s', async (enabled, line) => {
    const origins = [{ id: WEU, enabled, weight: 300, priority: 1, terminal: true }];
    const value = { regions: {}, alerts: {}, seen: { origins, at: AT } };
    await desk.office.rows.transact('edges', [{ kind: 'put', rowKey: evidenceKey(EDGE), value }]);
    await desk.office.store(PLAN);
    const lines = await told(PENDING, 'failback', 'shop', 'weu');
    expect(lines.filter((one) => /^(withdraw|reject)/.test(one))).toEqual([line]);
  });
});

describe('a failover of what others have taken out', () => {
  const KEEP = 'keep     reflex pin shop weu out';
  it.each<[Readonly<Record<string, string | boolean>>, boolean]>([
    [{ decision: 'noop', reason: 'already-drained' }, true],
    [{ decision: 'noop', reason: 'already-drained', stays: true }, false],
    [{ decision: 'noop', reason: 'verified' }, false],
    [{ decision: 'shift', reason: 'verified' }, false],
  ])('says how it stays out where nobody has agreed to the wish: %j', async (became, isTold) => {
    expect((await told(became, 'failover', 'shop', 'weu')).includes(KEEP)).toBe(isTold);
  });
});

describe('a plan that a command names', () => {
  const PENDING = { decision: 'pending-approval', reason: 'approvals', plan: PLAN.id, digest: PLAN.digest };
  const YES = { ...PLAN.consent!, given: [{ by: 'bob', at: AT }] };

  it.each<[Partial<Plan>, boolean]>([
    [{}, true],
    [{ state: 'paused', note: 'plan-changed' }, true],
    [{ consent: YES }, false],
    [{ state: 'running' }, false],
  ])('is to be approved only while a yes is missing: %j', async (plan, isAsking) => {
    await desk.office.store({ ...PLAN, ...plan });
    const lines = await told(PENDING, 'failback', 'shop', 'weu');
    expect(lines.some((line) => line.startsWith('approve  '))).toBe(isAsking);
    expect(lines).toContain('withdraw reflex failover shop weu');
  });

  it('is not there yet while another one is under way', async () => {
    await lane({ ...PLAN, state: 'running' });
    const lines = await told({ decision: 'pending-approval', reason: 'approvals' }, 'failback', 'shop', 'weu');
    expect(lines).toContain(`behind   ${PLAN.id.slice(0, 8)} (running)`);
    expect(lines.some((line) => line.startsWith('approve  '))).toBe(false);
  });
});

describe('while the kill switch is on', () => {
  beforeEach(async () => {
    await desk.reflex(ALICE, 'kill-switch', 'on', '--reason', 'all red');
    await desk.office.store(PLAN);
  });

  it('a command that is only tried out says so, and so does the list of plans', async () => {
    const lines = await told({ decision: 'plan', plan: PLAN.id }, 'failover', 'shop', 'weu', '--dry-run');
    expect(lines.slice(0, 2)).toEqual([STOPPED, 'plan']);
    expect(lines).toContain('1. origin-weu: out (its weight 500 stays)');
    const list = (await desk.reflex(RITA, 'plans')).out.split('\n');
    expect([list[0], list.length]).toEqual([STOPPED, 3]);
  });

  it('JSON says nothing else than what was asked for', async () => {
    expect(JSON.parse((await desk.reflex(RITA, 'plans', '--json')).out)).toMatchObject({ plans: [{}] });
  });
});

describe('a drill', () => {
  it.each([
    ['10m', 'shift', true],
    ['28m', 'plan', true],
    ['29m', 'shift', false],
    ['10m', 'hold', false],
  ])('for %s that ends as %s', async (time, decision, isShort) => {
    const lines = await told({ decision }, 'drill', 'shop', 'weu', '--for', time);
    expect(lines.includes('short    it is over before the edge shows it: that may take 29m')).toBe(isShort);
    expect(lines.includes('take --for 29m or more')).toBe(isShort);
  });

  it('says nothing of that where the edge cannot be asked', async () => {
    expect(await told({ decision: 'shift' }, 'drill', EDGE, 'weu')).toEqual(['shift']);
  });
});
