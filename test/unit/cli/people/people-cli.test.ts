import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { openEnvelope } from '../../../../shared/pipeline/envelope.ts';
import type { Plan } from '../../../../shared/reconcile/plan.ts';
import { TargetRows } from '../../../../shared/reconcile/target-rows.ts';
import { ALICE, BOB, EDGE, Office, PLAN, RITA } from '../../api/people/people.ts';
import { Desk, URL_OF_APP } from './desk.ts';

const DIGEST = PLAN.digest.slice(0, 12);

let desk: Desk;

beforeEach(() => {
  desk = new Desk();
});

describe('reflex plans', () => {
  it('lists, shows and exports', async () => {
    await desk.office.store(PLAN);
    const list = await desk.reflex(RITA, 'plans');
    expect(list.code).toBe(0);
    expect(list.out).toMatch(
      new RegExp(`${PLAN.id} +2026-01-05T08:00:00 +waiting +0/1 +profiles/shop/origingroups/apps +origin-weu: out`),
    );
    expect((await desk.reflex(RITA, 'plans', 'list', '--state', 'done')).out).toBe('no plans');
    const show = await desk.reflex(RITA, 'plans', 'show', PLAN.id);
    expect(show.out).toContain(`digest   ${PLAN.digest}`);
    expect(show.out).toContain('0 of 1 have said yes, until 2026-01-05T09:00:00.000Z');
    expect(show.out).toMatch(/1\. origin-weu: out[^]*only if origin-neu is enabled with weight 500[^]*then wait 60 s/);
    expect((await desk.reflex(RITA, 'plans', 'export', PLAN.id)).out).toMatch(/^#!\/usr\/bin\/env bash\n/);
    expect(JSON.parse((await desk.reflex(RITA, 'plans', 'export', PLAN.id, '--json')).out)).toMatchObject({
      plan: PLAN.id,
    });
    expect(JSON.parse((await desk.reflex(RITA, 'plans', 'show', PLAN.id, '--json')).out)).toMatchObject({
      id: PLAN.id,
    });
  });

  it('knows a plan by the beginning of its id, if no other begins so', async () => {
    await desk.office.store(PLAN);
    const other = PLAN.id.replace(/1$/, '2');
    expect((await desk.reflex(RITA, 'plans', 'show', PLAN.id.slice(0, 8))).out).toContain(`plan     ${PLAN.id}`);
    await desk.office.store({ ...PLAN, id: other });
    expect(await desk.reflex(RITA, 'plans', 'show', PLAN.id.slice(0, 8))).toMatchObject({
      code: 1,
      err: `refused: ${PLAN.id.slice(0, 8)} is how ${other} and ${PLAN.id} begin: give more digits [ambiguous-plan]`,
    });
    expect((await desk.reflex(RITA, 'plans', 'show', PLAN.id)).code).toBe(0);
    expect((await desk.reflex(RITA, 'plans', 'show', 'ffff')).err).toContain('no plan is known as ffff');
    expect((await desk.reflex(RITA, 'plans', 'show', '0')).err).toContain('give at least 4 of its digits');
  });

  it('turns pages', async () => {
    await desk.office.store(PLAN);
    await desk.office.store({ ...PLAN, id: PLAN.id.replace(/1$/, '2') });
    const { out } = await desk.reflex(RITA, 'plans', '--limit', '1');
    const [, cursor = ''] = /more: --after (\S+)/.exec(out) ?? [];
    expect((await desk.reflex(RITA, 'plans', 'list', '--limit', '1', '--after', cursor)).out).toContain(PLAN.id);
    expect(JSON.parse((await desk.reflex(RITA, 'plans', '--json')).out)).toMatchObject({ plans: [{}, {}] });
  });

  it('keeps other people\u2019s text from steering the terminal', async () => {
    await desk.office.store({ ...PLAN, steps: [{ ...PLAN.steps[0]!, title: '\u001b[2Jgone' }] });
    expect((await desk.reflex(RITA, 'plans')).out).not.toContain('\u001b');
    expect((await desk.reflex(RITA, 'plans', 'show', PLAN.id)).out).not.toContain('\u001b');
  });

  it('shows what people are to do and what they are asked for, and takes their word', async () => {
    const manual = {
      instruction: '1. promote\n2. look',
      approvals: 2,
      timeoutMs: 1_800_000,
      onTimeout: 'pause',
    } as const;
    const blank = { effect: 'manual', from: {}, to: {}, changes: [], onFailure: 'back', manual } as const;
    const step = { ...blank, id: 'origin-weu:manual:promote', title: 'origin-weu: promote' };
    const at = '2026-01-05T08:00:00.000Z';
    const journal = [{ step, state: 'asked', at, fence: 1, precondition: '', sendBy: at, confirmed: [] }] as const;
    await desk.office.store({ ...PLAN, state: 'running', steps: [step, ...PLAN.steps], journal });
    const { out } = await desk.reflex(RITA, 'plans', 'show', PLAN.id);
    expect(out).toMatch(/for people, step origin-weu:manual:promote\n +\| 1. promote\n +\| 2. look\n/);
    expect(out).toContain('done when 2 of the approvers say so; after 1800 s: pause');
    expect(out).toContain(`0 of 2 say that it is done: reflex plans step-done ${PLAN.id} ${step.id} --reason ...`);
    const words = ['plans', 'step-done', PLAN.id, step.id] as const;
    expect(await desk.reflex(BOB, ...words)).toMatchObject({ code: 2 });
    expect((await desk.reflex(BOB, ...words, '--reason', 'did', '--digest', 'eeeeeeee')).err).toContain(
      '[plan-changed]',
    );
    expect((await desk.reflex(ALICE, ...words, '--reason', 'did')).err).toContain('REFLEX_ROLE_MISSING');
    expect(await desk.reflex(BOB, ...words, '--reason', 'did', '--digest', DIGEST)).toMatchObject({ code: 0 });
    expect((await desk.reflex(RITA, 'plans', 'show', PLAN.id)).out).toContain('1 of 2 say that it is done');
  });

  it('approves by the beginning of the digest, and nothing if the plan has another', async () => {
    await desk.office.store(PLAN);
    for (const [wrong, why] of [
      ['eeeeeeeeeeee', 'its steps are not those that this digest names: read the plan again [plan-changed]'],
      ['ddd', 'give at least 8 digits of the digest [digest-too-short]'],
    ] as const) {
      expect(await desk.reflex(BOB, 'plans', 'approve', PLAN.id, wrong)).toMatchObject({
        code: 1,
        err: `refused: ${why}`,
      });
    }
    expect(await desk.reflex(BOB, 'plans', 'approve', PLAN.id, DIGEST, '--reason', 'seen')).toMatchObject({
      code: 0,
      out: expect.stringContaining('approved, 1 of 1 have said yes: it begins now') as string,
    });
  });

  it('rejects, and says what the API refuses', async () => {
    await desk.office.store(PLAN);
    expect(await desk.reflex(ALICE, 'plans', 'reject', PLAN.id)).toMatchObject({
      code: 1,
      err: 'refused: This needs the role Approver. [REFLEX_ROLE_MISSING]',
    });
    expect(await desk.reflex(BOB, 'plans', 'reject', PLAN.id, '--json')).toMatchObject({ code: 0 });
    expect(await desk.reflex(BOB, 'plans', 'reject', PLAN.id)).toMatchObject({
      code: 1,
      err: 'refused: not-waiting: the plan is rejected [REFLEX_PLAN_COMMAND]',
    });
  });

  it('pauses, resumes and cancels', async () => {
    await desk.office.store({ ...PLAN, state: 'running' });
    for (const [verb, state] of [
      ['pause', 'paused'],
      ['resume', 'running'],
      ['cancel', 'going-back\nnothing has been written, and nothing will be'],
    ] as const) {
      expect(await desk.reflex(ALICE, 'plans', verb, PLAN.id, '--reason', 'x')).toMatchObject({
        code: 0,
        out: `plan ${PLAN.id}: ${state}`,
      });
    }
  });
});

describe('reflex plans watch', () => {
  const sent = { step: PLAN.steps[0]!, at: '2026-01-05T08:00:01.000Z', fence: 1, precondition: '', sendBy: '' };
  const states: readonly Partial<Plan>[] = [
    { state: 'running', journal: [{ ...sent, state: 'sending' }] },
    { state: 'running', journal: [{ ...sent, state: 'running' }] },
    { state: 'done', journal: [{ ...sent, state: 'written' }], note: 'out' },
  ];

  it('tells each change once, until the plan is done', async () => {
    await desk.office.store(PLAN);
    desk.later = [() => undefined, ...states.map((state) => () => desk.office.store({ ...PLAN, ...state }))];
    const { code, out } = await desk.reflex(RITA, 'plans', 'watch', PLAN.id);
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      'it is waiting, 0 of 1 have said yes, until 2026-01-05T09:00:00.000Z',
      '2026-01-05T08:00:01  origin-weu: out (its weight 500 stays)  sending',
      'it is running',
      '2026-01-05T08:00:01  origin-weu: out (its weight 500 stays)  running',
      '2026-01-05T08:00:01  origin-weu: out (its weight 500 stays)  written',
      'it is done: out',
    ]);
  });

  it('waits for the edge when the control plane is done', async () => {
    const effect = { at: '2026-01-05T08:09:00.000Z', state: 'effective' } as const;
    await desk.office.store({
      ...PLAN,
      state: 'done',
      effect: { state: 'waiting', until: '2026-01-05T08:23:03.000Z' },
    });
    desk.later = [() => desk.office.store({ ...PLAN, state: 'done', effect })];
    const { code, out } = await desk.reflex(RITA, 'plans', 'watch', PLAN.id);
    expect([code, out.split('\n').length]).toEqual([0, 2]);
  });

  it('ends with 1 when the plan ends otherwise, is not there, or takes too long', async () => {
    expect(await desk.reflex(RITA, 'plans', 'watch', PLAN.id)).toMatchObject({ code: 1, out: '' });
    await desk.office.store(PLAN);
    expect(await desk.reflex(RITA, 'plans', 'watch', PLAN.id, '--timeout', '5')).toMatchObject({
      code: 1,
      err: 'it has not ended in time',
    });
    desk.later = [() => desk.office.store({ ...PLAN, state: 'rejected' })];
    const { code, out } = await desk.reflex(RITA, 'plans', 'watch', PLAN.id, '--json');
    expect([code, out.split('\n').map((line) => (JSON.parse(line) as Plan).state)]).toEqual([
      1,
      ['waiting', 'rejected'],
    ]);
    expect(await desk.reflex(RITA, 'plans', 'watch', PLAN.id, '--interval', '-1')).toMatchObject({ code: 2 });
  });

  it('goes on while nobody answers for a while', async () => {
    await desk.office.store(PLAN);
    const token = (await desk.office.token(RITA)).replace('Bearer ', '');
    let isDown = false;
    const fetch: typeof globalThis.fetch = (...args) =>
      isDown ? Promise.reject(new TypeError('fetch failed')) : desk.fetchApi(...args);
    desk.later = [
      () => void (isDown = true),
      async () => {
        isDown = false;
        await desk.office.store({ ...PLAN, state: 'done' });
      },
    ];
    const environment = { REFLEX_TOKEN: token, REFLEX_URL: URL_OF_APP };
    expect(await desk.reflexWith(environment, ['plans', 'watch', PLAN.id], fetch)).toMatchObject({
      code: 0,
      err: 'no answer from https://reflex.test: trying again',
    });
  });
});

