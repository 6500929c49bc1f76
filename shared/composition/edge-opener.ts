import { armClientOptions } from '../adapters/arm-access.ts';
import { FrontDoorEdgeControl } from '../adapters/azure-front-door/edge-control.ts';
import { AzureMonitorEdgeReadings, type MeasuredFleet } from '../adapters/azure-monitor/edge-readings.ts';
import { TrafficManagerEdgeControl } from '../adapters/azure-traffic-manager/edge-control.ts';
import type { FleetEdge } from '../fleet/model.ts';
import type { Clock } from '../ports/clock.ts';
import type { EdgeControl } from '../ports/edge-control.ts';
import type { EdgeReadings } from '../ports/edge-readings.ts';
import type { Settings } from '../settings.ts';
import { credentialFor, tokenReader } from './credential.ts';

/** Opens the control plane of an edge by managed identity; a laptop's by any. */
export function edgeOpener({ arm }: Settings): (edge: FleetEdge) => EdgeControl {
  const credential = credentialFor(arm.url);
  const options = armClientOptions(arm);
  return ({ service }) =>
    service === 'front-door'
      ? new FrontDoorEdgeControl(credential, options)
      : new TrafficManagerEdgeControl(credential, options);
}

/** Measurements of the fleet's edges from Azure Monitor. */
export function readingsOpener(
  { arm }: Settings,
  { clock, fleet }: { readonly clock: Clock; readonly fleet: () => Promise<MeasuredFleet> },
): EdgeReadings {
  return new AzureMonitorEdgeReadings({
    clock,
    fleet,
    endpoint: arm.url,
    lagMs: arm.metricLagMs,
    armToken: tokenReader(arm.url),
  });
}
