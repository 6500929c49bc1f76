import { describe, expect, it } from 'vitest';

import { ACTIONS, DATA_ACTIONS } from '../../../../shared/domain/azure/actions.ts';
import type { FleetCluster, FleetEdge } from '../../../../shared/fleet/model.ts';
import { needsOf } from '../../../../shared/reactions/readiness/index.ts';
import { policy } from './facts.ts';

const GROUP = '/subscriptions/s/resourcegroups/g/providers';
const PROFILE = `${GROUP}/microsoft.cdn/profiles/p`;
const [APPS, TWIN] = [`${PROFILE}/origingroups/apps`, `${PROFILE}/origingroups/apps-b`];
const CLUSTER = `${GROUP}/microsoft.containerservice/managedclusters/neu`;
const POOL = `${CLUSTER}/agentpools/user`;
const SUBNET = `${GROUP}/microsoft.network/virtualnetworks/v/subnets/pods`;
const OBSERVED = { ...policy(), mode: { drain: 'observe', restore: 'observe' } } as const;

function edge(more: Partial<FleetEdge> = {}): FleetEdge {
  const origin = { name: 'shop-neu', id: `${APPS}/origins/neu`, region: 'northeurope', cluster: 'neu' };
  const own = { name: 'shop', id: APPS, service: 'front-door', profile: PROFILE, priority: 1 } as const;
  return { ...own, origins: [origin], policy: policy(), ...more };
}

function cluster(more: Partial<FleetCluster> = {}): FleetCluster {
  return { name: 'neu', resourceId: { key: CLUSTER, subscription: 's' }, labels: {}, ...more };
}

/** Actions by scope, those of each level. */
function needs(of: FleetEdge, around: Partial<Parameters<typeof needsOf>[1]> = {}) {
  const all = needsOf(of, { clusters: [], pools: new Map(), stores: [], ...around });
  const at = (level: string, scope: string): readonly string[] =>
    all
      .filter(({ lack, scope: one }) => lack === level && one === scope)
      .flatMap(({ needed }) => [...(needed.actions ?? []), ...(needed.dataActions ?? [])]);
  return {
    scopes: [...new Set(all.map(({ scope }) => scope))],
    fail: (scope: string) => at('fail', scope),
    warn: (scope: string) => at('warn', scope),
  };
}

