import type { Goal } from '../../domain/traffic/moves.ts';
import type { Origin } from '../../domain/traffic/origin.ts';
import { nameIn, type HeldValues, type RouteState } from '../../domain/traffic/twin.ts';
import type { Breach, MayJoin, Stride } from '../../domain/traffic/walk.ts';
import type { FieldChange } from '../../reconcile/plan.ts';
import type { Situation } from '../../reconcile/target-kind.ts';
import type { Folded } from './fold.ts';
import type { ObservedEdge } from './observe.ts';

/** Effects of the steps that only an edge with a twin has. */
export const PREPARE = 'prepare';
export const SWAP = 'swap';
export const FOLLOW = 'follow';
export const MIRROR = 'mirror';

/** The two groups on the way through a plan's steps. */
export interface Groups {
  /** ARM ids of the group that serves and of the other one. */
  readonly live: string;
  readonly idle: string;
  /** What the other group holds, by the id of the edge's own origin. */
  readonly held: ReadonlyMap<string, HeldValues>;
  readonly routes: readonly RouteState[];
  /** True while a swap of ours has moved some of the routes and not all. */
  readonly isHalfway: boolean;
}

/** The mark of a swap that is halfway: it outlives its plan, so that whoever looks next ends it. */
export const HALFWAY = 'halfway';

/** The groups as they were read; undefined where nobody can tell which of them serves. Pure. */
export function groupsOf(observed: ObservedEdge, situation: Pick<Situation, 'fields'>): Groups | undefined {
  const { twin } = observed;
  if (twin?.live === undefined || twin.idle === undefined) {
    return undefined;
  }
  const held = twin.held.map(({ id, enabled, weight }) => [id, { enabled, weight }] as const);
  const { live, idle, routes } = twin;
  return { live, idle, held: new Map(held), routes, isHalfway: isHalfway(observed, situation) };
}

/** What a write changes of the mark; none where it stays as it is. Pure. */
export function markChange(edge: string, from: boolean, to: boolean): readonly FieldChange[] {
  return from === to ? [] : [{ subject: edge, group: HALFWAY, from: { [HALFWAY]: from }, to: { [HALFWAY]: to } }];
}

/** The mark as it is found, where a write of it went wrong or was overtaken. Pure. */
export function foundMark({ edge, twin }: ObservedEdge, { fields }: Pick<Situation, 'fields'>): Folded['found'] {
  const mark = markOf(edge.id, fields);
  const isSplit = twin?.live !== undefined && behind({ live: twin.live, routes: twin.routes }).length > 0;
  const isNews = mark !== undefined && (mark.attempted !== undefined || mark.written[HALFWAY] !== isSplit);
  return isNews && twin !== undefined ? [{ subject: edge.id, group: HALFWAY, written: { [HALFWAY]: isSplit } }] : [];
}

function markOf(edge: string, fields: Situation['fields']): Situation['fields'][number] | undefined {
  return fields.find(({ subject, group }) => subject === edge && group === HALFWAY);
}

/** Routes that refer to the other group than the first one. Pure. */
export function behind({ routes, live }: Pick<Groups, 'routes' | 'live'>): readonly RouteState[] {
  return routes.filter(({ originGroup }) => originGroup !== live);
}

/** True if a swap of ours has moved some of the routes and not all: nothing is left so that we may still write. Pure. */
export function isHalfway({ edge, twin }: ObservedEdge, { fields }: Pick<Situation, 'fields'>): boolean {
  const mark = markOf(edge.id, fields);
  const isMarked = mark?.written[HALFWAY] === true || mark?.attempted?.[HALFWAY] === true;
  const isOurs = isMarked && twin?.fault === undefined && edge.removed?.isWritable !== false;
  return isOurs && twin?.live !== undefined && behind({ live: twin.live, routes: twin.routes }).length > 0;
}

/** What the swap that is halfway changes. Pure. */
export function halfwayChanges(
  observed: ObservedEdge,
  situation: Pick<Situation, 'journal' | 'fields'>,
): readonly FieldChange[] {
  const last = situation.journal.findLast(({ step }) => step.effect === SWAP);
  return isHalfway(observed, situation) ? (last?.step.changes ?? []) : [];
}

/** Why no swap can be made; undefined if one can, or if the edge has no twin. Pure. */
export function swapFault(observed: ObservedEdge, situation: Pick<Situation, 'fields'>): Breach | undefined {
  const { twin } = observed;
  if (twin?.fault !== undefined) {
    return { reason: twin.fault.reason, page: true };
  }
  const groups = groupsOf(observed, situation);
  return groups !== undefined && behind(groups).length > 0 && !groups.isHalfway
    ? { reason: 'config-error:twin-split', page: true }
    : undefined;
}

