import { parseResourceId } from '../../domain/azure/resource-id.ts';
import { ACTIONS, DATA_ACTIONS } from '../../domain/azure/actions.ts';
import type { FleetCluster, FleetEdge } from '../../fleet/model.ts';
import type { NodePool } from '../../ports/node-pools.ts';
import type { ScopeNeed } from './schema.ts';

/** What stands around an edge that a failover of it reads or writes. */
export interface Around {
  /** Of the whole fleet. */
  readonly clusters: readonly FleetCluster[];
  /** Node pools by the name of their cluster, as far as they could be read. */
  readonly pools: ReadonlyMap<string, readonly NodePool[]>;
  /** Where gate documents lie by a role: the blob container's ARM id, or the store's name where that is not said. */
  readonly stores: readonly string[];
}

/**
 * What our identity must be allowed for a failover of an edge: the scopes to ask about, and the actions that are needed
 * there. Pure. A scope may come more than once, with what hinders a failover and with what is only missed.
 */
export function needsOf(edge: FleetEdge, around: Around): readonly ScopeNeed[] {
  const own = edge.service === 'front-door' ? frontDoor(edge) : trafficManager(edge);
  return [
    ...own,
    ...clustersBehind(edge, around.clusters).flatMap((cluster) => clusterNeeds(cluster, around)),
    ...evidence(edge),
    ...gates(edge, around.stores),
  ];
}

/** The clusters whose node pools a failover of the edge looks at. Pure. */
export function clustersBehind(
  { origins }: Pick<FleetEdge, 'origins'>,
  clusters: readonly FleetCluster[],
): readonly FleetCluster[] {
  return clusters.filter(
    (cluster) =>
      (cluster.capacityPerNode !== undefined || isGrowing(cluster)) &&
      origins.some((origin) => origin.cluster === cluster.name),
  );
}

function frontDoor({ id, profile, twin, policy }: FleetEdge): readonly ScopeNeed[] {
  const isWritten = mayWrite(policy);
  const groups = [id, ...(twin === undefined ? [] : [twin.originGroup])];
  const onGroup = [...ACTIONS.readFrontDoor, ...(isWritten ? ACTIONS.steerFrontDoor : [])];
  const moves = isWritten ? ACTIONS.moveRoutes : [];
  return [
    ...groups.map((group) => needed(group, onGroup)),
    needed(profile, [...ACTIONS.metrics, ...(twin === undefined ? [] : [...ACTIONS.readRoutes, ...moves])]),
    // One group is drained whatever leads to it.
    ...(twin === undefined ? [missed(profile, ACTIONS.readRoutes)] : []),
    // Without the operation's own word a write is known by what is read back.
    ...(isWritten ? [missed(groupOf(profile), ACTIONS.followFrontDoor)] : []),
  ];
}

function trafficManager({ id, origins, policy }: FleetEdge): readonly ScopeNeed[] {
  const kinds = (['azureEndpoints', 'externalEndpoints', 'nestedEndpoints'] as const).filter((kind) =>
    origins.some((origin) => origin.id.includes(`/${kind.toLowerCase()}/`)),
  );
  const writes = mayWrite(policy) ? kinds.flatMap((kind) => ACTIONS[kind]) : [];
  return [needed(id, [...ACTIONS.readTrafficManager, ...ACTIONS.metrics, ...writes])];
}

/** In mode observe nothing is written, whoever asks. */
function mayWrite({ mode }: FleetEdge['policy']): boolean {
  return mode.drain !== 'observe' || mode.restore !== 'observe';
}

function clusterNeeds(cluster: FleetCluster, { pools }: Around): readonly ScopeNeed[] {
  const { name, resourceId, scaleUp } = cluster;
  const own = pools.get(name) ?? [];
  const isScaled = isGrowing(cluster);
  const { subnets = [] } = own.find(({ id }) => isScaled && id === scaleUp?.pool) ?? {};
  return [
    needed(resourceId.key, [...ACTIONS.readPools, ...(isScaled ? ACTIONS.scalePools : [])]),
    ...subnets.map((subnet) => needed(subnet, ACTIONS.joinSubnet)),
    ...(isScaled ? [missed(`/subscriptions/${resourceId.subscription}`, ACTIONS.followPools)] : []),
    // Without them nodes count that an autoscaler has only ordered.
    ...(own.some(({ autoscaler }) => autoscaler !== undefined) ? [missed(resourceId.key, ACTIONS.metrics)] : []),
  ];
}

function isGrowing({ scaleUp }: FleetCluster): boolean {
  return scaleUp !== undefined && scaleUp.mode !== 'observe';
}

function gates({ hasGates, policy }: FleetEdge, stores: readonly string[]): readonly ScopeNeed[] {
  const dataActions = [...DATA_ACTIONS.readGates, ...(mayWrite(policy) ? DATA_ACTIONS.moveGates : [])];
  return hasGates === true ? stores.map((scope) => ({ scope, needed: { dataActions }, lack: 'fail' })) : [];
}

/** A source that cannot be read has no votes; whether those of the others are enough is another check's matter. */
function evidence({ evidence: sources }: FleetEdge): readonly ScopeNeed[] {
  const { appGateways = {}, clusterIds = {}, clusters, resourceHealth, serviceHealth } = sources ?? {};
  const ofClusters = [
    ...(clusters === undefined ? [] : ACTIONS.metrics),
    ...(resourceHealth === true ? ACTIONS.resourceHealth : []),
  ];
  return [
    ...Object.values(appGateways).map((gateway) => missed(gateway, ACTIONS.metrics)),
    ...(serviceHealth === undefined
      ? []
      : subscriptionsOf(clusterIds).map((one) => missed(one, ACTIONS.serviceHealth))),
    ...(ofClusters.length === 0 ? [] : Object.values(clusterIds).map((cluster) => missed(cluster, ofClusters))),
  ];
}

/** Of a resource that has one. */
function groupOf(id: string): string {
  return id.split('/').slice(0, 5).join('/');
}

function subscriptionsOf(clusterIds: Readonly<Record<string, string>>): readonly string[] {
  const ids = Object.values(clusterIds).flatMap((id) => parseResourceId(id)?.subscription ?? []);
  return [...new Set(ids)].map((id) => `/subscriptions/${id}`);
}

function needed(scope: string, actions: readonly string[]): ScopeNeed {
  return { scope, needed: { actions }, lack: 'fail' };
}

function missed(scope: string, actions: readonly string[]): ScopeNeed {
  return { scope, needed: { actions }, lack: 'warn' };
}