describe('what a failover needs to be allowed', () => {
  it('is to write the origins of Front Door, and to read what says whether to', () => {
    const found = needs(edge());
    expect(found.scopes).toEqual([APPS, PROFILE, '/subscriptions/s/resourcegroups/g']);
    expect(found.warn('/subscriptions/s/resourcegroups/g')).toEqual(ACTIONS.followFrontDoor);
    expect(found.fail(APPS)).toEqual([...ACTIONS.readFrontDoor, ...ACTIONS.steerFrontDoor]);
    expect(found.fail(PROFILE)).toEqual(ACTIONS.metrics);
    expect(found.warn(PROFILE)).toEqual(ACTIONS.readRoutes);
  });

  it('is to move routes and to write both groups, with a twin', () => {
    const found = needs(edge({ twin: { originGroup: TWIN, routes: [] } }));
    expect(found.scopes).toEqual([APPS, TWIN, PROFILE, '/subscriptions/s/resourcegroups/g']);
    expect(found.fail(TWIN)).toEqual(found.fail(APPS));
    expect(found.fail(PROFILE)).toEqual([...ACTIONS.metrics, ...ACTIONS.readRoutes, ...ACTIONS.moveRoutes]);
  });

  it('is to write those kinds of endpoints that there are, and never the profile, at Traffic Manager', () => {
    const profile = `${GROUP}/microsoft.network/trafficmanagerprofiles/p`;
    const [origin] = edge().origins;
    const origins = ['azureendpoints', 'nestedendpoints'].map((kind) => ({ ...origin!, id: `${profile}/${kind}/neu` }));
    const found = needs(edge({ id: profile, profile, service: 'traffic-manager', origins }));
    expect(found.scopes).toEqual([profile]);
    expect(found.fail(profile)).toEqual([
      ...ACTIONS.readTrafficManager,
      ...ACTIONS.metrics,
      ...ACTIONS.azureEndpoints,
      ...ACTIONS.nestedEndpoints,
    ]);
  });

  it('is to write nothing where an edge is only observed', () => {
    const twin = { originGroup: TWIN, routes: [] } as never;
    const found = needs(edge({ policy: OBSERVED, twin, hasGates: true }), { stores: ['/store'] });
    const all = found.scopes.flatMap((scope) => [...found.fail(scope), ...found.warn(scope)]);
    expect(found.scopes).toContain('/store');
    expect(all.filter((action) => !action.endsWith('/read'))).toEqual([]);
    const restored = { ...policy(), mode: { drain: 'observe', restore: 'propose' } } as const;
    expect(needs(edge({ policy: restored })).fail(APPS)).toContain(ACTIONS.steerFrontDoor[0]);
  });

  it('is to read the node pools of clusters that declare what they carry, and of no others', () => {
    const clusters = [cluster({ capacityPerNode: 80 }), cluster({ name: 'other', capacityPerNode: 80 })];
    expect(needs(edge(), { clusters }).fail(CLUSTER)).toEqual(ACTIONS.readPools);
    expect(needs(edge(), { clusters: [cluster()] }).scopes).not.toContain(CLUSTER);
  });

  it('is to write node pools where a cluster may be given nodes, and to join the subnets of that pool', () => {
    const scaleUp = { pool: POOL, mode: 'propose' } as const;
    const autoscaler = { min: 1, max: 3 };
    const common = { count: 1, isServing: true, isTerminal: true };
    const pools = new Map([
      [
        'neu',
        [
          { ...common, id: POOL, autoscaler, subnets: [SUBNET] },
          { ...common, id: `${POOL}2`, subnets: ['/x'] },
        ],
      ],
    ]);
    const found = needs(edge(), { clusters: [cluster({ capacityPerNode: 80, scaleUp })], pools });
    expect(found.fail(CLUSTER)).toEqual([...ACTIONS.readPools, ...ACTIONS.scalePools]);
    expect(found.warn(CLUSTER)).toEqual(ACTIONS.metrics);
    expect(found.fail(SUBNET)).toEqual(ACTIONS.joinSubnet);
    expect(found.warn('/subscriptions/s')).toEqual(ACTIONS.followPools);
    expect(found.scopes).not.toContain('/x');

    const observed = cluster({ capacityPerNode: 80, scaleUp: { pool: POOL, mode: 'observe' } });
    const watched = needs(edge(), { clusters: [observed], pools });
    expect(watched.fail(CLUSTER)).toEqual(ACTIONS.readPools);
    expect(watched.scopes).not.toContain(SUBNET);
    expect(watched.scopes).not.toContain('/subscriptions/s');
  });

  it('is to read those sources of votes that are asked for', () => {
    const gateway = `${GROUP}/microsoft.network/applicationgateways/neu`;
    const clusterIds = { 'shop-neu': CLUSTER };
    const clusters = { minReadyNodes: 0.5, minReadyPods: 0.5 };
    const asked = { appGateways: { 'shop-neu': gateway }, clusterIds, clusters, resourceHealth: true } as const;
    const found = needs(edge({ evidence: asked }));
    expect(found.warn(gateway)).toEqual(ACTIONS.metrics);
    expect(found.warn(CLUSTER)).toEqual([...ACTIONS.metrics, ...ACTIONS.resourceHealth]);
    expect(needs(edge({ evidence: { clusterIds } })).scopes).not.toContain(CLUSTER);
  });

  it('is to read the service health of the clusters’ subscriptions where that is asked for', () => {
    const subscription = '/subscriptions/11111111-2222-4333-8444-555555555555';
    const cluster = `${subscription}/resourcegroups/rg/providers/microsoft.containerservice/managedclusters/neu`;
    const clusterIds = { 'shop-neu': cluster, 'shop-weu': cluster, 'shop-frc': 'no id' };
    const found = needs(edge({ evidence: { clusterIds, serviceHealth: { services: ['virtual machines'] } } }));
    expect(found.warn(subscription)).toEqual(ACTIONS.serviceHealth);
    expect(needs(edge({ evidence: { clusterIds } })).scopes).not.toContain(subscription);
  });

  it('is to write gate documents where the edge has gates', () => {
    const stores = [`${GROUP}/microsoft.storage/storageaccounts/a/blobservices/default/containers/c`, 'unnamed'];
    const found = needs(edge({ hasGates: true }), { stores });
    const { readGates, moveGates } = DATA_ACTIONS;
    stores.forEach((store) => expect(found.fail(store)).toEqual([...readGates, ...moveGates]));
    stores.forEach((store) => expect(needs(edge(), { stores }).scopes).not.toContain(store));
  });
});