/**
 * Who may move together with others. Pure. What people accompany moves by itself, and so does what somebody else has
 * written: it may be left out in the end.
 * @returns undefined where nothing can be swapped.
 */
export function mayJoinOf(observed: ObservedEdge, situation: Situation, { drift }: Folded): MayJoin | undefined {
  if (groupsOf(observed, situation) === undefined || swapFault(observed, situation) !== undefined) {
    return undefined;
  }
  const hasPeople = observed.edge.manual !== undefined;
  return (origin, goal) =>
    !(hasPeople && origin.enabled !== goal.enabled) && !drift.some(({ subject }) => subject === origin.id);
}

/** What the other group must still be given before it can serve in the first one's place. Pure. */
export interface Preparation {
  readonly origin: Origin;
  readonly from: Partial<HeldValues>;
  readonly to: Partial<HeldValues>;
}

/**
 * Writes that make the other group what a stride leaves, only those that it needs. Pure. Origins come in before others
 * go out: the service refuses a group of which nothing is enabled.
 */
export function preparationsOf({ held }: Groups, { after }: Pick<Stride, 'after'>): readonly Preparation[] {
  const all = after.flatMap((origin): readonly Preparation[] => {
    const has = held.get(origin.id);
    const isSwitched = has?.enabled !== origin.enabled;
    const isWeighed = has?.weight !== origin.weight;
    if (has === undefined || (!isSwitched && !isWeighed)) {
      return [];
    }
    const pick = ({ enabled, weight }: HeldValues): Partial<HeldValues> => ({
      ...(isSwitched ? { enabled } : {}),
      ...(isWeighed ? { weight } : {}),
    });
    return [{ origin, from: pick(has), to: pick(origin) }];
  });
  return all.toSorted((a, b) => Number(a.to.enabled === false) - Number(b.to.enabled === false));
}

/** The groups after a stride has been prepared, and the first route has moved. Pure. */
export function swapped({ live, idle, routes }: Groups, { before }: Pick<Stride, 'before'>): Groups {
  const held = before.map(({ id, enabled, weight }) => [id, { enabled, weight }] as const);
  const [first, ...rest] = routes;
  return {
    live: idle,
    idle: live,
    held: new Map(held),
    routes: first === undefined ? [] : [{ ...first, originGroup: idle }, ...rest],
    isHalfway: rest.some(({ originGroup }) => originGroup !== idle),
  };
}

/** The groups when all routes refer to the one that serves. Pure. */
export function joined(groups: Groups): Groups {
  const routes = groups.routes.map((route) => ({ ...route, originGroup: groups.live }));
  return { ...groups, routes, isHalfway: false };
}

export interface Mirrored {
  readonly origin: Origin;
  readonly enabled: boolean;
}

/**
 * What is to be written in the other group as well, because it serves too, or may come to: a route lags behind, or a
 * write to one is still on its way. Pure.
 *
 * An emergency's drain always is, as long as it leaves somebody there. What comes back is, where somebody else has
 * divided the routes: nobody would bring it back there otherwise.
 */
export function mirroredOf(
  groups: Groups,
  live: readonly Origin[],
  { goals, situation }: { readonly goals: ReadonlyMap<string, Goal>; readonly situation: Situation },
): readonly Mirrored[] {
  const isDivided = behind(groups).length > 0;
  if (!isDivided && groups.routes.every(({ terminal }) => terminal)) {
    return [];
  }
  const isTheirs = isDivided && !groups.isHalfway;
  const isMarked = (id: string): boolean =>
    situation.fields.some(({ subject, group }) => subject === id && group === 'enabled');
  let enabled = [...groups.held.values()].filter((one) => one.enabled).length;
  return live.flatMap((origin): readonly Mirrored[] => {
    const has = groups.held.get(origin.id);
    const goal = goals.get(origin.id);
    if (has === undefined || goal?.enabled !== origin.enabled || has.enabled === origin.enabled) {
      return [];
    }
    const isDrained = !origin.enabled && goal.isUrgent && enabled > 1;
    if (!isDrained && !(origin.enabled && isTheirs && isMarked(origin.id))) {
      return [];
    }
    enabled += origin.enabled ? 1 : -1;
    return [{ origin, enabled: origin.enabled }];
  });
}

/** `ENDPOINT/ROUTE`, as the fleet file calls it. Pure. */
export function routeName(route: string): string {
  return `${route.split('/').at(-3) ?? ''}/${nameIn(route)}`;
}
