import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { run } from '../../../../cli/program.ts';
import { answerPerson } from '../../../../shared/api/people/answer-person.ts';
import { openEnvelope } from '../../../../shared/pipeline/envelope.ts';
import type { Plan } from '../../../../shared/reconcile/plan.ts';
import { page } from '../../notify/pages.ts';
import { ALICE, BOB, EDGE, Office, PLAN, RITA, type Claims } from '../../api/people/people.ts';

const URL_OF_APP = 'https://reflex.test';
const DIGEST = PLAN.digest.slice(0, 12);

interface Ran {
  readonly code: number | undefined;
  readonly out: string;
  readonly err: string;
}

let office: Office;
/** What happens while the command line waits, one after another. */
let later: (() => Promise<void> | void)[];

beforeEach(() => {
  office = new Office();
  later = [];
});

/** The API behind a fetch. */
const fetchApi: typeof globalThis.fetch = async (input, init) => {
  const { pathname, searchParams } = new URL(input instanceof Request ? input.url : input);
  const headers = new Headers(init?.headers);
  const { status, ...answer } = await answerPerson(
    {
      method: init?.method ?? 'GET',
      path: decodeURIComponent(pathname.replace('/api/v1/', '')),
      query: Object.fromEntries(searchParams),
      authorization: headers.get('authorization') ?? undefined,
      idempotencyKey: headers.get('idempotency-key') ?? undefined,
      body: typeof init?.body === 'string' ? init.body : '',
    },
    office.tools,
  );
  return new Response(answer.body, { status, headers: answer.headers });
};

