import type { JsonObject } from '../../domain/json.ts';
import type { Goal } from '../../domain/traffic/moves.ts';
import type { Origin, OriginMove } from '../../domain/traffic/origin.ts';
import { inGroup, nameIn, type HeldValues } from '../../domain/traffic/twin.ts';
import { movesOf, type Stride } from '../../domain/traffic/walk.ts';
import type { OriginChange, RouteChange } from '../../ports/edge-control.ts';
import type { FieldChange, SentWrite, Step } from '../../reconcile/plan.ts';
import type { Situation } from '../../reconcile/target-kind.ts';
import type { Milestone } from './manual.ts';
import type { ObservedEdge } from './observe.ts';
import {
  behind,
  FOLLOW,
  groupsOf,
  markChange,
  joined,
  MIRROR,
  mirroredOf,
  PREPARE,
  preparationsOf,
  routeName,
  SWAP,
  swapped,
  type Groups,
  type Mirrored,
  type Preparation,
} from './swap.ts';

/** The one write that comes next: of an edge with a twin, the very resource. */
export type EdgeChange = OriginMove | { readonly resource: string; readonly set: OriginChange | RouteChange };

/** A write and what the plan says of it. */
export interface PlannedWrite {
  readonly step: Step;
  readonly change: EdgeChange;
}

type Sending = Step & { readonly sends: SentWrite };

export interface StepContext {
  readonly observed: ObservedEdge;
  readonly situation: Situation;
  readonly goals: ReadonlyMap<string, Goal>;
}

/**
 * The single writes that strides are made of, in order. Pure.
 *
 * Where several origins move at once the group that serves nobody is prepared first, then the routes move over. What
 * presses does not wait for that, nor for a swap that is halfway.
 */
export function writesOf(
  strides: readonly Stride[],
  milestones: readonly (Milestone | undefined)[],
  context: StepContext,
): readonly PlannedWrite[] {
  const { observed, situation } = context;
  const writes: PlannedWrite[] = [];
  let groups = groupsOf(observed, situation);
  let isEven = groups === undefined;
  const even = (now: readonly Origin[], next?: Stride): void => {
    if (isEven || groups === undefined) {
      return;
    }
    isEven = true;
    const before = groups;
    const mirrored = mirroredOf(before, now, context);
    writes.push(...mirrored.map((one) => mirrorWrite(one, before, context)));
    groups = { ...before, held: withMirrored(before, mirrored) };
    const isTakenBack = next?.together !== undefined && preparationsOf(groups, next).length === 0;
    if (groups.isHalfway && !isTakenBack) {
      writes.push(...followWrites(groups, context));
      groups = joined(groups);
    }
  };
  strides.forEach((stride, index) => {
    if (!stride.isUrgent || stride.roomFor !== undefined) {
      even(stride.before, stride);
    }
    if (groups !== undefined && stride.together !== undefined) {
      const ready = groups;
      writes.push(...preparationsOf(ready, stride).map((one) => prepareWrite(one, ready, context)));
      groups = swapped(ready, stride);
      writes.push(swapWrite(stride, { ready, after: groups }, context), ...followWrites(groups, context));
      groups = joined(groups);
    } else {
      writes.push(singleWrite(stride, groups, { ...context, milestone: milestones[index] }));
    }
  });
  even(strides.at(-1)?.after ?? observed.origins);
  return writes;
}

function withMirrored({ held }: Groups, mirrored: readonly Mirrored[]): ReadonlyMap<string, HeldValues> {
  const moved = mirrored.map(({ origin: { id, weight }, enabled }) => {
    return [id, { enabled, weight: held.get(id)?.weight ?? weight }] as const;
  });
  return new Map([...held, ...moved]);
}

