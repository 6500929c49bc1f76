import { InvocationContext } from '@azure/functions';
import * as df from 'durable-functions';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { serve, type Served } from '../../../../local/http/serve.ts';
import { Stage, type Shown } from './stage.ts';

let stage: Stage;

beforeEach(async () => {
  stage = new Stage();
  await stage.start();
});

afterEach(async () => {
  await stage.durable.stop();
  expect(stage.errors).toEqual([]);
});

async function statusOf(method: string, path: string, body?: unknown): Promise<number> {
  return (await stage.call(method, path, body)).status;
}

describe('the management API', () => {
  it('answers a start with 202, the addresses, Location and Retry-After', async () => {
    const answer = await stage.call('POST', 'orchestrators/waits/w', { n: 1 });
    const urls = (await answer.json()) as Record<string, string>;
    expect(answer.status).toBe(202);
    expect(answer.headers.get('retry-after')).toBe('10');
    expect(answer.headers.get('location')).toBe(urls['statusQueryGetUri']);
    expect(urls['id']).toBe('w');
    expect((await stage.durable.handle(new Request(urls['statusQueryGetUri']!))).status).toBe(202);
  });

  it('makes up an id when none is given', async () => {
    const answer = await stage.call('POST', 'orchestrators/waits');
    expect(await answer.json()).toMatchObject({ id: expect.stringMatching(/^[0-9a-f]{32}$/) as string });
  });

  it.each([
    ['@starts-with-at'],
    ['has%2Fslash'],
    ['has%5Cbackslash'],
    ['has%23hash'],
    ['has%3Fquestion'],
    ['has%00control'],
    ['x'.repeat(257)],
    ['%E0%A4%A'],
  ])('refuses the id %s with 400', async (id) => {
    expect(await statusOf('POST', `orchestrators/waits/${id}`)).toBe(400);
  });

  it('takes an id of 256 characters that needs encoding', async () => {
    const id = 'ä:'.repeat(128);
    const answer = await stage.call('POST', `orchestrators/waits/${encodeURIComponent(id)}`);
    const location = answer.headers.get('location')!;
    expect(await (await stage.durable.handle(new Request(location))).json()).toMatchObject({ instanceId: id });
  });

  it('refuses a running id with 409 and takes an ended one again', async () => {
    expect(await statusOf('POST', 'orchestrators/waits/w')).toBe(202);
    expect(await statusOf('POST', 'orchestrators/waits/w')).toBe(409);
    await stage.call('POST', 'instances/w/terminate');
    expect(await statusOf('POST', 'orchestrators/waits/w', 'again')).toBe(202);
    expect(await stage.status('w')).toMatchObject({ input: 'again', output: null });
  });

  it('refuses what is not JSON with 400', async () => {
    const post = (path: string, contentType: string): Promise<Response> =>
      stage.durable.handle(
        new Request(`http://127.0.0.1/durabletask/${path}`, {
          method: 'POST',
          body: '{',
          headers: { 'content-type': contentType },
        }),
      );
    await stage.call('POST', 'orchestrators/waits/w');
    expect((await post('orchestrators/waits/x', 'application/json')).status).toBe(400);
    expect((await post('instances/w/raiseEvent/go', 'application/json')).status).toBe(400);
    expect((await post('instances/w/raiseEvent/go', 'text/plain')).status).toBe(400);
  });

  it.each([
    ['GET', 'instances/nobody'],
    ['DELETE', 'instances/nobody'],
    ['POST', 'instances/nobody/terminate'],
    ['POST', 'instances/nobody/raiseEvent/go'],
    ['POST', 'instances/nobody/rewind'],
    ['GET', 'entities/counter/a'],
    ['GET', 'orchestrators/waits'],
    ['PUT', 'instances/'],
  ])('answers %s %s with 404', async (method, path) => {
    expect(await statusOf(method, path)).toBe(404);
  });

  it('answers commands to an ended instance with 410', async () => {
    await stage.play('echoes', 'e');
    for (const operation of ['terminate', 'suspend', 'resume', 'raiseEvent/go']) {
      expect([operation, await statusOf('POST', `instances/e/${operation}`, 1)]).toEqual([operation, 410]);
    }
  });

  it('shows 202 while it runs and 200 when it has ended', async () => {
    await stage.call('POST', 'orchestrators/waits/w');
    const running = await stage.call('GET', 'instances/w');
    expect([running.status, running.headers.get('retry-after')]).toEqual([202, '5']);
    expect(running.headers.get('location')).toMatch(/instances\/w$/);
    await stage.play('echoes', 'e', 'x');
    const ended = await stage.call('GET', 'instances/e?showInput=false');
    expect([ended.status, ended.headers.get('location')]).toEqual([200, null]);
    expect(await ended.json()).toEqual({
      name: 'echoes',
      instanceId: 'e',
      runtimeStatus: 'Completed',
      input: null,
      customStatus: null,
      output: 'x',
      createdTime: '2026-01-05T08:00:00Z',
      lastUpdatedTime: '2026-01-05T08:00:00Z',
      historyEvents: null,
    });
  });

  it('shows a failure as 500 only to those who ask', async () => {
    await stage.play('fails', 'f');
    expect(await statusOf('GET', 'instances/f')).toBe(200);
    expect(await statusOf('GET', 'instances/f?returnInternalServerErrorOnFailure=true')).toBe(500);
  });

  it('tells the history without the episodes and with results on request', async () => {
    await stage.play('echoes', 'e', 'x');
    const { historyEvents } = await stage.status('e', '?showHistory=true&showHistoryOutput=true');
    expect(historyEvents).toMatchObject([
      { EventType: 'ExecutionStarted', FunctionName: 'echoes' },
      { EventType: 'TaskCompleted', FunctionName: 'echo', Result: 'x' },
      { EventType: 'ExecutionCompleted', Result: 'x' },
    ]);
  });

  it('purges what has ended and refuses what runs with 412', async () => {
    await stage.call('POST', 'orchestrators/waits/w');
    await stage.play('echoes', 'e');
    expect(await statusOf('DELETE', 'instances/w')).toBe(412);
    expect(await (await stage.call('DELETE', 'instances/e')).json()).toEqual({ instancesDeleted: 1 });
    expect(await statusOf('GET', 'instances/e')).toBe(404);
    expect(await statusOf('DELETE', 'instances/')).toBe(400);
    expect(await statusOf('DELETE', 'instances/?createdTimeFrom=2026-01-01')).toBe(404);
    expect(await statusOf('GET', 'instances/w')).toBe(202);
  });

  it('finds instances by status, time and prefix, page by page', async () => {
    await stage.call('POST', 'orchestrators/waits/a-1');
    await stage.play('echoes', 'a-2');
    await stage.play('echoes', 'b-1');
    const find = async (query: string, token?: string): Promise<[string[], string | null]> => {
      const request = new Request(`http://127.0.0.1/durabletask/instances/?${query}`, {
        headers: token === undefined ? {} : { 'x-ms-continuation-token': token },
      });
      const answer = await stage.durable.handle(request);
      const shown = (await answer.json()) as Shown[];
      return [shown.map(({ instanceId }) => instanceId), answer.headers.get('x-ms-continuation-token')];
    };
    expect(await find('')).toEqual([['a-1', 'a-2', 'b-1'], null]);
    expect(await find('runtimeStatus=Running,Completed&instanceIdPrefix=a')).toEqual([['a-1', 'a-2'], null]);
    expect(await find('runtimeStatus=Completed')).toEqual([['a-2', 'b-1'], null]);
    expect(await find('createdTimeTo=2026-01-01T00:00:00Z')).toEqual([[], null]);
    const [page, token] = await find('top=2');
    expect(page).toEqual(['a-1', 'a-2']);
    expect(await find('top=2', token!)).toEqual([['b-1'], null]);
  });

  it('restarts under a new id, or under the same when asked', async () => {
    await stage.play('echoes', 'e', 'x');
    const again = (await (await stage.call('POST', 'instances/e/restart')).json()) as { id: string };
    await stage.settle();
    expect(await stage.status(again.id)).toMatchObject({ input: 'x', output: 'x' });
    expect(await statusOf('POST', 'instances/e/restart?restartWithNewInstanceId=false')).toBe(202);
  });

  it('does not rewind', async () => {
    await stage.play('fails', 'f');
    await stage.play('echoes', 'e');
    expect(await statusOf('POST', 'instances/f/rewind')).toBe(501);
    expect(await statusOf('POST', 'instances/e/rewind')).toBe(412);
  });

  it.each([
    ['without a key', '', {}, 401],
    ['with a wrong key', '?code=wrong', {}, 401],
    ['with the key in the query', '?code=key', {}, 200],
    ['with the key in the header', '', { 'x-functions-key': 'key' }, 200],
  ])('answers the webhook address %s', async (_, query, headers, status) => {
    const request = new Request(`http://127.0.0.1/runtime/webhooks/DurableTask/instances/${query}`, { headers });
    expect((await stage.durable.handle(request)).status).toBe(status);
  });
});

