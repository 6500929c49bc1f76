import { inGroup } from '../../shared/domain/traffic/twin.ts';
import type { FleetEdge } from '../../shared/fleet/model.ts';
import type { EdgeState } from '../../shared/ports/edge-control.ts';
import { openEntry } from '../../shared/reconcile/plan.ts';
import type { Sent } from './checker.ts';
import type { World } from './world.ts';

/** The edge's own id of an origin of either group; anything else is left as it is. */
export function ownId({ id, twin }: FleetEdge, resource: string): string {
  return twin !== undefined && resource.startsWith(`${twin.originGroup}/`) ? inGroup(resource, id) : resource;
}

/** True for a resource that an edge may write. */
export function isOfEdge(edge: FleetEdge, resource: string): boolean {
  return edge.origins.some(({ id }) => id === ownId(edge, resource)) || edge.twin?.routes.includes(resource) === true;
}

/** Origins by what a write is about: those of the group that serves, or of the other one. */
export function originsAbout({ edge, origin, seen }: Sent): EdgeState['origins'] {
  const group = origin.split('/origins/')[0];
  return edge.twin === undefined || seen?.twin === undefined || group === seen.twin.live
    ? (seen?.origins ?? [])
    : seen.twin.held;
}

/** True for a write to an origin of the group that, by what was read, no route refers to: it only follows the other one. */
export function isIdle({ edge, origin, seen }: Sent): boolean {
  const group = origin.split('/origins/')[0] ?? '';
  const { twin } = seen ?? {};
  return edge.twin !== undefined && twin?.idle === group && twin.routes.every((route) => route.originGroup !== group);
}

/** Of a group that no route refers to everything may be written; of one that serves as well a drain or its return alone. */
export function checkIdle(world: World, sent: Sent): void {
  const { edge, origin, change } = sent;
  const group = origin.split('/origins/')[0] ?? '';
  const { arm, checker } = world;
  const isBoth = 'weight' in change && 'enabled' in change;
  const plan = checker.activePlan(edge.id);
  const entry = plan === undefined ? undefined : openEntry(plan);
  const isPreparation = isBoth || entry?.step.effect === 'prepare';
  const served = (edge.twin?.routes ?? []).filter((route) => arm.routes.get(route) === group);
  if (isPreparation && served.length > 0) {
    checker.report('idle-only', `${origin} ${JSON.stringify(change)} while ${served.join(' ')} refer to it`);
  }
}

/** A route moves to a group of which something is enabled, and well if anything is well where it is. */
export function checkRoute(
  { checker }: World,
  { edge, origin, change, seen }: Sent,
  isWell: (one: EdgeState['origins'][number]) => boolean,
): void {
  if (!('originGroup' in change) || seen?.twin === undefined) {
    return;
  }
  const route = seen.twin.routes.find(({ id }) => id === origin);
  if (route?.originGroup === change.originGroup && route.terminal) {
    checker.report('sent-twice', `${origin} refers to ${change.originGroup} already`);
  }
  const to = change.originGroup === seen.twin.live ? seen.origins : seen.twin.held;
  const enabled = to.filter((one) => one.enabled);
  if (enabled.length === 0) {
    checker.report('last-enabled', `${edge.name}: nothing is enabled where ${origin} is to go`);
  }
  if (seen.origins.some((one) => one.enabled && isWell(one)) && !enabled.some(isWell)) {
    checker.report('last-healthy', `${edge.name}: nothing is well where ${origin} is to go`);
  }
}

/** Nobody is served by a group in which nothing is enabled. */
export function checkServed({ arm, checker }: World, { name, twin }: FleetEdge): void {
  for (const route of twin?.routes ?? []) {
    if (arm.members(arm.routes.get(route) ?? '').every(({ enabled }) => !enabled)) {
      checker.report('one-enabled', `${name}: ${route} refers to a group without an enabled origin`);
    }
  }
}