function singleWrite(
  { move, before, isUrgent: isPressing, movesTraffic, roomFor }: Stride,
  groups: Groups | undefined,
  { milestone, ...context }: StepContext & { readonly milestone: Milestone | undefined },
): PlannedWrite {
  const origin = before.find(({ id }) => id === move.id);
  const { group, from, to } = changeOf(move, origin);
  const part = partOf(move, context);
  const name = origin?.name ?? move.id;
  const resource = groups === undefined || 'isShut' in move ? undefined : inGroup(move.id, groups.live);
  const isUrgent = isPressing || roomFor !== undefined;
  const why =
    roomFor === undefined ? '' : `, to make room for ${before.find(({ id }) => id === roomFor)?.name ?? roomFor}`;
  const step: Step = {
    id: `${name}:${group}`,
    title: `${titleOf(name, move, origin)}${why}`,
    effect: effectOf(move),
    from: { [name]: from },
    to: { [name]: to },
    changes: [{ subject: move.id, group, from, to, ...part }],
    ...(resource === undefined ? {} : { sends: { resource, from, to } }),
    predicates: before.map(stateWords),
    ...(movesTraffic && !isUrgent ? bakeOf(context) : {}),
    ...failureOf(context),
    ...(isUrgent ? { isUrgent } : {}),
    ...(roomFor === undefined ? {} : { roomFor }),
    ...(milestone === undefined ? {} : { milestone }),
  };
  return { step, change: resource === undefined || 'isShut' in move ? move : { resource, set: setOf(move) } };
}

function prepareWrite({ origin, from, to }: Preparation, groups: Groups, context: StepContext): PlannedWrite {
  const told = [
    ...(to.enabled === undefined ? [] : [to.enabled ? 'enabled' : 'disabled']),
    ...(to.weight === undefined ? [] : [`weight ${to.weight}`]),
  ];
  const step: Sending = {
    id: `${origin.name}:${PREPARE}`,
    title: `${origin.name}: ${told.join(', ')} in ${nameIn(groups.idle)}, which serves nobody yet`,
    effect: PREPARE,
    from: { [origin.name]: { ...from } },
    to: { [origin.name]: { ...to } },
    changes: [],
    sends: { resource: inGroup(origin.id, groups.idle), from: { ...from }, to: { ...to } },
    predicates: routeWords(groups),
    ...failureOf(context),
  };
  return sent(step, to as OriginChange);
}

function swapWrite(
  stride: Stride,
  { ready, after }: { readonly ready: Groups; readonly after: Groups },
  context: StepContext,
): PlannedWrite {
  const [route] = ready.routes;
  const id = route?.id ?? '';
  const moves = movesOf(stride).map((move) => {
    const origin = stride.before.find((one) => one.id === move.id);
    const name = origin?.name ?? nameIn(move.id);
    return {
      ...{ name, title: titleOf(name, move, origin) },
      change: { subject: move.id, ...changeOf(move, origin), ...partOf(move, context) },
    };
  });
  const values = (which: 'from' | 'to'): JsonObject =>
    moves.reduce<JsonObject>((all, { name, change }) => {
      return { ...all, [name]: { ...((all[name] ?? {}) as JsonObject), ...change[which] } };
    }, {});
  const step: Sending = {
    id: `${routeName(id)}:${SWAP}`,
    title: `route ${routeName(id)} to ${nameIn(ready.idle)} (${moves.map(({ title }) => title).join('; ')})`,
    effect: SWAP,
    from: { ...values('from'), [routeName(id)]: nameIn(ready.live) },
    to: { ...values('to'), [routeName(id)]: nameIn(ready.idle) },
    changes: [
      ...moves.map(({ change }): FieldChange => change),
      ...markChange(context.observed.edge.id, ready.isHalfway, after.isHalfway),
    ],
    sends: { resource: id, from: { originGroup: ready.live }, to: { originGroup: ready.idle } },
    predicates: [...stride.before.map(stateWords), ...routeWords(ready)],
    ...(behind(after).length === 0 ? bakeOf(context) : {}),
    ...failureOf(context),
  };
  return sent(step, { originGroup: ready.idle });
}

/** The routes that still refer to the other group move after the first; what was moved bakes when all of them have. */
function followWrites(groups: Groups, context: StepContext): readonly PlannedWrite[] {
  return behind(groups).map(({ id, originGroup }, index, all) => {
    const name = routeName(id);
    const step: Sending = {
      id: `${name}:${FOLLOW}`,
      title: `route ${name} to ${nameIn(groups.live)}, as the first`,
      effect: FOLLOW,
      from: { [name]: nameIn(originGroup) },
      to: { [name]: nameIn(groups.live) },
      changes: index === all.length - 1 ? markChange(context.observed.edge.id, true, false) : [],
      sends: { resource: id, from: { originGroup }, to: { originGroup: groups.live } },
      predicates: groups.routes.slice(0, 1).map((route) => refersWords(route.id, groups.live)),
      ...(index === all.length - 1 ? bakeOf(context) : {}),
      ...failureOf(context),
    };
    return sent(step, { originGroup: groups.live });
  });
}

