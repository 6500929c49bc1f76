import type { Origin, OriginMove } from './origin.ts';

/** What one origin is to become. */
export interface Goal {
  readonly enabled: boolean;
  /** What its gate is to be; as it is if absent. */
  readonly isShut?: boolean;
  readonly weight: number;
  /** Weights that it passes through, one step each. */
  readonly via: readonly number[];
  readonly isUrgent: boolean;
}

/** A move that could come next. `stage` orders moves: receivers are raised before anything is taken away. */
export interface NextMove {
  readonly move: OriginMove;
  readonly stage: number;
  /** True if it changes what somebody is served. */
  readonly movesTraffic: boolean;
  readonly isUrgent: boolean;
}

const STAGE = { urgent: 0, prepare: 1, enable: 2, raise: 3, lower: 4, disable: 5, tidy: 6 } as const;

/** The next move of one origin towards its goal, or none. Pure. */
export function nextMove(origin: Origin, goal: Goal): NextMove | undefined {
  const { id, enabled, weight } = origin;
  if (goal.isShut !== undefined && goal.isShut !== (origin.isShut ?? false)) {
    const { isShut, isUrgent } = goal;
    return { move: { id, isShut }, stage: isShut ? STAGE.urgent : STAGE.enable, movesTraffic: enabled, isUrgent };
  }
  const to = (target: number, stage: number): NextMove => ({
    move: { id, weight: target },
    stage,
    movesTraffic: enabled,
    isUrgent: false,
  });
  const at = goal.via.lastIndexOf(weight);
  // A weight that is not on the way is somebody's: the way down begins below it.
  const rest = at < 0 ? goal.via.filter((one) => one < weight) : goal.via.slice(at + 1);
  if (enabled && !goal.enabled) {
    const [first] = rest;
    const isRamp = first !== undefined && !goal.isUrgent;
    return isRamp
      ? to(first, STAGE.lower)
      : {
          move: { id, enabled: false },
          stage: goal.isUrgent ? STAGE.urgent : STAGE.disable,
          movesTraffic: true,
          isUrgent: goal.isUrgent,
        };
  }
  if (!enabled && goal.enabled) {
    const start = goal.via[0] ?? goal.weight;
    return weight === start
      ? { move: { id, enabled: true }, stage: STAGE.enable, movesTraffic: true, isUrgent: false }
      : to(start, STAGE.prepare);
  }
  if (!enabled) {
    return weight === goal.weight ? undefined : to(goal.weight, STAGE.tidy);
  }
  if (weight === goal.weight) {
    // Steps that go past it are nobody's goal: they would lead back to it, and past it again.
    return undefined;
  }
  const target = goal.via.includes(weight) ? (rest[0] ?? goal.weight) : goal.weight;
  return to(target, target > weight ? STAGE.raise : STAGE.lower);
}

/**
 * What one origin does in a change that moves several at once: as many field groups as its next step has. Pure.
 * @returns none for a gate, which is no field of a group, and for a drain that must not wait for anything.
 */
export function jointMoves(origin: Origin, goal: Goal): readonly OriginMove[] {
  const next = nextMove(origin, goal);
  if (next === undefined || next.isUrgent || 'isShut' in next.move) {
    return [];
  }
  const { id } = origin;
  if ('weight' in next.move) {
    return next.stage === STAGE.prepare ? [next.move, { id, enabled: true }] : [next.move];
  }
  const isTidied = next.move.enabled || goal.weight === origin.weight;
  return isTidied ? [next.move] : [next.move, { id, weight: goal.weight }];
}

/** True for what changes whom clients reach: an origin that serves, or comes to. Pure. */
export function isFelt({ enabled }: Origin, moves: readonly OriginMove[]): boolean {
  return moves.length > 0 && (enabled || moves.some((move) => 'enabled' in move && move.enabled));
}
