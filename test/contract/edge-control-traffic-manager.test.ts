import { describe, expect, it } from 'vitest';

import type { JsonObject } from '../../shared/domain/json.ts';
import { TrafficManagerEdgeControl } from '../../shared/adapters/azure-traffic-manager/edge-control.ts';
import { describeEdgeControl } from './edge-control.ts';
import { describeOverArm, openArmEdge, type ArmEdge } from './edge-control-over-arm.ts';

const edge = '/subscriptions/s/resourceGroups/RG/providers/Microsoft.Network/trafficManagerProfiles/Shop';
const [west, east] = [`${edge}/externalEndpoints/West`, `${edge}/externalEndpoints/East`];

const service: ArmEdge = {
  edge,
  west,
  seed: (arm) => {
    arm.seed({ id: edge, properties: {} });
    arm.seed({ id: west, properties: { weight: 500, target: 'west.contoso.com' } });
    arm.seed({ id: east, properties: { weight: 300, priority: 2, target: 'east.contoso.com' } });
  },
  control: ({ credential, httpClient }) => new TrafficManagerEdgeControl(credential, { httpClient }),
  properties: (change) =>
    'weight' in change ? { weight: change.weight } : { endpointStatus: change.enabled ? 'Enabled' : 'Disabled' },
  on: { read: 'GET trafficManagerProfiles/shop', begin: 'PATCH externalEndpoints/west', poll: 'LRO *' },
};

describeEdgeControl({
  name: 'Traffic Manager',
  edge,
  west,
  east,
  foreign: '/subscriptions/s/resourceGroups/RG/providers/Microsoft.Cdn/profiles/shop/originGroups/apps',
  isLongRunning: false,
  keepsLastOrigin: false,
  create: (options) => openArmEdge(service, options),
});
describeOverArm('Traffic Manager', service);

describe('Traffic Manager', () => {
  it('has no routes', async () => {
    expect(await openArmEdge(service).control.routesTo(edge)).toBeUndefined();
  });

  async function readWith(properties: JsonObject, at = west) {
    const { control, arm } = openArmEdge(service, { pageSize: 1 });
    arm.change(at, properties);
    return await control.read(edge);
  }

  it.each([
    [{ target: 'West.contoso.com.' }, ['west.contoso.com']],
    [{ target: null }, undefined],
    [{ target: '' }, undefined],
  ])('an endpoint with %j has its host', async (properties, hosts) => {
    expect((await readWith(properties)).origins[0]?.hosts).toEqual(hosts);
  });

  it.each([
    [{ endpointMonitorStatus: 'Online' }, 'healthy'],
    [{ endpointMonitorStatus: 'Degraded' }, 'unhealthy'],
    [{ endpointMonitorStatus: 'Inactive' }, 'unhealthy'],
    [{ endpointMonitorStatus: 'Stopped' }, 'unhealthy'],
    [{ endpointMonitorStatus: 'CheckingEndpoint' }, 'unknown'],
    [{ endpointMonitorStatus: 'Disabled', endpointStatus: 'Disabled' }, 'unknown'],
    [{ endpointMonitorStatus: 'Unmonitored' }, 'unknown'],
    [{ endpointMonitorStatus: 'SomethingNew' }, 'unknown'],
    [{ endpointMonitorStatus: null }, 'unknown'],
    [{ endpointMonitorStatus: 'Unmonitored', alwaysServe: 'Enabled' }, 'always'],
    [{ endpointMonitorStatus: 'Degraded', alwaysServe: 'Enabled' }, 'always'],
    [{ endpointMonitorStatus: 'Online', alwaysServe: 'Disabled' }, 'healthy'],
  ])('an endpoint with %j', async (properties, monitor) => {
    const { origins } = await readWith(properties);
    expect(origins[0]).toMatchObject({ monitor });
    expect(origins[1]).toMatchObject({ monitor: 'healthy' });
  });

  it.each([
    ['Weighted', 'weight'],
    ['weighted', 'weight'],
    ['Priority', 'priority'],
    ['Performance', 'other'],
    ['Geographic', 'other'],
  ])('routes by %s', async (trafficRoutingMethod, method) => {
    const { routing } = await readWith({ trafficRoutingMethod, dnsConfig: { ttl: 45 } }, edge);
    expect(routing).toEqual({ method, hasAffinity: false, ttlSeconds: 45 });
  });

  it.each([null, {}, { ttl: null }])('tells no time to live that the profile does not tell: %j', async (dnsConfig) => {
    expect((await readWith({ dnsConfig }, edge)).routing).toEqual({ method: 'weight', hasAffinity: false });
  });

  it.each([
    [{ intervalInSeconds: 30, toleratedNumberOfFailures: 3, timeoutInSeconds: 10 }, { outAfterSeconds: 130 }],
    [{ intervalInSeconds: 10, toleratedNumberOfFailures: 0, timeoutInSeconds: 5 }, { outAfterSeconds: 15 }],
    [{ intervalInSeconds: 30, toleratedNumberOfFailures: 3 }, {}],
  ])('tells how long probes fail until an endpoint is left out: %j', async (pace, told) => {
    const { routing } = await readWith({ monitorConfig: { path: '/healthz', ...pace } }, edge);
    expect(routing.probe).toEqual({ path: '/healthz', ...told });
  });

  it('reads endpoints of every type, and writes them by theirs', async () => {
    const { control, arm, requests } = openArmEdge(service);
    const [azure, nested] = [`${edge}/azureEndpoints/a`, `${edge}/nestedEndpoints/n`];
    arm.seed({ id: azure, properties: { priority: 3 } });
    arm.seed({ id: nested, properties: { priority: 4 } });
    const { origins } = await control.read(edge);
    expect(origins.map(({ id }) => id).toSorted()).toEqual(
      [azure, east, nested, west].map((id) => id.toLowerCase()).toSorted(),
    );
    for (const { id } of origins) {
      expect(await control.begin(id, { weight: 6 })).toEqual({ status: 'succeeded' });
    }
    expect(arm.accepted.map(({ id }) => id)).toEqual(origins.map(({ id }) => id));
    expect(requests).toHaveLength(5);
  });

  it.each([{ weight: null }, { priority: null }])('an endpoint with %j is no answer', async (properties) => {
    await expect(readWith(properties)).rejects.toMatchObject({ code: 'REFLEX_UPSTREAM', status: 502 });
  });

  it("a refusal for another's write has the words of the service", async () => {
    const { control, arm } = openArmEdge(service);
    arm.faults.set([{ on: 'PATCH externalEndpoints/west', status: 409 }]);
    await expect(control.begin(west, { weight: 7 })).rejects.toMatchObject({
      code: 'REFLEX_RESOURCE_BUSY',
      cause: { code: 'Conflict', message: expect.stringContaining('trying to update one profile') as string },
    });
  });
});
