import { moved } from '../../../../shared/domain/traffic/origin.ts';
import { inGroup, type HeldValues } from '../../../../shared/domain/traffic/twin.ts';
import { afterWrite, beforeWrite } from '../../../../shared/reconcile/writing/fields.ts';
import type { Situation } from '../../../../shared/reconcile/target-kind.ts';
import type { ObservedEdge } from '../../../../shared/targets/edge/index.ts';
import type { EdgeChange } from '../../../../shared/targets/edge/steps.ts';
import { EDGE } from './observed.ts';

export const TWIN = '/profiles/p/origingroups/og-b';
export const ROUTES: readonly string[] = ['main', 'api', 'img'].map(
  (name) => `/profiles/p/afdendpoints/shop/routes/${name}`,
);

type State = NonNullable<ObservedEdge['twin']>;

/** The edge with a second group, equal to the first where nothing else is said. */
export function withTwin(
  observed: ObservedEdge,
  {
    routes = 1,
    held = {},
    ...more
  }: { routes?: number; held?: Record<string, Partial<HeldValues>> } & Partial<Omit<State, 'held' | 'routes'>> = {},
): ObservedEdge {
  const twin: State = {
    live: EDGE,
    idle: TWIN,
    held: observed.origins.map(({ id, name, enabled, weight, priority }) => {
      return { id, enabled, weight, priority, terminal: true, ...held[name] };
    }),
    routes: ROUTES.slice(0, routes).map((id) => ({ id, originGroup: EDGE, terminal: true })),
    ...more,
  };
  return {
    ...observed,
    edge: { ...observed.edge, twin: { originGroup: TWIN, routes: ROUTES.slice(0, routes) } },
    twin,
  };
}

/** The edge with some of its routes at another group. */
export function routed(observed: ObservedEdge, groups: readonly string[], terminal = true): ObservedEdge {
  const twin = observed.twin!;
  const routes = twin.routes.map((route, index) => ({ ...route, originGroup: groups[index] ?? EDGE, terminal }));
  const isTwinLive = routes[0]?.originGroup === TWIN;
  return { ...observed, twin: { ...twin, routes, live: isTwinLive ? TWIN : EDGE, idle: isTwinLive ? EDGE : TWIN } };
}

/** The edge after a write. */
export function afterChange(observed: ObservedEdge, change: EdgeChange): ObservedEdge {
  if (!('resource' in change)) {
    return { ...observed, origins: moved(observed.origins, change) };
  }
  const { resource, set } = change;
  const { live = '', idle = '', held, routes } = observed.twin!;
  if ('originGroup' in set) {
    const isFirst = routes[0]?.id === resource;
    const moves = routes.map((route) => (route.id === resource ? { ...route, ...set } : route));
    const isSwapped = isFirst && set.originGroup !== live;
    const swapped = isSwapped ? { live: idle, idle: live, held: heldBy(observed.origins) } : { live, idle, held };
    const origins = isSwapped
      ? observed.origins.map((origin) => ({ ...origin, ...values(held.find(({ id }) => id === origin.id)!) }))
      : observed.origins;
    return { ...observed, origins, twin: { ...observed.twin, ...swapped, routes: moves } };
  }
  const isLive = (id: string): boolean => inGroup(id, live) === resource;
  const isIdle = (id: string): boolean => inGroup(id, idle) === resource;
  return {
    ...observed,
    origins: observed.origins.map((origin) => (isLive(origin.id) ? { ...origin, ...set } : origin)),
    twin: { ...observed.twin!, held: held.map((origin) => (isIdle(origin.id) ? { ...origin, ...set } : origin)) },
  };
}

/** What the loop remembers after a step was written. */
export function afterStep(asked: Situation, step: Situation['journal'][number]['step']): Situation {
  const fields = afterWrite(beforeWrite(asked.fields, step.changes), step.changes, '2026-01-01T00:00:00.000Z');
  const entry = { step, state: 'written', endedAt: '2026-01-01T00:00:00.000Z' };
  return { ...asked, fields, journal: [...asked.journal, entry as unknown as Situation['journal'][number]] };
}

function heldBy(origins: ObservedEdge['origins']): State['held'] {
  return origins.map(({ id, enabled, weight, priority }) => ({ id, enabled, weight, priority, terminal: true }));
}

function values({ enabled, weight }: HeldValues): HeldValues {
  return { enabled, weight };
}