describe('commands about an edge', () => {
  it.each<[readonly string[], object]>([
    [['failover', 'shop', 'weu', '--steps', '500,100'], { command: 'failover', origin: 'weu', steps: [500, 100] }],
    [['failback', 'shop', 'weu', '--dry-run'], { command: 'failback', origin: 'weu', dryRun: true }],
    [['set-shares', 'shop', 'weu=70', 'neu=30'], { command: 'set-shares', shares: { weu: 70, neu: 30 } }],
    [['set-weights', 'shop', 'weu=700', 'neu=300'], { command: 'set-weights', weights: { weu: 700, neu: 300 } }],
    [['shift-weight', 'shop', 'weu', '25'], { command: 'shift-weight', percent: 25 }],
    [['drill', 'shop', 'weu', '--for', '5m'], { command: 'drill', durationSeconds: 300 }],
    [['drill', 'shop', 'weu'], { command: 'drill', durationSeconds: 600 }],
    [['pin', 'shop', 'weu', 'out', '--until', '2026-02-01T00:00:00Z'], { command: 'pin', state: 'out' }],
    [['failback', 'shop', 'weu', '--well'], { command: 'failback', isWell: true }],
    [['pin', 'shop', 'weu', 'in'], { command: 'pin', state: 'in' }],
    [
      ['drill', 'shop', 'weu', '--override', 'freeze', '--override', 'atleast-2'],
      { override: ['freeze', 'atleast-2'] },
    ],
  ])('%j is given to the API', async (args, asked) => {
    expect(await desk.reflex(ALICE, ...args, '--reason', 'because', '--no-wait')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^taken: commands\//) as string,
    });
    expect(desk.office.sent().map(openEnvelope)).toMatchObject([
      { kind: 'command', given: { by: 'alice', asked: { edge: 'shop', reason: 'because', ...asked } } },
    ]);
  });

  it.each([
    [['failover', 'shop'], 'missing required argument'],
    [['failover', 'shop', 'weu', '--steps', '5,x'], 'expected a number'],
    [['set-shares', 'shop', 'weu'], 'expected ORIGIN=NUMBER'],
    [['set-weights', 'shop', 'weu='], 'expected a number'],
    [['pin', 'shop', 'weu', 'sideways'], 'Allowed choices are in, out'],
    [['drill', 'shop', 'weu', '--for', '1s'], 'expected 1m to 24h'],
  ])('%j is wrong usage', async (args, why) => {
    const { code, err } = await desk.reflex(ALICE, ...args);
    expect([code, desk.office.sent()]).toEqual([2, []]);
    expect(err).toContain(why);
  });

  it('show what becomes of them, with the words that come next', async () => {
    const became = (value: Record<string, string | boolean>) => async (): Promise<void> => {
      const [sent] = desk.office.sent().map(openEnvelope);
      const id = sent?.kind === 'command' ? sent.given.id : '';
      const row = { schema: 1, id, by: 'alice', at: 'then', command: 'failover', edge: EDGE, reason: '', ...value };
      await desk.office.rows.transact('edges', [{ kind: 'put', rowKey: `command|${id}`, value: row }]);
    };
    desk.later = [() => undefined, became({ decision: 'pending-approval', plan: PLAN.id, digest: PLAN.digest })];
    expect(await desk.reflex(ALICE, 'failover', 'shop', 'weu', '--key', 'k')).toMatchObject({
      code: 0,
      out: [
        'pending-approval',
        'withdraw reflex failback shop weu',
        `plan     ${PLAN.id}`,
        `follow   reflex plans watch ${PLAN.id}`,
        `approve  reflex plans approve ${PLAN.id} ${DIGEST}`,
      ].join('\n'),
    });
    const rows = new TargetRows(desk.office.rows);
    const target = { kind: 'any', key: EDGE, partition: 'edges' };
    const first = '04f52cfa-bbbc-470e-87d7-32cf5490fddf';
    await desk.office.store(PLAN);
    await desk.office.store({ ...PLAN, id: first, state: 'running' });
    await rows.save(target, await rows.load(target), { lane: { activePlan: first } });
    desk.later = [became({ decision: 'pending-approval', plan: PLAN.id, digest: PLAN.digest })];
    expect((await desk.reflex(ALICE, 'failover', 'shop', 'weu', '--key', 'k')).out).toContain(
      ['\nbehind   04f52cfa (running)', 'at once  reflex plans cancel 04f52cfa --reason ...'].join('\n'),
    );
    desk.later = [became({ decision: 'hold', reason: 'behind-plan', kept: true })];
    expect((await desk.reflex(ALICE, 'failover', 'shop', 'weu')).out).toContain('\nbehind   04f52cfa (running)\n');
    expect((await desk.reflex(RITA, 'plans')).out).toMatch(/waiting +0\/1/);
    await desk.office.store({ ...PLAN, consent: { ...PLAN.consent!, given: [{ by: 'bob', at: 'then' }] } });
    expect((await desk.reflex(RITA, 'plans')).out).toMatch(/approved +0\/1/);
    desk.later = [became({ decision: 'refuse', reason: 'last-healthy', kept: true })];
    expect(await desk.reflex(ALICE, 'failback', 'shop', 'weu')).toMatchObject({
      code: 1,
      out: [
        'refuse: last-healthy',
        'means    it is the last healthy one',
        'do       mend another region first. It cannot be overridden',
        'kept     it is done as soon as nothing keeps it back',
        'withdraw reflex failover shop weu',
        '         which keeps it out, as your own wish',
      ].join('\n'),
    });
    desk.later = [became({ decision: 'refuse', reason: 'unknown-origin' })];
    expect(await desk.reflex(ALICE, 'failback', 'shop', 'weu')).toMatchObject({
      code: 1,
      out: 'refuse: unknown-origin',
    });
    desk.later = [became({ decision: 'noop', reason: 'already-drained', stays: true })];
    expect((await desk.reflex(ALICE, 'failover', 'shop', 'weu')).out.split('\n')).toEqual([
      'noop: already-drained',
      'stays    it is so already, and stays so until somebody takes it back',
      'withdraw reflex failback shop weu',
    ]);
    for (const decision of ['hold', 'noop', 'refuse']) {
      desk.later = [became({ decision, reason: 'any' })];
      expect(await desk.reflex(ALICE, 'drill', 'shop', 'weu')).toMatchObject({ code: 1 });
    }
    desk.later = [became({ decision: 'plan', reason: 'observe', plan: PLAN.id, digest: PLAN.digest })];
    await desk.office.store({ ...PLAN, state: 'preview' });
    const shown = await desk.reflex(ALICE, 'failover', 'shop', 'weu', '--dry-run');
    expect(shown.out.split('\n')).toEqual([
      'plan: observe',
      `plan     ${PLAN.id}`,
      expect.stringMatching(/^1\. /) as string,
      ...(PLAN.steps[0]?.predicates ?? []).map((words) => `     only if ${words}`),
      '     then wait 60 s and look at what it serves',
      'dry run: nothing was changed',
    ]);
    desk.later = [became({ decision: 'shift', plan: PLAN.id, digest: PLAN.digest })];
    expect(JSON.parse((await desk.reflex(ALICE, 'failback', 'shop', 'weu', '--json')).out)).toMatchObject({
      decision: 'shift',
    });
  });

  it('are taken although nobody looks at them in time', async () => {
    expect(await desk.reflex(ALICE, 'failover', 'shop', 'weu')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^taken: /) as string,
    });
    expect(await desk.reflex(ALICE, 'failover', 'nowhere', 'weu')).toMatchObject({ code: 1 });
  });
});

