import { describe, expect, it } from 'vitest';

import { LocalArm } from '../../../local/arm/local-arm.ts';
import { nodePool } from '../../../local/arm/node-pools.ts';
import { actionOf } from '../../../local/arm/permissions.ts';
import { inProcess } from '../../../local/http/in-process.ts';
import type { Handler } from '../../../local/http/serve.ts';
import { SeededRandom } from '../../../local/time/seeded-random.ts';
import { VirtualClock } from '../../../local/time/virtual-clock.ts';
import { AksNodePools } from '../../../shared/adapters/azure-aks/node-pools.ts';
import { ArmPermissions } from '../../../shared/adapters/azure-authorization/permissions.ts';
import { FrontDoorEdgeControl } from '../../../shared/adapters/azure-front-door/edge-control.ts';
import { AzureMonitorEdgeReadings } from '../../../shared/adapters/azure-monitor/edge-readings.ts';
import { ResourceHealthEvidence } from '../../../shared/adapters/resource-health/availability.ts';
import { ServiceHealthEvidence } from '../../../shared/adapters/resource-health/service-issues.ts';
import { TrafficManagerEdgeControl } from '../../../shared/adapters/azure-traffic-manager/edge-control.ts';
import { ACTIONS } from '../../../shared/domain/azure/actions.ts';
import type { Log } from '../../../shared/ports/log.ts';
import type { Operation } from '../../../shared/ports/operation.ts';

const GROUP = '/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/g/providers';
const PROFILE = `${GROUP}/Microsoft.Cdn/profiles/p`;
const [OWN, OTHER] = [`${PROFILE}/originGroups/apps`, `${PROFILE}/originGroups/apps-b`];
const ROUTE = `${PROFILE}/afdEndpoints/shop/routes/main`;
const NAMES = `${GROUP}/Microsoft.Network/trafficManagerProfiles/p`;
const CLUSTER = `${GROUP}/Microsoft.ContainerService/managedClusters/neu`;
const KINDS = ['azureEndpoints', 'externalEndpoints', 'nestedEndpoints'] as const;
const TOKEN = { getToken: () => Promise.resolve({ token: 'a-token', expiresOnTimestamp: 8.64e15 }) };

/** Azure, and the actions that it was asked for, in lower case. */
function azure() {
  const clock = new VirtualClock();
  const metrics = () => Promise.resolve(Response.json({ value: [] }));
  const arm = new LocalArm({ clock, random: new SeededRandom(1), metrics });
  const origins = [OWN, OTHER].map((group) => `${group}/origins/neu`);
  [PROFILE, OWN, OTHER, ...origins].forEach((id) => arm.seed({ id, properties: { hostName: 'neu.example' } }));
  arm.seed({ id: `${PROFILE}/afdEndpoints/shop`, properties: {} });
  arm.seed({ id: ROUTE, properties: { originGroup: { id: OWN } } });
  [NAMES, ...KINDS.map((kind) => `${NAMES}/${kind}/neu`)].forEach((id) => arm.seed({ id, properties: {} }));
  arm.seed({ id: CLUSTER, properties: {} });
  arm.seed(nodePool(CLUSTER, 'user', { count: 1, autoscaler: { min: 1, max: 3 } }));
  const asked = new Set<string>();
  const handler: Handler = async (request) => {
    const { pathname } = new URL(request.url);
    asked.add(actionOf(request.method, pathname).toLowerCase());
    return await arm.handler(request);
  };
  return { clock, asked, httpClient: inProcess(handler), handler };
}

function lower(...actions: readonly string[]): ReadonlySet<string> {
  return new Set(actions.map((action) => action.toLowerCase()));
}

interface Followed {
  poll(resource: string, state: string): Promise<Operation>;
}

/** Asks how a write ends until it has. */
async function follow(clock: VirtualClock, control: Followed, resource: string, begun: Operation): Promise<void> {
  for (let operation = begun; operation.status === 'running';) {
    await clock.advance(60_000);
    operation = await control.poll(resource, operation.state);
  }
}

