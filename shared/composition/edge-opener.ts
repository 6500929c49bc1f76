import { FrontDoorEdgeControl } from '../adapters/azure-front-door/edge-control.ts';
import { TrafficManagerEdgeControl } from '../adapters/azure-traffic-manager/edge-control.ts';
import type { FleetEdge } from '../fleet/model.ts';
import type { EdgeControl } from '../ports/edge-control.ts';
import type { EdgeReadings } from '../ports/edge-readings.ts';
import { entraCredential } from './credential.ts';

/** Opens the control plane of an edge by managed identity. */
export function edgeOpener(): (edge: FleetEdge) => EdgeControl {
  return ({ service }) =>
    service === 'front-door'
      ? new FrontDoorEdgeControl(entraCredential())
      : new TrafficManagerEdgeControl(entraCredential());
}

/** Nothing is measured: nothing is moved. */
export function noReadings(): EdgeReadings {
  return { read: () => Promise.resolve(undefined) };
}