describe('reflex parked', () => {
  it('counts what could not be used and shows some of it', async () => {
    expect((await desk.reflex(RITA, 'parked')).out).toMatch(/^\d{4}-\d\d-\d\d: nothing was parked$/);
    const why = { code: 'REFLEX_UNREADABLE_SIGNAL', reason: 'no JSON\u001b[31m', via: 'alerts' };
    const name = await desk.office.parking.park(new TextEncoder().encode('{'), why);
    const { out } = await desk.reflex(RITA, 'parked');
    expect(out).toMatch(/: 1 kept\n\nCODE +COUNT\nREFLEX_UNREADABLE_SIGNAL +1\n\nAT +CODE +VIA +REASON +BLOB\n/);
    expect(out).toMatch(new RegExp(`alerts +no JSON\ufffd\\[31m +${name}$`));
    expect((await desk.reflex(RITA, 'parked', '--code', 'other')).out).not.toContain('BLOB');
    expect(JSON.parse((await desk.reflex(RITA, 'parked', '--limit', '1', '--json')).out)).toMatchObject({ items: 1 });
    expect((await desk.reflex(RITA, 'parked', '--day', 'monday')).code).toBe(1);
  });

  it('says what was only counted', async () => {
    for (let n = 0; n < 1_001; n += 1) {
      const why = { code: 'X', reason: 'a flood', via: 'event-grid' };
      await desk.office.parking.park(new TextEncoder().encode(String(n)), why);
    }
    expect((await desk.reflex(RITA, 'parked')).out).toContain(': 1000 kept, 1 only counted: their hour was full');
  });
});