describe('the DurableClient of durable-functions', () => {
  let served: Served;
  let client: df.DurableClient;

  beforeEach(async () => {
    served = await serve(stage.durable.handle);
    const input = df.input.durableClient();
    const context = new InvocationContext({ options: { extraInputs: [input] } });
    context.extraInputs.set(input, JSON.parse(stage.durable.clientBinding(served.url)));
    client = df.getClient(context);
  });

  afterEach(() => served.close());

  it('starts, watches, wakes and purges an orchestration', async () => {
    const id = await client.startNew('waits', { input: { n: 1 } });
    await stage.settle();
    expect(await client.getStatus(id)).toMatchObject({ runtimeStatus: 'Running', input: { n: 1 } });
    await client.raiseEvent(id, 'go', { by: 'ann' });
    await stage.settle();
    expect(await client.getStatus(id)).toMatchObject({ runtimeStatus: 'Completed', output: { by: 'ann' } });
    expect(await client.purgeInstanceHistory(id)).toEqual({ instancesDeleted: 1 });
    await expect(client.getStatus(id)).rejects.toThrow(/404/);
  });

  it('suspends, resumes and terminates', async () => {
    await client.startNew('waits', { instanceId: 'w' });
    await expect(client.startNew('waits', { instanceId: 'w' })).rejects.toThrow(/409/);
    await client.suspend('w', 'hold');
    expect((await client.getStatus('w')).runtimeStatus).toBe('Suspended');
    await client.resume('w', 'go');
    await client.terminate('w', 'enough');
    expect(await client.getStatus('w')).toMatchObject({ runtimeStatus: 'Terminated', output: 'enough' });
    const found = await client.getStatusBy({ runtimeStatus: [df.OrchestrationRuntimeStatus.Terminated] });
    expect(found.map(({ instanceId }) => instanceId)).toEqual(['w']);
  });
});
