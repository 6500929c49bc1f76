import { readyNodes } from '../../../../local/arm/agent-pools.ts';
import { LocalArm } from '../../../../local/arm/local-arm.ts';
import { localMetrics } from '../../../../local/arm/metrics.ts';
import { LocalEdge, SERVED_BY } from '../../../../local/edge/local-edge.ts';
import { LocalRegion } from '../../../../local/edge/origin-server.ts';
import { SeededRandom } from '../../../../local/time/seeded-random.ts';
import { VirtualClock } from '../../../../local/time/virtual-clock.ts';
import type { JsonObject } from '../../../../shared/domain/json.ts';

const SCOPE = '/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/rg-edge/providers';
export const FRONT_DOOR = `${SCOPE}/Microsoft.Cdn/profiles/afd`;
export const GROUP = `${FRONT_DOOR}/originGroups/Apps`;
export const TRAFFIC_MANAGER = `${SCOPE}/Microsoft.Network/trafficManagerProfiles/tm`;
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;

/** What differs of an origin from an enabled one of weight 50 and priority 1. */
export type Differs = Readonly<Record<string, JsonObject>>;

interface PlantOptions {
  readonly origins: Differs;
  readonly group?: JsonObject;
  readonly seed?: number;
  readonly lateMs?: number;
}

/** An ARM and an edge with a region behind each origin, in virtual time. */
export function plant({ origins, group = {}, seed = 1, lateMs = 0 }: PlantOptions, service: 'afd' | 'tm' = 'afd') {
  const clock = new VirtualClock();
  const random = new SeededRandom(seed);
  const names = Object.keys(origins);
  const regions = new Map(names.map((name) => [name, new LocalRegion({ random })] as const));
  const servers = Object.fromEntries([...regions].map(([name, { server }]) => [`${name}.contoso.com`, server]));
  const edge = new LocalEdge({
    clock,
    random,
    servers,
    onMonitored: (id, endpointMonitorStatus) => arm.change(id, { endpointMonitorStatus }),
  });
  const metrics = localMetrics({
    meter: edge.meter,
    clock,
    lateMs,
    readyNodes: (cluster) => readyNodes(arm.state, cluster),
  });
  const arm: LocalArm = new LocalArm({ clock, random, metrics, onApplied: (resource) => edge.apply(resource) });
  const own = service === 'afd' ? GROUP : TRAFFIC_MANAGER;
  const settings = service === 'afd' ? { healthProbeSettings: PROBE, ...group } : { monitorConfig: MONITOR, ...group };
  arm.seed({ id: own, properties: settings });
  const idOf = (name: string) => `${own}/${service === 'afd' ? 'origins' : 'externalEndpoints'}/${name}`;
  for (const [name, properties] of Object.entries(origins)) {
    const host = `${name}.contoso.com`;
    arm.seed({ id: idOf(name), properties: { hostName: host, target: host, ...properties } });
  }
  const seeded = [own, ...names.map(idOf)].map((id) => arm.state.get(id)!);
  edge.deploy(...seeded);
  edge.start();
  return {
    clock,
    arm,
    edge,
    region: (name: string) => regions.get(name)!,
    idOf,
    /** Requests by the origin that served them; status by number where none did. */
    send: async (count: number): Promise<Readonly<Record<string, number>>> => {
      const by: Record<string, number> = {};
      const handler = edge.handler(own);
      for (let sent = 0; sent < count; sent += 1) {
        const response = await handler(new Request('https://shop.contoso.com/cart'));
        const name = response.headers.get(SERVED_BY) ?? String(response.status);
        by[name] = (by[name] ?? 0) + 1;
      }
      return by;
    },
  };
}

/** 15 to 20 seconds until an origin is out. */
const PROBE = { probePath: '/healthz', probeRequestType: 'HEAD', probeIntervalInSeconds: 5 };
const MONITOR = { path: '/healthz', intervalInSeconds: 10, toleratedNumberOfFailures: 1, timeoutInSeconds: 5 };
