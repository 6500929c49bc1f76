import { describe, expect, it } from 'vitest';

import { answerAdmin, type HostState } from '../../../../local/host/admin.ts';
import { answerEventGrid } from '../../../../local/host/event-grid-webhook.ts';
import { answerHttp } from '../../../../local/host/http-trigger.ts';
import type { Binding, Invocation, Worker } from '../../../../local/host/worker.ts';

interface Call {
  readonly name: string;
  readonly data: Record<string, unknown>;
}

function workerWith(
  triggers: Readonly<Record<string, Partial<Binding>>>,
  answer: (call: Call) => unknown = () => undefined,
): { readonly worker: Worker; readonly calls: Call[] } {
  const calls: Call[] = [];
  const functions = Object.entries(triggers).map(([name, trigger]) => ({
    name,
    trigger: { type: 'httpTrigger', direction: 'in', ...trigger },
    triggerName: 'trigger',
    bindings: {},
  }));
  const worker = {
    functions: () => functions,
    invoke: (name: string, { data }: Invocation) => {
      const call = { name, data: data as Record<string, unknown> };
      calls.push(call);
      const returned = answer(call);
      return Promise.resolve(
        returned instanceof Error
          ? { ok: false, message: returned.message, stack: '' }
          : { ok: true, returnValue: returned },
      );
    },
  } as unknown as Worker;
  return { worker, calls };
}

const KEYS = { master: 'm', functions: 'f' };

