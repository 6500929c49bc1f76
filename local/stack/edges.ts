import { join } from 'node:path';

import { gateBlobName } from '../../shared/adapters/gate-documents/blob-gate-documents.ts';
import { inGroup } from '../../shared/domain/traffic/twin.ts';
import type { Fleet, FleetEdge } from '../../shared/fleet/model.ts';
import { readyNodes } from '../arm/agent-pools.ts';
import { LocalArm } from '../arm/local-arm.ts';
import type { ArmResource } from '../arm/arm-state.ts';
import { localMetrics } from '../arm/metrics.ts';
import type { Endpoints } from '../endpoints.ts';
import { measureHistory } from '../edge/history.ts';
import { LocalEdge } from '../edge/local-edge.ts';
import { LocalGate } from '../edge/local-gate.ts';
import { LocalRegion } from '../edge/origin-server.ts';
import { answerRegions, type PlacedRegion } from '../edge/regions-api.ts';
import { toSettings } from '../edge/settings.ts';
import { startTraffic } from '../edge/traffic.ts';
import { serve, type Handler } from '../http/serve.ts';
import { hostOf, probePathOf, seedArm } from './arm-seed.ts';
import type { GateSetup } from './gates.ts';
import type { Site } from './site.ts';

/** Requests a second of all edges together. */
const PER_SECOND = 20;
/** Azure Monitor is asked for five minutes. */
const HISTORY_MINUTES = 10;
/** How often operations that are through end, although nobody asks after them. */
const SETTLE_MS = 200;

/**
 * Serves Azure Resource Manager with the fleet's edges and clusters in it, and an edge that routes by it: one region
 * behind each origin, steady traffic, and measurements as if it had gone on for a while.
 */
export async function startEdges(site: Site, fleet: Fleet, gates: GateSetup): Promise<Pick<Endpoints, 'arm' | 'edge'>> {
  const { options, clock, random, say, port, onStop } = site;
  const regions = fleet.edges.flatMap((edge) => regionsOf(edge, site));
  const edge = new LocalEdge({
    clock,
    random,
    servers: Object.fromEntries(regions.map(({ host, region }) => [host, region.server])),
    propagationMs: options.frontDoorPropagation * 1000,
    onMonitored: (id, endpointMonitorStatus) => started.arm?.change(id, { endpointMonitorStatus }),
  });
  const started: { arm?: LocalArm } = {};
  const served = await serve(async (request) => (await started.arm?.handler(request)) ?? unavailable(), port());
  onStop(() => served.close());
  const arm = openArm(site, edge, served.url);
  seedArm(arm, fleet, PER_SECOND);
  onStop(() => arm.state.close());
  deployAll(arm, edge, fleet, site);
  await openGates(fleet, regions, gates, site);
  started.arm = arm;
  edge.start();
  onStop(() => edge.close());
  onStop(settling(arm, site));
  const handlers = fleet.edges.map(({ id, twin }) => edge.handler(twin?.routes[0] ?? id));
  onStop(startTraffic({ edges: handlers, perSecond: PER_SECOND, clock }));
  const front = await serve(edgeHandler(fleet.edges, regions, handlers), port());
  onStop(() => front.close());
  say(`azure     ${served.url}  (edges: ${fleet.edges.length}, clusters: ${fleet.clusters.length})`);
  say(`edge      ${front.url}  (curl -i; ${front.url}/_local/regions shows the regions)`);
  return { arm: { url: served.url }, edge: { url: front.url, edges: idsOf(fleet) } };
}

function idsOf({ edges, clusters }: Fleet): Endpoints['edge']['edges'] {
  const clusterOf = (name: string): string => clusters.find((one) => one.name === name)?.resourceId.key ?? '';
  const placed = edges.map(({ name, id, origins }) => {
    const named = origins.map((origin) => [origin.name, { id: origin.id, cluster: clusterOf(origin.cluster) }]);
    return [name, { id, origins: Object.fromEntries(named) as Endpoints['edge']['edges'][string]['origins'] }];
  });
  return Object.fromEntries(placed) as Endpoints['edge']['edges'];
}