describe('the actions that are asked for are those of the calls that are made', () => {
  it('to Front Door', async () => {
    const { clock, asked, httpClient } = azure();
    const control = new FrontDoorEdgeControl(TOKEN, { httpClient });
    await control.read(OWN);
    expect(asked).toEqual(lower(...ACTIONS.readFrontDoor));
    await follow(clock, control, `${OWN}/origins/neu`, await control.begin(`${OWN}/origins/neu`, { weight: 7 }));
    expect(asked).toEqual(lower(...ACTIONS.readFrontDoor, ...ACTIONS.steerFrontDoor, ...ACTIONS.followFrontDoor));
    asked.clear();
    await control.routesTo(OWN);
    expect(asked).toEqual(lower(...ACTIONS.readRoutes));
    await control.read(OWN, { originGroup: OTHER.toLowerCase(), routes: [ROUTE.toLowerCase()] });
    await follow(clock, control, ROUTE, await control.begin(ROUTE, { originGroup: OTHER }));
    const written = lower(...ACTIONS.moveRoutes, ...ACTIONS.followFrontDoor);
    expect(asked).toEqual(new Set([...lower(...ACTIONS.readFrontDoor, ...ACTIONS.readRoutes), ...written]));
  });

  it('to Traffic Manager', async () => {
    const { asked, httpClient } = azure();
    const control = new TrafficManagerEdgeControl(TOKEN, { httpClient });
    await control.read(NAMES);
    expect(asked).toEqual(lower(...ACTIONS.readTrafficManager));
    for (const kind of KINDS) {
      asked.clear();
      await control.begin(`${NAMES}/${kind}/neu`, { enabled: false });
      expect(asked).toEqual(lower(...ACTIONS[kind]));
    }
  });

  it('to AKS', async () => {
    const { clock, asked, httpClient } = azure();
    const pools = new AksNodePools(TOKEN, { httpClient });
    await pools.read(CLUSTER);
    expect(asked).toEqual(lower(...ACTIONS.readPools));
    const pool = `${CLUSTER}/agentPools/user`;
    await follow(clock, pools, pool, await pools.begin(pool, { minCount: 2 }));
    expect(asked).toEqual(lower(...ACTIONS.readPools, ...ACTIONS.scalePools, ...ACTIONS.followPools));
  });

  it('to Azure Monitor, Resource Health and about permissions', async () => {
    const { clock, asked, handler } = azure();
    const ignore = (): void => undefined;
    const log: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
    const options = { clock, log, armToken: () => Promise.resolve('a-token'), fetch: handler };
    const origins = [{ name: 'neu', id: `${OWN}/origins/neu`, region: 'northeurope', cluster: 'neu' }];
    const edge = { id: OWN.toLowerCase(), service: 'front-door', profile: PROFILE, origins } as const;
    const clusters = [{ name: 'neu', resourceId: { key: CLUSTER }, capacityPerNode: 80 }];
    const fleet = () => Promise.resolve({ edges: [edge], clusters });
    await clock.run(new AzureMonitorEdgeReadings({ ...options, fleet }).read(OWN));
    const [, readOrigins] = ACTIONS.readFrontDoor;
    expect(asked).toEqual(lower(readOrigins, ...ACTIONS.readPools, ...ACTIONS.metrics));
    asked.clear();
    const evidence = { clusterIds: { neu: CLUSTER }, resourceHealth: true } as const;
    await clock.run(new ResourceHealthEvidence(options).measure({ ...edge, evidence }));
    expect(asked).toEqual(lower(...ACTIONS.resourceHealth));
    asked.clear();
    const services = { clusterIds: { neu: CLUSTER }, serviceHealth: { services: ['virtual machines'] } } as const;
    await clock.run(new ServiceHealthEvidence(options).measure({ ...edge, evidence: services }));
    expect(asked).toEqual(lower(...ACTIONS.serviceHealth));
    asked.clear();
    await new ArmPermissions(options).read(OWN);
    expect(asked).toEqual(lower(...ACTIONS.permissions));
  });
});
