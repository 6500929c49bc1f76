import { beforeEach, describe, expect, it } from 'vitest';

import { evidenceKey } from '../../../../shared/domain/traffic/evidence.ts';
import type { Intent } from '../../../../shared/intents/intent.ts';
import { serve, type Plan } from '../../../../shared/reconcile/plan.ts';
import { TargetRows } from '../../../../shared/reconcile/target-rows.ts';
import { ALICE, BOB, BRANCH, EDGE, NEU, PLAN, RITA, WEU } from '../../api/people/people.ts';
import { Desk, URL_OF_APP } from './desk.ts';

const AT = '2026-01-05T08:00:00.000Z';
const YES = { by: 'bob', at: AT };
const AGREED: Plan = { ...PLAN, consent: { ...PLAN.consent!, given: [YES] } };
const DRAIN: Intent = {
  ...{ schema: 1, subject: WEU, by: { reaction: 'region-failover' }, cause: 'region-bad', kind: 'out' },
  ...{ value: { enabled: false, urgency: 'emergency' }, mode: 'propose', reason: 'the region is bad' },
  ...{ signals: [], asOf: AT, openedAt: AT, state: 'open' },
};

let desk: Desk;

beforeEach(() => {
  desk = new Desk();
});

async function show(plan: Plan, partition?: string): Promise<string> {
  await desk.office.store(plan, partition);
  return (await desk.reflex(RITA, 'plans', 'show', plan.id)).out;
}

/** Runs a command while some paths of the API are down. */
async function withoutApi(down: RegExp, ...args: readonly string[]): Promise<string> {
  const token = (await desk.office.token(RITA)).replace('Bearer ', '');
  const fetch: typeof globalThis.fetch = (input, init) =>
    down.test(input instanceof Request ? input.url : String(input))
      ? Promise.reject(new TypeError('fetch failed'))
      : desk.fetchApi(input, init);
  return (await desk.reflexWith({ REFLEX_TOKEN: token, REFLEX_URL: URL_OF_APP }, args, fetch)).out;
}

async function stopWrites(): Promise<void> {
  await desk.reflex(ALICE, 'kill-switch', 'on', '--reason', 'all red');
}