describe('reflex kill-switch', () => {
  it('is shown, turned on with a reason and turned off', async () => {
    expect((await desk.reflex(RITA, 'kill-switch')).out).toBe('the kill switch is off');
    expect(await desk.reflex(ALICE, 'kill-switch', 'on')).toMatchObject({
      code: 1,
      err: expect.stringContaining('[REFLEX_INVALID_REQUEST]') as string,
    });
    const at = desk.office.clock.now().toISOString();
    expect(await desk.reflex(ALICE, 'kill-switch', 'on', '--reason', 'all red')).toMatchObject({
      code: 0,
      out: `the kill switch is on, by alice at ${at}: all red`,
    });
    expect(JSON.parse((await desk.reflex(RITA, 'kill-switch', 'show', '--json')).out)).toMatchObject({
      on: true,
      by: 'alice',
    });
    expect((await desk.reflex(BOB, 'kill-switch', 'off')).out).toBe(`the kill switch is off, by bob at ${at}`);
  });
});

describe('reflex edges', () => {
  it('says first that nothing is written at present', async () => {
    await desk.reflex(ALICE, 'kill-switch', 'on', '--reason', 'all red');
    expect((await desk.reflex(RITA, 'edges', 'shop')).out).toMatch(/^the kill switch is on: nothing is written/);
  });

  it('lists them and shows one', async () => {
    await desk.office.store(PLAN);
    expect((await desk.reflex(RITA, 'edges')).out).toMatch(
      /shop +1 +front-door +propose +propose +origin-neu origin-weu +0 +00000000 waits for 1 of 1$/,
    );
    await desk.office.store({ ...PLAN, consent: { ...PLAN.consent!, given: [{ by: 'bob', at: 'then' }] } });
    expect((await desk.reflex(RITA, 'edges')).out).toMatch(/ 00000000 approved$/);
    await desk.office.store(PLAN);
    const { out } = await desk.reflex(RITA, 'edges', 'shop');
    expect(out).toMatch(/origin-weu +weu +shop-weu/);
    expect(out).toContain(`\nwaiting  ${PLAN.id}  waiting, 0 of 1 have said yes, until 2026-01-05T09:00:00.000Z\n`);
    expect(out).not.toContain('kill switch');
    expect(await desk.reflex(RITA, 'edges', 'none', '--json')).toMatchObject({ code: 1 });
    desk.office.tools = {
      ...desk.office.tools,
      fleet: async () => ({ ...(await new Office().tools.fleet()), edges: [] }),
    };
    expect((await desk.reflex(RITA, 'edges')).out).toBe('the fleet has no edges');
  });
});

