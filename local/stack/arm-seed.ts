import type { JsonObject } from '../../shared/domain/json.ts';
import { inGroup, nameIn } from '../../shared/domain/traffic/twin.ts';
import type { Fleet, FleetCluster, FleetEdge, FleetOrigin } from '../../shared/fleet/model.ts';
import type { LocalArm } from '../arm/local-arm.ts';
import { nodePool } from '../arm/node-pools.ts';

/** Nodes of each cluster at least; more where the traffic of all edges needs them. */
const LEAST_NODES = 3;
/** Share of its capacity that a cluster keeps free when it serves everything. */
const SPARE = 0.5;
/** An autoscaler may start so many times the nodes that there are, where the fleet does not say how many. */
const GROWTH = 2;

/** What a gate answers, and what a region answers without one. */
export function probePathOf({ hasGates }: Pick<FleetEdge, 'hasGates'>): string {
  return hasGates === true ? '/reflex-gate' : '/healthz';
}

/** The host name behind an origin: one of its own for each edge, because metrics tell origins apart by it. */
export function hostOf({ name }: Pick<FleetEdge, 'name'>, origin: Pick<FleetOrigin, 'name'>): string {
  return `${origin.name}.${name}.contoso.example`.toLowerCase();
}

/**
 * Puts the fleet's edges and clusters into Azure as far as they are not there yet: what an earlier run has left stays.
 * Each cluster has nodes enough to serve all of `perSecond`; a pool that the fleet lets grow has an autoscaler.
 */
export function seedArm(arm: LocalArm, { edges, clusters }: Fleet, perSecond: number): void {
  const put = (id: string, properties: JsonObject): void => {
    if (arm.state.get(id) === undefined) {
      arm.seed({ id, properties });
    }
  };
  for (const edge of edges) {
    seedEdge(edge, put);
  }
  for (const cluster of clusters) {
    seedCluster(cluster, perSecond, put);
  }
}

type Put = (id: string, properties: JsonObject) => void;

function seedCluster({ resourceId, capacityPerNode, scaleUp }: FleetCluster, perSecond: number, put: Put): void {
  put(resourceId.key, { provisioningState: 'Succeeded', powerState: { code: 'Running' } });
  const needed = capacityPerNode === undefined ? 0 : Math.ceil(perSecond / (capacityPerNode * (1 - SPARE)));
  const count = Math.max(LEAST_NODES, needed);
  const { maxNodes = count * GROWTH } = scaleUp ?? {};
  const pool =
    scaleUp === undefined
      ? nodePool(resourceId.key, 'user', { count })
      : nodePool(resourceId.key, nameIn(scaleUp.pool), {
          count,
          autoscaler: { min: count, max: Math.max(count, maxNodes) },
        });
  put(pool.id, pool.properties);
}

/** Routes refer to the first group; the second one is what it is. */
function seedEdge(edge: FleetEdge, put: Put): void {
  const { id, name, profile, service, twin } = edge;
  seedGroup(edge, id, put);
  if (twin !== undefined) {
    const second = edge.origins.map((one) => ({ ...one, id: inGroup(one.id, twin.originGroup) }));
    seedGroup({ ...edge, origins: second }, twin.originGroup, put);
  }
  const routes = twin?.routes ?? [`${profile}/afdendpoints/${name}/routes/${nameIn(id)}`];
  for (const route of service === 'front-door' ? routes : []) {
    put(route.replace(/\/routes\/[^/]+$/, ''), { hostName: `${edge.name}.azurefd.example` });
    put(route, { originGroup: { id } });
  }
}

function seedGroup(edge: FleetEdge, id: string, put: Put): void {
  const { service, profile, origins } = edge;
  const path = probePathOf(edge);
  if (service === 'front-door') {
    put(profile, { provisioningState: 'Succeeded', resourceState: 'Active' });
    put(id, {
      loadBalancingSettings: { sampleSize: 4, successfulSamplesRequired: 2, additionalLatencyInMilliseconds: 50 },
      healthProbeSettings: {
        probePath: path,
        probeRequestType: 'HEAD',
        probeProtocol: 'Https',
        probeIntervalInSeconds: 5,
      },
    });
  } else {
    const pace = { intervalInSeconds: 10, timeoutInSeconds: 5, toleratedNumberOfFailures: 1 };
    put(profile, { monitorConfig: { protocol: 'HTTPS', port: 443, path, ...pace } });
  }
  for (const origin of origins) {
    const host = hostOf(edge, origin);
    const weight = { priority: 1, weight: 500 };
    put(
      origin.id,
      service === 'front-door'
        ? { hostName: host, originHostHeader: host, httpPort: 80, httpsPort: 443, ...weight, enabledState: 'Enabled' }
        : { target: host, ...weight },
    );
  }
}