interface HostedRegion extends PlacedRegion {
  readonly host: string;
}

function regionsOf(edge: FleetEdge, { random }: Site): readonly HostedRegion[] {
  return edge.origins.map((origin) => {
    const handler: Handler = () => Promise.resolve(new Response(`${edge.name} from ${origin.name}\n`));
    const region = new LocalRegion({ random, healthPath: probePathOf(edge), handler });
    return { edge: edge.name, origin: origin.name, place: origin.region, host: hostOf(edge, origin), region };
  });
}

function openArm({ data, clock, random, options }: Site, edge: LocalEdge, publicUrl: string): LocalArm {
  const arm: LocalArm = new LocalArm({
    clock,
    random,
    file: join(data, 'arm.sqlite'),
    durationMs: options.frontDoorWrite * 1000,
    nodesMs: options.nodeStart * 1000,
    publicUrl,
    metrics: localMetrics({ meter: edge.meter, clock, readyNodes: (cluster) => readyNodes(arm.state, cluster) }),
    onApplied: (resource) => edge.apply(resource),
  });
  return arm;
}

/** The edge has what stands in Azure, and has served steadily with it. */
function deployAll(arm: LocalArm, edge: LocalEdge, { edges }: Fleet, { clock }: Site): void {
  const read = (id: string): readonly ArmResource[] => [arm.state.get(id)].filter((one) => one !== undefined);
  for (const { id, origins, twin } of edges) {
    const childrenOf = (group: string): readonly ArmResource[] =>
      origins.flatMap((origin) => read(twin === undefined ? origin.id : inGroup(origin.id, group)));
    const children = childrenOf(id);
    if (twin !== undefined) {
      const { originGroup, routes } = twin;
      edge.deploy(...read(originGroup), ...childrenOf(originGroup), ...routes.flatMap(read));
    }
    for (const own of read(id)) {
      edge.deploy(own, ...children);
      measureHistory(edge.meter, toSettings(own, children), {
        perSecond: PER_SECOND / edges.length,
        latencyMs: 20,
        minutes: HISTORY_MINUTES,
        until: clock.now().getTime(),
      });
    }
  }
}

/** Lets the probes of edges with gates be answered by them, from what stands in the stores. */
async function openGates(
  { edges }: Fleet,
  regions: readonly HostedRegion[],
  { publicKey, open }: GateSetup,
  { clock, onStop }: Site,
): Promise<void> {
  const gated = edges.filter(({ hasGates }) => hasGates === true);
  const stores = gated.length === 0 ? [] : open();
  for (const { id, name } of gated) {
    for (const { origin, region } of regions.filter((one) => one.edge === name)) {
      const onChange = (isOpen: boolean): void => void (region.isGateOpen = isOpen);
      const gate = new LocalGate({ edge: id, origin, publicKey, blob: gateBlobName(id), stores, clock, onChange });
      await gate.start();
      onStop(() => gate.close());
    }
  }
}

function settling(arm: LocalArm, { clock }: Site): () => Promise<void> {
  const stop = new AbortController();
  const run = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      arm.settle();
      await clock.sleep(SETTLE_MS, stop.signal).catch(() => undefined);
    }
  };
  const running = run();
  return async () => {
    stop.abort();
    await running;
  };
}

function edgeHandler(
  edges: readonly FleetEdge[],
  regions: readonly PlacedRegion[],
  handlers: readonly Handler[],
): Handler {
  return async (request) => {
    const switched = await answerRegions(request, regions);
    if (switched !== undefined) {
      return switched;
    }
    const [, first = ''] = new URL(request.url).pathname.split('/');
    const index = edges.findIndex(({ name }) => name === first);
    return (await handlers[Math.max(0, index)]?.(request)) ?? unavailable();
  };
}

function unavailable(): Response {
  return new Response(null, { status: 503 });
}