async function reflexWith(
  environment: Readonly<Record<string, string | undefined>>,
  args: readonly string[],
  fetch = fetchApi,
): Promise<Ran> {
  const out: string[] = [];
  const err: string[] = [];
  let code: number | undefined;
  const output = {
    out: (line: string) => out.push(line),
    err: (line: string) => err.push(line),
    exit: (given: number) => (code = given),
  };
  const sleep = async (ms: number): Promise<void> => {
    await office.clock.advance(ms);
    await later.shift()?.();
  };
  await run(args, output, { fetch, environment, sleep, now: () => office.clock.now() });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

async function reflex(as: Claims, ...args: readonly string[]): Promise<Ran> {
  const token = (await office.token(as)).replace('Bearer ', '');
  return await reflexWith({ REFLEX_TOKEN: token, REFLEX_URL: URL_OF_APP }, args);
}

describe('reflex plans', () => {
  it('lists, shows and exports', async () => {
    await office.store(PLAN);
    const list = await reflex(RITA, 'plans');
    expect(list.code).toBe(0);
    expect(list.out).toMatch(
      new RegExp(`${PLAN.id} +2026-01-05T08:00:00 +waiting +0/1 +profiles/shop/origingroups/apps +origin-weu: out`),
    );
    expect((await reflex(RITA, 'plans', 'list', '--state', 'done')).out).toBe('no plans');
    const show = await reflex(RITA, 'plans', 'show', PLAN.id);
    expect(show.out).toContain(`digest   ${PLAN.digest}`);
    expect(show.out).toContain('0 of 1 have said yes, until 2026-01-05T09:00:00.000Z');
    expect(show.out).toMatch(/1\. origin-weu: out[^]*only if origin-neu is enabled with weight 500[^]*then wait 60 s/);
    expect((await reflex(RITA, 'plans', 'export', PLAN.id)).out).toMatch(/^#!\/usr\/bin\/env bash\n/);
    expect(JSON.parse((await reflex(RITA, 'plans', 'export', PLAN.id, '--json')).out)).toMatchObject({ plan: PLAN.id });
    expect(JSON.parse((await reflex(RITA, 'plans', 'show', PLAN.id, '--json')).out)).toMatchObject({ id: PLAN.id });
  });

  it('turns pages', async () => {
    await office.store(PLAN);
    await office.store({ ...PLAN, id: PLAN.id.replace(/1$/, '2') });
    const { out } = await reflex(RITA, 'plans', '--limit', '1');
    const [, cursor = ''] = /more: --after (\S+)/.exec(out) ?? [];
    expect((await reflex(RITA, 'plans', 'list', '--limit', '1', '--after', cursor)).out).toContain(PLAN.id);
    expect(JSON.parse((await reflex(RITA, 'plans', '--json')).out)).toMatchObject({ plans: [{}, {}] });
  });

  it('keeps other people\u2019s text from steering the terminal', async () => {
    await office.store({ ...PLAN, steps: [{ ...PLAN.steps[0]!, title: '\u001b[2Jgone' }] });
    expect((await reflex(RITA, 'plans')).out).not.toContain('\u001b');
    expect((await reflex(RITA, 'plans', 'show', PLAN.id)).out).not.toContain('\u001b');
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
    await office.store({ ...PLAN, state: 'running', steps: [step, ...PLAN.steps], journal });
    const { out } = await reflex(RITA, 'plans', 'show', PLAN.id);
    expect(out).toMatch(/for people, step origin-weu:manual:promote\n +\| 1. promote\n +\| 2. look\n/);
    expect(out).toContain('done when 2 of the approvers say so; after 1800 s: pause');
    expect(out).toContain(`0 of 2 say that it is done: reflex plans step-done ${PLAN.id} ${step.id} --reason ...`);
    const words = ['plans', 'step-done', PLAN.id, step.id] as const;
    expect(await reflex(BOB, ...words)).toMatchObject({ code: 2 });
    expect((await reflex(BOB, ...words, '--reason', 'did', '--digest', 'eeeeeeee')).err).toContain('[plan-changed]');
    expect((await reflex(ALICE, ...words, '--reason', 'did')).err).toContain('REFLEX_ROLE_MISSING');
    expect(await reflex(BOB, ...words, '--reason', 'did', '--digest', DIGEST)).toMatchObject({ code: 0 });
    expect((await reflex(RITA, 'plans', 'show', PLAN.id)).out).toContain('1 of 2 say that it is done');
  });

  it('approves by the beginning of the digest, and nothing if the plan has another', async () => {
    await office.store(PLAN);
    for (const wrong of ['eeeeeeeeeeee', 'ddd']) {
      expect(await reflex(BOB, 'plans', 'approve', PLAN.id, wrong)).toMatchObject({
        code: 1,
        err: `refused: the plan's digest is ${PLAN.digest}: read it again [plan-changed]`,
      });
    }
    expect(await reflex(BOB, 'plans', 'approve', PLAN.id, DIGEST, '--reason', 'seen')).toMatchObject({
      code: 0,
      out: expect.stringContaining('approved, 1 of 1 have said yes: it begins now') as string,
    });
  });

  it('rejects, and says what the API refuses', async () => {
    await office.store(PLAN);
    expect(await reflex(ALICE, 'plans', 'reject', PLAN.id)).toMatchObject({
      code: 1,
      err: 'refused: This needs the role Approver. [REFLEX_ROLE_MISSING]',
    });
    expect(await reflex(BOB, 'plans', 'reject', PLAN.id, '--json')).toMatchObject({ code: 0 });
    expect(await reflex(BOB, 'plans', 'reject', PLAN.id)).toMatchObject({
      code: 1,
      err: 'refused: not-waiting: the plan is rejected [REFLEX_PLAN_COMMAND]',
    });
  });

  it('pauses, resumes and cancels', async () => {
    await office.store({ ...PLAN, state: 'running' });
    for (const [verb, state] of [
      ['pause', 'paused'],
      ['resume', 'running'],
      ['cancel', 'going-back'],
    ] as const) {
      expect(await reflex(ALICE, 'plans', verb, PLAN.id, '--reason', 'x')).toMatchObject({
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
    await office.store(PLAN);
    later = [() => undefined, ...states.map((state) => () => office.store({ ...PLAN, ...state }))];
    const { code, out } = await reflex(RITA, 'plans', 'watch', PLAN.id);
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
    await office.store({ ...PLAN, state: 'done', effect: { state: 'waiting', until: '2026-01-05T08:23:03.000Z' } });
    later = [() => office.store({ ...PLAN, state: 'done', effect })];
    const { code, out } = await reflex(RITA, 'plans', 'watch', PLAN.id);
    expect([code, out.split('\n').length]).toEqual([0, 2]);
  });

  it('ends with 1 when the plan ends otherwise, is not there, or takes too long', async () => {
    expect(await reflex(RITA, 'plans', 'watch', PLAN.id)).toMatchObject({ code: 1, out: '' });
    await office.store(PLAN);
    expect(await reflex(RITA, 'plans', 'watch', PLAN.id, '--timeout', '5')).toMatchObject({
      code: 1,
      err: 'it has not ended in time',
    });
    later = [() => office.store({ ...PLAN, state: 'rejected' })];
    const { code, out } = await reflex(RITA, 'plans', 'watch', PLAN.id, '--json');
    expect([code, out.split('\n').map((line) => (JSON.parse(line) as Plan).state)]).toEqual([
      1,
      ['waiting', 'rejected'],
    ]);
    expect(await reflex(RITA, 'plans', 'watch', PLAN.id, '--interval', '-1')).toMatchObject({ code: 2 });
  });

  it('goes on while nobody answers for a while', async () => {
    await office.store(PLAN);
    const token = (await office.token(RITA)).replace('Bearer ', '');
    let isDown = false;
    const fetch: typeof globalThis.fetch = (...args) =>
      isDown ? Promise.reject(new TypeError('fetch failed')) : fetchApi(...args);
    later = [
      () => void (isDown = true),
      async () => {
        isDown = false;
        await office.store({ ...PLAN, state: 'done' });
      },
    ];
    const environment = { REFLEX_TOKEN: token, REFLEX_URL: URL_OF_APP };
    expect(await reflexWith(environment, ['plans', 'watch', PLAN.id], fetch)).toMatchObject({
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
    [['pin', 'shop', 'weu', 'in'], { command: 'pin', state: 'in' }],
    [
      ['unpin', 'shop', 'weu', '--override', 'freeze', '--override', 'atleast-2'],
      { override: ['freeze', 'atleast-2'] },
    ],
  ])('%j is given to the API', async (args, asked) => {
    expect(await reflex(ALICE, ...args, '--reason', 'because', '--no-wait')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^taken: commands\//) as string,
    });
    expect(office.sent().map(openEnvelope)).toMatchObject([
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
    const { code, err } = await reflex(ALICE, ...args);
    expect([code, office.sent()]).toEqual([2, []]);
    expect(err).toContain(why);
  });

  it('show what becomes of them, with the words that come next', async () => {
    const became = (value: Record<string, string>) => async (): Promise<void> => {
      const [sent] = office.sent().map(openEnvelope);
      const id = sent?.kind === 'command' ? sent.given.id : '';
      const row = { schema: 1, id, by: 'alice', at: 'then', command: 'failover', edge: EDGE, reason: '', ...value };
      await office.rows.transact('edges', [{ kind: 'put', rowKey: `command|${id}`, value: row }]);
    };
    later = [() => undefined, became({ decision: 'pending-approval', plan: PLAN.id, digest: PLAN.digest })];
    expect(await reflex(ALICE, 'failover', 'shop', 'weu', '--key', 'k')).toMatchObject({
      code: 0,
      out: [
        'pending-approval',
        `plan     ${PLAN.id}`,
        `follow   reflex plans watch ${PLAN.id}`,
        `approve  reflex plans approve ${PLAN.id} ${DIGEST}`,
      ].join('\n'),
    });
    later = [became({ decision: 'refuse', reason: 'unknown-origin' })];
    expect(await reflex(ALICE, 'failback', 'shop', 'weu')).toMatchObject({ code: 1, out: 'refuse: unknown-origin' });
    later = [became({ decision: 'plan', reason: 'observe', plan: PLAN.id, digest: PLAN.digest })];
    await office.store({ ...PLAN, state: 'preview' });
    const shown = await reflex(ALICE, 'failover', 'shop', 'weu', '--dry-run');
    expect(shown.out.split('\n')).toEqual([
      'plan: observe',
      `plan     ${PLAN.id}`,
      expect.stringMatching(/^1\. /) as string,
      ...(PLAN.steps[0]?.predicates ?? []).map((words) => `     only if ${words}`),
      '     then wait 60 s and look at what it serves',
      'dry run: nothing was changed',
    ]);
    later = [became({ decision: 'shift', plan: PLAN.id, digest: PLAN.digest })];
    expect(JSON.parse((await reflex(ALICE, 'failback', 'shop', 'weu', '--json')).out)).toMatchObject({
      decision: 'shift',
    });
  });

  it('are taken although nobody looks at them in time', async () => {
    expect(await reflex(ALICE, 'failover', 'shop', 'weu')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^taken: /) as string,
    });
    expect(await reflex(ALICE, 'failover', 'nowhere', 'weu')).toMatchObject({ code: 1 });
  });
});

describe('reflex pages', () => {
  it('lists what is open, and says that somebody has seen it', async () => {
    expect((await reflex(RITA, 'pages')).out).toBe('no pages');
    await office.paging.raise(page({ key: 'edges#1', title: 'no-data\u001b[31m: weu', whatToDo: 'reflex edges' }));
    const { out } = await reflex(RITA, 'pages', 'list', '--limit', '5');
    expect(out).toMatch(/PAGE +RAISED +STATE[^]*due +critical +- +no-data\[31m: weu/);
    const [id = ''] = /^[0-9a-f]{12}/m.exec(out) ?? [];
    expect((await reflex(RITA, 'pages', 'ack', id)).code).toBe(1);
    expect((await reflex(ALICE, 'pages', 'ack', id)).out).toMatch(
      /is acknowledged, seen by alice at .*\nreflex edges$/,
    );
    expect(JSON.parse((await reflex(ALICE, 'pages', 'ack', id, '--json')).out)).toMatchObject({
      state: 'acknowledged',
    });
    await office.paging.resolve('edges#1');
    expect((await reflex(ALICE, 'pages', 'ack', id)).out).toMatch(/is resolved since .*, seen by alice/);
    expect(JSON.parse((await reflex(RITA, 'pages', '--state', 'resolved', '--json')).out)).toMatchObject({
      pages: [{ id }],
    });
    expect((await reflex(ALICE, 'pages', 'ack', 'nothing')).code).toBe(1);
  });
});

describe('reflex kill-switch', () => {
  it('is shown, turned on with a reason and turned off', async () => {
    expect((await reflex(RITA, 'kill-switch')).out).toBe('the kill switch is off');
    expect(await reflex(ALICE, 'kill-switch', 'on')).toMatchObject({
      code: 1,
      err: expect.stringContaining('[REFLEX_INVALID_REQUEST]') as string,
    });
    const at = office.clock.now().toISOString();
    expect(await reflex(ALICE, 'kill-switch', 'on', '--reason', 'all red')).toMatchObject({
      code: 0,
      out: `the kill switch is on, by alice at ${at}: all red`,
    });
    expect(JSON.parse((await reflex(RITA, 'kill-switch', 'show', '--json')).out)).toMatchObject({
      on: true,
      by: 'alice',
    });
    expect((await reflex(BOB, 'kill-switch', 'off')).out).toBe(`the kill switch is off, by bob at ${at}`);
  });
});

describe('reflex edges', () => {
  it('lists them and shows one', async () => {
    await office.store(PLAN);
    expect((await reflex(RITA, 'edges')).out).toMatch(
      /shop +1 +front-door +propose +propose +origin-neu origin-weu +0/,
    );
    const { out } = await reflex(RITA, 'edges', 'shop');
    expect(out).toMatch(/origin-weu +weu +shop-weu/);
    expect(out).toContain(`waiting  ${PLAN.id}`);
    expect(await reflex(RITA, 'edges', 'none', '--json')).toMatchObject({ code: 1 });
    office.tools = { ...office.tools, fleet: async () => ({ ...(await new Office().tools.fleet()), edges: [] }) };
    expect((await reflex(RITA, 'edges')).out).toBe('the fleet has no edges');
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
        return await fetchApi(input, init);
      }
      const form = init?.body as URLSearchParams;
      expect(Object.fromEntries(form)).toEqual({
        ...{ grant_type: 'password', client_id: 'client', username: 'rita', password: 'p' },
        scope: 'api://a/reflex.act',
      });
      return Response.json({ access_token: (await office.token(RITA)).replace('Bearer ', '') });
    };
    const args = ['kill-switch', '--as', 'rita', '--data', directory];
    expect(await reflexWith({}, args, fetch)).toMatchObject({ code: 0, out: 'the kill switch is off' });
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
    const { code, err } = await reflexWith(environment, ['edges', ...given], fetch);
    expect(code).toBe(2);
    expect(err).toMatch(why);
  });

  it('that answers with something else is refused', async () => {
    const fetch: typeof globalThis.fetch = () => Promise.resolve(new Response('<html>', { status: 502 }));
    const environment = { REFLEX_TOKEN: 't', REFLEX_URL: URL_OF_APP };
    expect(await reflexWith(environment, ['edges'], fetch)).toMatchObject({
      code: 1,
      err: 'refused: the answer is none of this API [HTTP 502]',
    });
    for (const odd of ['<html>', '{}']) {
      const answer: typeof globalThis.fetch = () => Promise.resolve(new Response(odd));
      expect(await reflexWith(environment, ['edges'], answer)).toMatchObject({
        code: 2,
        err: expect.stringContaining('the answer is none of this API') as string,
      });
    }
  });
});

describe('reflex openapi', () => {
  it('prints the description', async () => {
    expect(JSON.parse((await reflexWith({}, ['openapi'])).out)).toMatchObject({ openapi: '3.1.0' });
  });
});

describe('explain image RULE', () => {
  const view = {
    ...{ rule: 'web', image: 'contoso.azurecr.io/shop/web', policy: 'semver 1.x', asOf: '2026-01-05T08:00:00.000Z' },
    choices: [
      {
        ...{
          rule: 'web',
          stage: 'dev',
          policy: 'semver 1.x',
          tag: '1.5.0',
          digest: 'sha256:0',
          standing: [{ tag: '1.4.0' }],
          more: 2,
        },
        warnings: ['v1.5.0 ranks like 1.5.0'],
        considered: [{ tag: '1.5.0', verdict: 'chosen', reason: 'ranks first' } as const],
      },
    ],
    held: [],
  };

  it('prints what the rule would choose now, and why', async () => {
    office = new Office({ explainImage: () => Promise.resolve(view) });
    const { code, out } = await reflex(RITA, 'explain', 'image', 'web', '--repository', 'shop/web');
    expect(code).toBe(0);
    expect(out).toMatch(/dev: 1\.5\.0 {2}sha256:0/);
    expect(out).toMatch(/1\.5\.0 +chosen +ranks first/);
    expect(out).toContain('in Git: 1.4.0');
    expect(out).toContain('and 2 more');
    const json = await reflex(RITA, 'explain', 'image', 'web', '--repository', 'shop/web', '--json');
    expect(JSON.parse(json.out)).toMatchObject({ image: view.image, choices: [{ tag: '1.5.0' }] });
  });

  it('ends with 1 where the rule is held or not there', async () => {
    office = new Office({ explainImage: () => Promise.resolve({ ...view, held: [{ reason: 'no-candidate' }] }) });
    const held = await reflex(RITA, 'explain', 'image', 'web', '--repository', 'shop/web');
    expect([held.code, held.out]).toEqual([1, expect.stringContaining('held: no-candidate')]);
    expect((await reflex(RITA, 'explain', 'image', 'none')).code).toBe(1);
  });
});