async function get(
  worker: Worker,
  path: string,
  { method = 'GET', headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Response> {
  const request = new Request(`http://127.0.0.1${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
  const isDisabled = (name: string): boolean => name === 'off';
  return await answerHttp(request, worker, { keys: KEYS, prefix: 'api', isDisabled });
}

describe('an HTTP trigger', () => {
  it.each([
    ['its name', {}, '/api/one', {}],
    ['letter case', {}, '/API/One', {}],
    ['a parameter', { route: 'records/{id}' }, '/api/records/a%20b', { id: 'a b' }],
    ['an optional parameter', { route: 'records/{id?}' }, '/api/records', {}],
    ['a number', { route: 'n/{n:int}' }, '/api/n/-7', { n: '-7' }],
    ['the rest', { route: 'files/{*path}' }, '/api/files/a/b', { path: 'a/b' }],
  ])('is found by %s', async (_, trigger, path, params) => {
    const { worker, calls } = workerWith({ one: trigger });
    expect((await get(worker, path)).status).toBe(204);
    expect((calls[0]?.data['http'] as { params: object }).params).toEqual(params);
  });

  it.each([
    ['another path', {}, '/api/two', 'GET'],
    ['no prefix', {}, '/one', 'GET'],
    ['another method', { methods: ['POST'] }, '/api/one', 'GET'],
    ['a word for a number', { route: 'n/{n:int}' }, '/api/n/x', 'GET'],
    ['an escape that is none', { route: 'records/{id}' }, '/api/records/%zz', 'GET'],
    ['a name in a pattern that is none', { route: 'a.b' }, '/api/axb', 'GET'],
  ])('is not there for %s', async (_, trigger, path, method) => {
    const { worker } = workerWith({ one: trigger });
    expect((await get(worker, path, { method })).status).toBe(404);
  });

  it.each([
    ['anonymous', '', 204],
    ['function', '', 401],
    ['function', 'f', 204],
    ['function', 'm', 204],
    ['admin', 'f', 401],
    ['admin', 'm', 204],
  ])('of level %s with key %j answers %i', async (authLevel, key, status) => {
    const { worker } = workerWith({ one: { authLevel } });
    expect((await get(worker, `/api/one?code=${key}`)).status).toBe(status);
    expect((await get(worker, '/api/one?code=wrong', { headers: { 'x-functions-key': key } })).status).toBe(status);
  });

  it('that is disabled is there for the master key alone', async () => {
    const { worker } = workerWith({ off: {} });
    expect((await get(worker, '/api/off')).status).toBe(404);
    expect((await get(worker, '/api/off?code=m')).status).toBe(204);
  });

  it('answers what the function returns, and 500 without a word when it throws', async () => {
    const made = workerWith({ one: { methods: ['POST'] } }, ({ data }) => {
      const { body } = data['http'] as { body: { bytes: Uint8Array } };
      return {
        http: { statusCode: '201', headers: { 'x-a': 'b' }, body: { string: Buffer.from(body.bytes).toString() } },
      };
    });
    const answer = await get(made.worker, '/api/one', { method: 'POST', body: 'hello' });
    expect([answer.status, answer.headers.get('x-a'), await answer.text()]).toEqual([201, 'b', 'hello']);
    const broken = await get(workerWith({ one: {} }, () => new Error('secret')).worker, '/api/one');
    expect([broken.status, await broken.text()]).toEqual([500, '']);
  });
});

describe('the Event Grid webhook', () => {
  const trigger = { 'on-event': { type: 'eventGridTrigger' }, off: { type: 'eventGridTrigger' } };

  async function post(
    worker: Worker,
    { name = 'on-event', type = 'Notification', body = '[{"id":"1","data":{"a":1}}]', method = 'POST', key = 'k' } = {},
  ): Promise<Response> {
    const headers = {
      'webhook-request-origin': 'eventgrid.azure.us',
      ...(type === '' ? {} : { 'aeg-event-type': type }),
    };
    const url = `http://127.0.0.1/runtime/webhooks/EventGrid?functionName=${name}&code=${key}`;
    const request = new Request(url, { method, headers, ...(method === 'POST' ? { body } : {}) });
    return await answerEventGrid(request, worker, { keys: ['k'], isDisabled: (name) => name === 'off' });
  }

  it.each([
    ['a wrong key', { key: 'x' }, 401],
    ['a function that is not there', { name: 'nobody' }, 404],
    ['a function that is disabled', { name: 'off' }, 404],
    ['no header', { type: '' }, 400],
    ['another header', { type: 'Sermon' }, 400],
    ['an unsubscription', { type: 'Unsubscribe' }, 202],
    ['a body that is no JSON', { body: '{' }, 400],
    ['a handshake without a code', { type: 'SubscriptionValidation', body: '[{}]' }, 400],
    ['a delivery', {}, 202],
    ['a header in other letters', { type: 'NOTIFICATION' }, 202],
  ])('answers %s with its status', async (_, options, status) => {
    expect((await post(workerWith(trigger).worker, options)).status).toBe(status);
  });

  it.each([['[{"data":{"validationCode":"abc"}}]'], ['{"data":"{\\"validationCode\\":\\"abc\\"}"}']])(
    'shakes hands: %s',
    async (body) => {
      const answer = await post(workerWith(trigger).worker, { type: 'SubscriptionValidation', body });
      expect(await answer.json()).toEqual({ validationResponse: 'abc' });
    },
  );

  it('shakes hands the CloudEvents way', async () => {
    const answer = await post(workerWith(trigger).worker, { method: 'OPTIONS' });
    expect([answer.status, answer.headers.get('webhook-allowed-origin')]).toEqual([200, 'eventgrid.azure.us']);
  });

  it('runs the function once for each event, and fails the whole delivery if one fails', async () => {
    const body = JSON.stringify([{ id: '1' }, { id: '2' }, { id: '3' }]);
    const { worker, calls } = workerWith(trigger, ({ data }) =>
      String(data['json']).includes('"2"') ? new Error('two is bad') : undefined,
    );
    const answer = await post(worker, { body });
    expect([answer.status, await answer.text(), calls.length]).toEqual([500, 'two is bad', 3]);
    expect((await post(worker, { body: '{"id":"1"}' })).status).toBe(202);
  });
});

describe('the admin API', () => {
  const { worker, calls } = workerWith({ one: {}, tick: { type: 'timerTrigger' }, jobs: { type: 'queueTrigger' } });
  const host = { worker, state: 'Running' as HostState, stop: () => Promise.resolve(void (host.state = 'Stopping')) };

  async function ask(method: string, path: string, body?: string, key = 'm'): Promise<Response> {
    const request = new Request(`http://127.0.0.1/admin/${path}?code=${key}`, {
      method,
      ...(body === undefined ? {} : { body }),
    });
    return await answerAdmin(request, host, 'm');
  }

  it.each([
    ['GET', 'host/status', undefined, 'wrong', 401],
    ['GET', 'host/status', undefined, 'm', 200],
    ['POST', 'host/ping', undefined, 'm', 200],
    ['GET', 'functions', undefined, 'm', 200],
    ['GET', 'functions/One', undefined, 'm', 200],
    ['GET', 'functions/nobody', undefined, 'm', 404],
    ['POST', 'functions/nobody', '{}', 'm', 404],
    ['POST', 'functions/one', undefined, 'm', 400],
    ['GET', 'elsewhere', undefined, 'm', 404],
  ])('%s %s', async (method, path, body, key, status) => {
    expect((await ask(method, path, body, key)).status).toBe(status);
  });

  it('runs a function by hand, in the background, with its input as its trigger has it', async () => {
    expect((await ask('POST', 'functions/tick', '{}')).status).toBe(202);
    expect((await ask('POST', 'functions/jobs', '{"input":"hello"}')).status).toBe(202);
    expect(calls.slice(-2)).toEqual([
      { name: 'tick', data: { json: 'null' } },
      { name: 'jobs', data: { string: 'hello' } },
    ]);
  });

  it('drains', async () => {
    const state = async (): Promise<unknown> =>
      ((await (await ask('GET', 'host/drain/status')).json()) as { state: string }).state;
    expect(await state()).toBe('Disabled');
    expect((await ask('POST', 'host/drain')).status).toBe(202);
    expect(await state()).toBe('InProgress');
    host.state = 'Offline';
    expect(await state()).toBe('Completed');
  });
});
