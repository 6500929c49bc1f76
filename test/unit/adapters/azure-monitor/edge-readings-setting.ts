import { nodePool, type NodePool } from '../../../../local/arm/node-pools.ts';
import type { Handler } from '../../../../local/http/serve.ts';
import type { JsonObject } from '../../../../shared/domain/json.ts';
import {
  AzureMonitorEdgeReadings,
  type AzureMonitorOptions,
  type MeasuredFleet,
} from '../../../../shared/adapters/azure-monitor/edge-readings.ts';
import { FRONT_DOOR, GROUP, MINUTE, plant, TRAFFIC_MANAGER, type Differs } from '../../local/edge/plant.ts';

const CLUSTERS = `${FRONT_DOOR.split('/Microsoft.Cdn')[0]}/Microsoft.ContainerService/managedClusters`;
export const LAG = 3 * MINUTE;

/** Between the adapter and ARM. */
export type Through = (handler: Handler) => Handler;

interface Setting {
  readonly origins?: Differs;
  readonly service?: 'afd' | 'tm';
  /** Properties of the origin group. */
  readonly group?: JsonObject;
  readonly lateMs?: number;
  readonly more?: Partial<AzureMonitorOptions>;
  /** By cluster; `west` stands behind the origin `west`. */
  readonly pools?: Readonly<Record<string, Readonly<Record<string, NodePool>>>>;
  /** All origins stand before the cluster `west`. */
  readonly isShared?: boolean;
  /** What the edge holds latencies to. */
  readonly limits?: { readonly latencyFactor?: number; readonly latencyMaxMs?: number };
  /** Between the adapter and ARM. */
  readonly through?: Through;
}

/** Readings of a planted edge over the local ARM, in virtual time, and what was asked. */
export function setting({
  origins = { west: {}, east: {} },
  service = 'afd',
  group = {},
  lateMs = LAG,
  more = {},
  ...rest
}: Setting = {}) {
  const local = plant({ origins, group, lateMs }, service);
  const { arm, clock, idOf } = local;
  const edge = (service === 'afd' ? GROUP : TRAFFIC_MANAGER).toLowerCase();
  const profile = (service === 'afd' ? FRONT_DOOR : TRAFFIC_MANAGER).toLowerCase();
  const kind = service === 'afd' ? 'front-door' : 'traffic-manager';
  const names = Object.keys(origins);
  for (const [cluster, pools] of Object.entries(rest.pools ?? {})) {
    Object.entries(pools).forEach(([name, pool]) => arm.seed(nodePool(`${CLUSTERS}/${cluster}`, name, pool)));
  }
  const fleet: MeasuredFleet = {
    edges: [
      {
        id: edge,
        service: kind,
        profile,
        policy: { evidence: rest.limits ?? {} },
        origins: names.map((name) => ({
          name: `o-${name}`,
          id: idOf(name).toLowerCase(),
          cluster: rest.isShared === true ? 'west' : name,
        })),
      },
    ],
    clusters: names.map((name) => ({
      name,
      resourceId: { key: `${CLUSTERS}/${name}`.toLowerCase() },
      capacityPerNode: 10,
    })),
  };
  const asked: URL[] = [];
  const handler = rest.through?.(arm.handler) ?? arm.handler;
  const readings = new AzureMonitorEdgeReadings({
    clock,
    fleet: () => Promise.resolve(fleet),
    armToken: () => Promise.resolve('token'),
    fetch: (request) => {
      asked.push(new URL(request.url));
      return handler(request);
    },
    ...more,
  });
  return { ...local, asked, read: (id = edge) => readings.read(id) };
}

export type Local = ReturnType<typeof setting>;

/** So many minutes of so many requests each, one a minute later than the other. */
export async function serve({ clock, send }: Local, minutes: number, each: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    await send(each);
    await clock.advance(MINUTE);
  }
}

/** Answers of a metric as `change` makes them. */
export function changing(metric: string, change: (value: Record<string, unknown>) => void): Through {
  return (handler) => async (request) => {
    const response = await handler(request);
    if (new URL(request.url).searchParams.get('metricnames') !== metric) {
      return response;
    }
    const body = (await response.json()) as { value: Record<string, unknown>[] };
    body.value.forEach((value) => change(value));
    return Response.json(body);
  };
}