function mirrorWrite({ origin, enabled }: Mirrored, { idle }: Groups, context: StepContext): PlannedWrite {
  const [from, to] = [{ enabled: !enabled }, { enabled }];
  const isUrgent = !enabled && context.goals.get(origin.id)?.isUrgent === true;
  const step: Sending = {
    id: `${origin.name}:${MIRROR}`,
    title: `${origin.name}: ${enabled ? 'in' : 'out'} in ${nameIn(idle)} as well, which may serve too`,
    effect: MIRROR,
    from: { [origin.name]: from },
    to: { [origin.name]: to },
    changes: [],
    sends: { resource: inGroup(origin.id, idle), from, to },
    // Nothing is undone for its sake: what it stands beside is done.
    onFailure: 'stay',
    ...(isUrgent ? { isUrgent } : {}),
  };
  return sent(step, to);
}

/** A write to the resource that its step names. */
function sent(step: Sending, set: OriginChange | RouteChange): PlannedWrite {
  return { step, change: { resource: step.sends.resource, set } };
}

function failureOf({ observed }: StepContext): Pick<Step, 'onFailure'> {
  return { onFailure: observed.edge.policy.isUndone ? 'back' : 'stay' };
}

function bakeOf({ observed, situation }: StepContext): Pick<Step, 'bakeMs'> {
  const { bakeMs, propagationMs, metricLagMs } = observed.edge.policy.bake;
  return situation.isUndoing || bakeMs <= 0 ? {} : { bakeMs: Math.max(bakeMs, propagationMs + metricLagMs) };
}

function stateWords({ name, enabled, weight }: Origin): string {
  return `${name} is ${enabled ? 'enabled' : 'disabled'} with weight ${weight}`;
}

function routeWords({ routes, live }: Groups): readonly string[] {
  return routes.map(({ id }) => refersWords(id, live));
}

function refersWords(route: string, group: string): string {
  return `route ${routeName(route)} refers to ${nameIn(group)}`;
}

/** What a write of one field of an origin sets. Pure. */
export function setOf(move: Exclude<OriginMove, { readonly isShut: boolean }>): OriginChange {
  return 'weight' in move ? { weight: move.weight } : { enabled: move.enabled };
}

function effectOf(move: OriginMove): string {
  if ('weight' in move) {
    return 'weight';
  }
  if ('isShut' in move) {
    return move.isShut ? 'close-gate' : 'open-gate';
  }
  return move.enabled ? 'enable' : 'drain';
}

function changeOf(
  move: OriginMove,
  origin: Origin | undefined,
): { readonly group: 'enabled' | 'weight' | 'gate'; readonly from: JsonObject; readonly to: JsonObject } {
  if ('isShut' in move) {
    return { group: 'gate', from: { isShut: origin?.isShut ?? false }, to: { isShut: move.isShut } };
  }
  return 'weight' in move
    ? { group: 'weight', from: { weight: origin?.weight ?? 0 }, to: { weight: move.weight } }
    : { group: 'enabled', from: { enabled: origin?.enabled ?? true }, to: { enabled: move.enabled } };
}

/** A weight on the way out or back, or that stays because no more than a part of it fits elsewhere. */
function partOf(move: OriginMove, { goals }: Pick<StepContext, 'goals'>): Pick<FieldChange, 'isPart'> {
  const goal = goals.get(move.id);
  if (!('weight' in move) || goal === undefined || move.weight === goal.weight) {
    return {};
  }
  const isOut = !goal.enabled || goal.isShut === true;
  return isOut || goal.via.includes(move.weight) ? { isPart: true } : {};
}

function titleOf(name: string, move: OriginMove, origin: Origin | undefined): string {
  if ('weight' in move) {
    return `${name}: weight ${origin?.weight ?? 0} to ${move.weight}`;
  }
  if ('isShut' in move) {
    return move.isShut ? `${name}: out by its gate` : `${name}: gate open`;
  }
  return move.enabled ? `${name}: back in` : `${name}: out (its weight ${origin?.weight ?? 0} stays)`;
}
