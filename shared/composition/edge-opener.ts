import { armClientOptions } from '../adapters/arm-access.ts';
import { ArmPermissions } from '../adapters/azure-authorization/permissions.ts';
import { FrontDoorEdgeControl } from '../adapters/azure-front-door/edge-control.ts';
import { AksNodePools } from '../adapters/azure-aks/node-pools.ts';
import { AzureMonitorEdgeReadings } from '../adapters/azure-monitor/edge-readings.ts';
import { TrafficManagerEdgeControl } from '../adapters/azure-traffic-manager/edge-control.ts';
import type { Fleet, FleetEdge } from '../fleet/model.ts';
import type { Clock } from '../ports/clock.ts';
import type { EdgeControl, EdgeRoutes } from '../ports/edge-control.ts';
import type { EdgeReadings } from '../ports/edge-readings.ts';
import type { NodePools } from '../ports/node-pools.ts';
import type { Permissions } from '../ports/permissions.ts';
import type { Settings } from '../settings.ts';
import { credentialFor, tokenReader } from './credential.ts';

/** Opens the control plane of an edge by managed identity; a laptop's by any. */
export function edgeOpener({ arm }: Settings): (edge: FleetEdge) => EdgeControl & EdgeRoutes {
  const credential = credentialFor(arm.url);
  const options = armClientOptions(arm);
  return ({ service }) =>
    service === 'front-door'
      ? new FrontDoorEdgeControl(credential, options)
      : new TrafficManagerEdgeControl(credential, options);
}

/** Opens the node pools of clusters in the same way. */
export function nodePoolsOpener({ arm }: Settings): NodePools {
  return new AksNodePools(credentialFor(arm.url), armClientOptions(arm));
}

/** Asks what the identity may do that all of these are opened by. */
export function permissionsOpener({ arm }: Settings): Permissions {
  return new ArmPermissions({ endpoint: arm.url, armToken: tokenReader(arm.url) });
}

/** Measurements of the fleet's edges from Azure Monitor. */
export function readingsOpener(
  { arm }: Settings,
  { clock, fleet }: { readonly clock: Clock; readonly fleet: () => Promise<Fleet> },
): EdgeReadings {
  return new AzureMonitorEdgeReadings({
    clock,
    fleet,
    endpoint: arm.url,
    lagMs: arm.metricLagMs,
    requestRate: async (id) => (await fleet()).edges.find((edge) => edge.id === id)?.declaredLoad,
    armToken: tokenReader(arm.url),
  });
}
