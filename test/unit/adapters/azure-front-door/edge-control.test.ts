import type { CdnManagementClientOptionalParams } from '@azure/arm-cdn';
import { expect, test } from 'vitest';

import { FrontDoorEdgeControl } from '../../../../shared/adapters/azure-front-door/edge-control.ts';

const GROUP = '/subscriptions/s/resourcegroups/rg/providers/Microsoft.Cdn/profiles/p/origingroups/og';
const ORIGIN = `${GROUP}/origins/West`;
const STATUS = 'https://management.azure.com/subscriptions/s/providers/Microsoft.Cdn/operationresults/1';

type Answer = readonly [status: number, body: object, headers?: Readonly<Record<string, string>>];
type HttpClient = NonNullable<CdnManagementClientOptionalParams['httpClient']>;
type Sent = Awaited<ReturnType<HttpClient['sendRequest']>>;

const origin = (provisioningState: string) => ({
  id: ORIGIN,
  properties: { enabledState: 'Disabled', weight: 500, priority: 1, provisioningState },
});
const accepted: Answer = [202, origin('Updating'), { 'azure-asyncoperation': STATUS, 'retry-after': '10' }];

function scripted(answers: readonly Answer[]) {
  const calls: string[] = [];
  const left = [...answers];
  const httpClient: HttpClient = {
    sendRequest(request) {
      calls.push(`${request.method} ${typeof request.body === 'string' ? request.body : ''}`.trim());
      const [status, body, headers = {}] = left.shift() ?? [500, {}];
      const copy = request.headers;
      for (const [name] of [...copy]) {
        copy.delete(name);
      }
      for (const [name, value] of Object.entries(headers)) {
        copy.set(name, value);
      }
      const response: Sent = { request, status, headers: copy, bodyAsText: JSON.stringify(body) };
      return Promise.resolve(response);
    },
  };
  const credential = { getToken: () => Promise.resolve({ token: 't', expiresOnTimestamp: 8.64e15 }) };
  return { calls, edge: new FrontDoorEdgeControl(credential, { httpClient }) };
}

test('a drain is one PATCH of one field, and another process goes on from the text of its state', async () => {
  const first = scripted([accepted, [200, { status: 'InProgress' }]]);
  const operation = await first.edge.begin(ORIGIN, { enabled: false });
  expect(first.calls).toEqual(['PATCH {"properties":{"enabledState":"Disabled"}}', 'GET']);
  const state = operation.status === 'running' ? operation.state : '';
  const second = scripted([
    [200, { status: 'Succeeded' }],
    [200, origin('Succeeded')],
  ]);
  expect(await second.edge.poll(ORIGIN, state)).toEqual({ status: 'succeeded' });
  expect(second.calls).toEqual(['GET', 'GET']);
});

test('a throttled PATCH is refused with its wait, and is not repeated', async () => {
  const { calls, edge } = scripted([[429, {}, { 'retry-after': '372' }]]);
  await expect(edge.begin(ORIGIN, { weight: 250 })).rejects.toMatchObject({ retryAfterMs: 372_000 });
  expect(calls).toHaveLength(1);
});

test.each<[string, readonly Answer[], string]>([
  ['a first poll that is throttled', [accepted, [429, {}]], 'unknown'],
  ['a server error', [[503, {}]], 'unknown'],
  ['an operation that failed', [accepted, [200, { status: 'Failed' }]], 'failed'],
  ['an operation that was canceled', [accepted, [200, { status: 'Canceled' }]], 'failed'],
  ['a final state that failed', [accepted, [200, { status: 'Succeeded' }], [200, origin('Failed')]], 'failed'],
  ['an acceptance without a status address', [[202, origin('Updating')]], 'unknown'],
])('%s', async (_title, answers, status) => {
  expect(await scripted(answers).edge.begin(ORIGIN, { enabled: false })).toMatchObject({ status });
});

test('origins are read with ids in lower case', async () => {
  const group = { id: GROUP, properties: { loadBalancingSettings: { additionalLatencyInMilliseconds: 50 } } };
  const { edge } = scripted([
    [200, group],
    [200, { value: [origin('Updating')] }],
  ]);
  expect(await edge.read(GROUP)).toEqual({
    origins: [{ id: ORIGIN.toLowerCase(), enabled: false, weight: 500, priority: 1, terminal: false }],
    routing: { method: 'latency-then-weight', latencySensitivityMs: 50, hasAffinity: false },
  });
});
