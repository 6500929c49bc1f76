import type { EdgeRouting, EdgeState } from '../../ports/edge-control.ts';

/**
 * The origins of an edge with the priorities that its routing goes by. Pure.
 *
 * Traffic Manager gives each endpoint a priority of its own, and asks for it by one of its methods alone: with any other
 * they are all of one tier.
 */
export function inTiers({ origins, routing }: Pick<EdgeState, 'origins' | 'routing'>): EdgeState['origins'] {
  return hasTiers(routing) ? origins : origins.map((origin) => ({ ...origin, priority: 1 }));
}

function hasTiers({ method }: EdgeRouting): boolean {
  return method === 'latency-then-weight' || method === 'priority';
}