describe('reflex plans show', () => {
  it('tells who asked for it and why', async () => {
    const rows = new TargetRows(desk.office.rows);
    const target = { kind: 'any', key: EDGE, partition: 'edges' };
    await rows.save(target, await rows.load(target), { intents: [DRAIN] });
    expect(await show({ ...PLAN, serves: [serve(DRAIN)] })).toContain(
      '\nasked    origin-weu out, emergency: the region is bad (region-failover)\n',
    );
  });

  it.each<[string, Partial<Plan>, string | undefined]>([
    ['waits', {}, '0 of 1 have said yes, until 2026-01-05T09:00:00.000Z'],
    ['runs', { ...AGREED, state: 'running' }, '1 of 1 have said yes'],
    [
      'more have agreed to than had to',
      { consent: { ...AGREED.consent!, given: [YES, { ...YES, by: 'carol' }] }, state: 'running' },
      '2 have said yes, 1 needed',
    ],
    ['is done', { ...AGREED, state: 'done' }, '1 of 1 have said yes'],
    ['has expired half way', { consent: { ...AGREED.consent!, needed: 2 }, state: 'expired' }, '1 of 2 have said yes'],
    ['nobody has agreed to in time', { state: 'expired' }, undefined],
    ['another has taken the place of', { state: 'superseded' }, undefined],
  ])('says who has agreed to a plan that %s', async (_, plan, words) => {
    const [, consent] = /^consent {2}(.*)$/m.exec(await show({ ...PLAN, ...plan })) ?? [];
    expect(consent).toBe(words);
  });

  it('says until when a step bakes', async () => {
    const step = { ...PLAN.steps[0]!, bakeMs: 60_000 };
    const entry = { step, state: 'written', at: AT, endedAt: AT, fence: 1, precondition: '', sendBy: '' } as const;
    expect(await show({ ...PLAN, state: 'running', journal: [entry] })).toContain(
      '\nstate    running, baking until 2026-01-05T08:01:00\n',
    );
  });

  describe('of a bake that a person cut short', () => {
    const step = { ...PLAN.steps[0]!, bakeMs: 60_000 };
    const entry = { step, state: 'written', at: AT, endedAt: AT, fence: 1, precondition: '', sendBy: '' } as const;
    const at = (seconds: number): string => new Date(Date.parse(AT) + seconds * 1000).toISOString();

    const byBob = { state: 'leaving', releasedBy: 'bob', releasedAt: at(35) } as const;

    it('tells that nothing was watched where somebody came before the end of the write', async () => {
      const rows = new TargetRows(desk.office.rows);
      const target = { kind: 'any', key: EDGE, partition: 'edges' };
      const wish: Intent = { ...DRAIN, ...byBob };
      await rows.save(target, await rows.load(target), { intents: [wish] });
      const journal = [{ ...entry, endedAt: at(40) }];
      expect(await show({ ...PLAN, state: 'done', serves: [serve(wish)], journal })).toContain(
        '\nbake     cut short by bob after 0 s\n',
      );
    });

    it.each<[string, Partial<Intent>, Partial<Plan>, boolean]>([
      ['tells who and when', byBob, {}, true],
      ['tells it once all is back', { ...byBob, state: 'closed' }, {}, true],
      ['tells nothing at its end', { ...byBob, releasedAt: at(60) }, {}, false],
      ['tells nothing of what was let go before', { ...byBob, releasedAt: at(-1) }, {}, false],
      ['tells nothing of a machine', { state: 'leaving', releasedAt: at(35) }, {}, false],
      ['tells nothing of a plan that runs', byBob, { state: 'running' }, false],
      ['tells nothing of a plan that has written nothing', byBob, { journal: [] }, false],
      ['tells nothing of another origin', { ...byBob, subject: NEU }, {}, false],
    ])('%s', async (_, intent, plan, isTold) => {
      const rows = new TargetRows(desk.office.rows);
      const target = { kind: 'any', key: EDGE, partition: 'edges' };
      const wish: Intent = { ...DRAIN, ...intent };
      await rows.save(target, await rows.load(target), { intents: [wish] });
      const out = await show({ ...PLAN, state: 'done', serves: [serve(wish)], journal: [entry], ...plan });
      expect(out.includes('\nbake     cut short by bob after 35 s\n')).toBe(isTold);
    });
  });

  it('asks for a yes only while one is missing', async () => {
    expect(await show(PLAN)).toMatch(/\nstate {4}waiting\n[^]*\napprove {2}reflex plans approve/);
    expect(await show(AGREED)).not.toContain('approve  ');
    const paused = { ...PLAN, state: 'paused' } as const;
    expect(await show({ ...paused, note: 'plan-changed' })).toMatch(/\napprove {2}reflex plans approve/);
    expect(await show({ ...paused, note: 'approval-expired' })).toMatch(/\nresume {3}reflex plans resume/);
    expect(await show(paused)).not.toMatch(/\n(?:approve|resume) /);
  });
});

describe('the edge of a plan', () => {
  const TABLE =
    /\n\nORIGIN +REGION +STATE +HEALTH\norigin-neu +neu +in, weight 500 +unknown\norigin-weu +weu +out +bad\n\n1\./;

  beforeEach(async () => {
    const origins = [
      { id: NEU, enabled: true, weight: 500 },
      { id: WEU, enabled: false, weight: 500 },
    ];
    const value = { regions: { 'origin-weu': { votes: [], health: { status: 'bad' } } }, seen: { origins } };
    await desk.office.rows.transact('edges', [{ kind: 'put', rowKey: evidenceKey(EDGE), value }]);
  });

  it.each<Partial<Plan>>([{}, { state: 'running' }, { state: 'done', effect: { state: 'waiting' } }])(
    'is shown until the plan is over: %j',
    async (plan) => {
      expect(await show({ ...PLAN, ...plan })).toMatch(TABLE);
    },
  );

  it('is not shown of a plan that is over, of something else, or when it cannot be asked', async () => {
    expect(await show({ ...PLAN, state: 'done' })).not.toContain('ORIGIN');
    expect(await show({ ...PLAN, target: BRANCH }, BRANCH)).not.toContain('ORIGIN');
    expect(await show({ ...PLAN, target: `${EDGE}-other` })).not.toContain('ORIGIN');
    await desk.office.store(PLAN);
    for (const down of [/\/edges$/, /\/edges\/shop$/]) {
      const out = await withoutApi(down, 'plans', 'show', PLAN.id);
      expect(out).toContain(`plan     ${PLAN.id}`);
      expect(out).not.toContain('ORIGIN');
    }
  });
});

