import type { RouteState } from '../../domain/traffic/twin.ts';
import { UpstreamError } from '../../errors.ts';
import type { OriginChange, OriginState, RouteChange } from '../../ports/edge-control.ts';

export type Origin = Omit<OriginState, 'terminal'>;
export type Route = Omit<RouteState, 'terminal'>;

/** Azure's range; the ratio alone counts. */
const [MIN_WEIGHT, MAX_WEIGHT] = [1, 1000];

/** @throws UpstreamError as the service would. */
export function assertWeight(change: OriginChange): void {
  if ('weight' in change) {
    const { weight } = change;
    if (!Number.isInteger(weight) || weight < MIN_WEIGHT || weight > MAX_WEIGHT) {
      throw new UpstreamError('write origin', 400, { cause: new Error('Weight must be a whole number') });
    }
  }
}

/** The values that a change replaces. */
export function formerOf(found: Origin | Route, change: OriginChange | RouteChange): Partial<Origin> | RouteChange {
  if ('originGroup' in found) {
    return { originGroup: found.originGroup };
  }
  return {
    ...('enabled' in change ? { enabled: found.enabled } : {}),
    ...('weight' in change ? { weight: found.weight } : {}),
  };
}

/** Of an origin, a route or a group of Front Door; any other edge is a profile itself. */
export function profileOf(id: string): string {
  return id.replace(/\/(?:origingroups|afdendpoints|(?:azure|external|nested)endpoints)\/.*$/, '');
}
