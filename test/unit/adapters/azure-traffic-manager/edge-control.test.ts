import type { TrafficManagerManagementClientOptionalParams } from '@azure/arm-trafficmanager';
import { expect, test } from 'vitest';

import { ResourceBusyError } from '../../../../shared/errors.ts';
import { TrafficManagerEdgeControl } from '../../../../shared/adapters/azure-traffic-manager/edge-control.ts';

const PROFILE = '/subscriptions/s/resourcegroups/rg/providers/Microsoft.Network/trafficManagerProfiles/p';
const ENDPOINT = `${PROFILE}/externalEndpoints/West`;

type HttpClient = NonNullable<TrafficManagerManagementClientOptionalParams['httpClient']>;

function answering(status: number, body: object) {
  const calls: string[] = [];
  const httpClient: HttpClient = {
    sendRequest(request) {
      calls.push(`${request.method} ${typeof request.body === 'string' ? request.body : ''}`.trim());
      return Promise.resolve({ request, status, headers: request.headers, bodyAsText: JSON.stringify(body) });
    },
  };
  const credential = { getToken: () => Promise.resolve({ token: 't', expiresOnTimestamp: 8.64e15 }) };
  return { calls, edge: new TrafficManagerEdgeControl(credential, { httpClient }) };
}

const endpoint = { id: ENDPOINT, properties: { endpointStatus: 'Enabled', weight: 25, priority: 1 } };

test('a drain is one PATCH of one field, done at once', async () => {
  const { calls, edge } = answering(200, endpoint);
  expect(await edge.begin(ENDPOINT, { enabled: false })).toEqual({ status: 'succeeded' });
  expect(calls).toEqual(['PATCH {"properties":{"endpointStatus":"Disabled"}}']);
});

test('a conflicting write is refused and not repeated; a server error leaves it unknown', async () => {
  const conflict = answering(409, { error: { code: 'Conflict', message: 'Conflicting changes' } });
  await expect(conflict.edge.begin(ENDPOINT, { weight: 7 })).rejects.toBeInstanceOf(ResourceBusyError);
  expect(conflict.calls).toHaveLength(1);
  expect(await answering(502, {}).edge.begin(ENDPOINT, { weight: 7 })).toMatchObject({ status: 'unknown' });
});

test('endpoints are read with ids in lower case', async () => {
  const { edge } = answering(200, { id: PROFILE, properties: { endpoints: [endpoint] } });
  expect(await edge.read(PROFILE)).toEqual({
    origins: [
      { id: ENDPOINT.toLowerCase(), enabled: true, weight: 25, priority: 1, terminal: true, monitor: 'unknown' },
    ],
    routing: { method: 'other', hasAffinity: false },
  });
});