describe('a plan that is agreed to and waits', () => {
  const NOW = 'approved, 1 of 1 have said yes: it begins now';
  const LATER = 'approved, 1 of 1 have said yes: it begins when the kill switch is off';

  it('begins now, or when the kill switch is off', async () => {
    expect(await show(AGREED)).toContain(`\nstate    ${NOW}\n`);
    await stopWrites();
    const out = await show(AGREED);
    expect(out).toContain(`\nstate    ${LATER}\n`);
    expect(out).not.toContain('consent');
  });

  it('is watched as the kill switch is turned', async () => {
    await desk.office.store(AGREED);
    await stopWrites();
    desk.later = [
      async () => {
        await desk.reflex(BOB, 'kill-switch', 'off');
      },
      () => desk.office.store({ ...AGREED, state: 'done' }),
    ];
    const { out } = await desk.reflex(RITA, 'plans', 'watch', PLAN.id);
    expect(out.split('\n')).toEqual([`it is ${LATER}`, `it is ${NOW}`, 'it is done']);
  });

  it('is told of at the last yes', async () => {
    await desk.office.store(PLAN);
    await stopWrites();
    const { out } = await desk.reflex(BOB, 'plans', 'approve', PLAN.id, PLAN.digest);
    expect(out).toBe(`plan ${PLAN.id}: ${LATER}`);
  });

  describe('behind another one', () => {
    const FIRST = '04f52cfa-bbbc-470e-87d7-32cf5490fddf';
    const BAKING = '04f52cfa (running, baking until 2026-01-05T08:01:00)';
    const rows = (): TargetRows => new TargetRows(desk.office.rows);
    const target = { kind: 'any', key: EDGE, partition: 'edges' };

    beforeEach(async () => {
      const step = { ...PLAN.steps[0]!, bakeMs: 60_000 };
      const entry = { step, state: 'written', at: AT, endedAt: AT, fence: 1, precondition: '', sendBy: '' } as const;
      await desk.office.store({ ...PLAN, id: FIRST, state: 'running', journal: [entry] });
      await rows().save(target, await rows().load(target), { lane: { activePlan: FIRST } });
    });

    it('says so, agreed to or not', async () => {
      const behind = `approved, 1 of 1 have said yes: it begins when ${BAKING} is over`;
      expect(await show(AGREED)).toContain(`\nstate    ${behind}\n`);
      expect(await show(PLAN)).toContain(`\nbehind   ${BAKING}\n`);
      expect((await desk.reflex(BOB, 'plans', 'approve', PLAN.id, PLAN.digest)).out).toBe(`plan ${PLAN.id}: ${behind}`);
    });

    it('says so beside the kill switch', async () => {
      await stopWrites();
      expect(await show(AGREED)).toContain(`it begins when the kill switch is off, and ${BAKING} is over\n`);
    });

    it('says no more when it is over itself, or the other one is', async () => {
      expect(await show({ ...AGREED, state: 'superseded' })).not.toContain('04f52cfa');
      await rows().save(target, await rows().load(target), { clear: ['activePlan'] });
      expect(await show(AGREED)).toContain(`\nstate    ${NOW}\n`);
    });

    it('says what the one that stands still waits for', async () => {
      await desk.office.store({ ...PLAN, id: FIRST, state: 'paused', note: 'plan-changed' });
      expect(await show(AGREED)).toContain('it begins when 04f52cfa (paused: plan-changed) is over\n');
    });
  });

  it('is only called approved where the kill switch cannot be asked', async () => {
    await desk.office.store(AGREED);
    const out = await withoutApi(/kill-switch/, 'plans', 'show', PLAN.id);
    expect(out).toContain('\nstate    approved, 1 of 1 have said yes\n');
  });
});