describe('the way to the API', () => {
  let directory = '';

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'reflex-cli-'));
    const user = { password: 'p' };
    const client = { appId: 'client', scope: 'reflex.act' };
    const entra = {
      url: 'http://127.0.0.1:1',
      tenantId: 't',
      audience: 'a',
      client,
      users: { rita: user, alice: user },
    };
    const endpoints = { host: { url: 'http://127.0.0.1:2' }, entra };
    writeFileSync(join(directory, 'endpoints.json'), JSON.stringify(endpoints));
  });

  afterAll(() => rmSync(directory, { recursive: true }));

  it('is the local stack\u2019s, as one of its people', async () => {
    const asked: string[] = [];
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const url = input instanceof Request ? input.url : String(input);
      asked.push(url);
      if (!url.startsWith('http://127.0.0.1:1/')) {
        return await desk.fetchApi(input, init);
      }
      const form = init?.body as URLSearchParams;
      expect(Object.fromEntries(form)).toEqual({
        ...{ grant_type: 'password', client_id: 'client', username: 'rita', password: 'p' },
        scope: 'api://a/reflex.act',
      });
      return Response.json({ access_token: (await desk.office.token(RITA)).replace('Bearer ', '') });
    };
    const args = ['kill-switch', '--as', 'rita', '--data', directory];
    expect(await desk.reflexWith({}, args, fetch)).toMatchObject({ code: 0, out: 'the kill switch is off' });
    expect(asked).toEqual(['http://127.0.0.1:1/t/oauth2/v2.0/token', 'http://127.0.0.1:2/api/v1/kill-switch']);
  });

  it.each<[string, readonly string[], Readonly<Record<string, string>>, RegExp]>([
    ['no settings', [], {}, /set REFLEX_TOKEN/],
    ['a token without an address', [], { REFLEX_TOKEN: 't' }, /set REFLEX_TOKEN/],
    ['an address that is none', ['--url', 'reflex'], { REFLEX_TOKEN: 't' }, /is no URL/],
    ['an address in the clear', ['--url', 'http://reflex.test'], { REFLEX_TOKEN: 't' }, /https only/],
    ['no stack', ['--as', 'rita', '--data', '/nowhere'], {}, /npm start/],
    ['nobody of that name', ['--as', 'mallory', '--data', 'DIRECTORY'], {}, /rita, alice, not mallory/],
    ['no answer from Entra', ['--as', 'rita', '--data', 'DIRECTORY'], {}, /gave no token/],
    ['no answer from the app', ['--url', URL_OF_APP], { REFLEX_TOKEN: 't' }, /no answer from https:\/\/reflex\.test/],
  ])('that is not there ends with 2: %s', async (_, args, environment, why) => {
    const fetch: typeof globalThis.fetch = () => Promise.reject(new TypeError('fetch failed'));
    const given = args.map((arg) => (arg === 'DIRECTORY' ? directory : arg));
    const { code, err } = await desk.reflexWith(environment, ['edges', ...given], fetch);
    expect(code).toBe(2);
    expect(err).toMatch(why);
  });

  it('that answers with something else is refused', async () => {
    const fetch: typeof globalThis.fetch = () => Promise.resolve(new Response('<html>', { status: 502 }));
    const environment = { REFLEX_TOKEN: 't', REFLEX_URL: URL_OF_APP };
    expect(await desk.reflexWith(environment, ['edges'], fetch)).toMatchObject({
      code: 1,
      err: 'refused: the answer is none of this API [HTTP 502]',
    });
    for (const odd of ['<html>', '{}']) {
      const answer: typeof globalThis.fetch = () => Promise.resolve(new Response(odd));
      expect(await desk.reflexWith(environment, ['edges'], answer)).toMatchObject({
        code: 2,
        err: expect.stringContaining('the answer is none of this API') as string,
      });
    }
  });
});

describe('reflex openapi', () => {
  it('prints the description', async () => {
    expect(JSON.parse((await desk.reflexWith({}, ['openapi'])).out)).toMatchObject({ openapi: '3.1.0' });
  });
});
