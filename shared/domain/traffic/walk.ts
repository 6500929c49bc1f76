import { isFelt, jointMoves, nextMove, type Goal, type NextMove } from './moves.ts';
import { moved, type Origin, type OriginMove } from './origin.ts';

/** A rule that a change would break. `page`: people must hear of it. */
export interface Breach {
  readonly reason: string;
  readonly page: boolean;
  /** What would let it pass, in words for people. */
  readonly advice?: string;
}

/** Says what a change would break. */
export type Rules = (before: readonly Origin[], after: readonly Origin[]) => Breach | undefined;

/** A move with the states around it. */
export interface Stride extends NextMove {
  readonly before: readonly Origin[];
  readonly after: readonly Origin[];
  /** Where several origins move at once: all of it; `move` is the first. */
  readonly together?: readonly OriginMove[];
  /** The origin for whose urgent move it makes room: nobody has asked for it by itself. */
  readonly roomFor?: string;
}

/** Everything that a stride moves. Pure. */
export function movesOf({ move, together }: Stride): readonly OriginMove[] {
  return together ?? [move];
}

/** Moves that lead to the goals, in order, and what keeps the next one back where they do not. */
export interface Walk {
  readonly strides: readonly Stride[];
  readonly breach?: Breach;
}

/** Which origins may move together with others, by a switch of the whole group. */
export type MayJoin = (origin: Origin, goal: Goal) => boolean;

/** More than any edge has origins and steps. */
const MAX_MOVES = 2_000;

/**
 * The order in which single writes lead from what is to what shall be, each of them within the rules. Pure.
 *
 * The most pressing move that breaks nothing comes first: a drain that would overload what is left waits until the
 * receivers have been raised.
 *
 * @param mayJoin - what need not go one by one does not, unless something urgent waits or a rule allows it no other way.
 */
export function walk(
  origins: readonly Origin[],
  goals: ReadonlyMap<string, Goal>,
  rules: Rules,
  mayJoin?: MayJoin,
): Walk {
  const strides: Stride[] = [];
  let now = origins;
  for (let count = 0; count < MAX_MOVES; count += 1) {
    const state = now;
    const candidates = state
      .flatMap((origin) => {
        const goal = goals.get(origin.id);
        return (goal === undefined ? undefined : nextMove(origin, goal)) ?? [];
      })
      .toSorted((a, b) => a.stage - b.stage || (a.move.id < b.move.id ? -1 : 1));
    const [first] = candidates;
    if (first === undefined) {
      return { strides };
    }
    const joint =
      mayJoin === undefined || candidates.some(({ isUrgent }) => isUrgent)
        ? undefined
        : jointStride(state, goals, { rules, mayJoin });
    if (joint !== undefined) {
      strides.push(joint);
      now = joint.after;
      continue;
    }
    const judged = candidates.map((candidate) => {
      const after = moved(state, candidate.move);
      return { ...candidate, before: state, after, breach: rules(asWell(state, [candidate.move]), after) };
    });
    const next = judged.find(({ breach }) => breach === undefined);
    if (next === undefined) {
      const breach = judged[0]?.breach;
      return breach === undefined ? { strides } : { strides, breach };
    }
    strides.push(next);
    now = next.after;
  }
  return { strides };
}

/** The next step of all that may move together; none where that is one origin alone, or breaks a rule. */
function jointStride(
  state: readonly Origin[],
  goals: ReadonlyMap<string, Goal>,
  { rules, mayJoin }: { readonly rules: Rules; readonly mayJoin: MayJoin },
): Stride | undefined {
  const each = state.flatMap((origin) => {
    const goal = goals.get(origin.id);
    const moves = goal !== undefined && mayJoin(origin, goal) ? jointMoves(origin, goal) : [];
    return moves.length === 0 ? [] : [{ moves, isFelt: isFelt(origin, moves) }];
  });
  const together = each.flatMap(({ moves }) => moves);
  const [move] = together;
  if (move === undefined || each.filter((one) => one.isFelt).length < 2) {
    return undefined;
  }
  const after = together.reduce((all, one) => moved(all, one), state);
  return rules(asWell(state, together), after) === undefined
    ? { move, together, stage: 0, movesTraffic: true, isUrgent: false, before: state, after }
    : undefined;
}

/** The state in which the origins that are changed count as healthy: a drain is judged by what it takes away. */
export function asWell(origins: readonly Origin[], moves: readonly OriginMove[]): readonly Origin[] {
  return origins.map((origin) => (moves.some(({ id }) => id === origin.id) ? { ...origin, healthy: true } : origin));
}

/** The origins when all goals are reached. Pure. */
export function atGoals(origins: readonly Origin[], goals: ReadonlyMap<string, Goal>): readonly Origin[] {
  return origins.map((origin) => {
    const goal = goals.get(origin.id);
    if (goal === undefined) {
      return origin;
    }
    const { enabled, weight, isShut } = goal;
    const isOpened = origin.isShut === true && isShut === false;
    return {
      ...origin,
      enabled,
      weight,
      ...(isShut === undefined ? {} : { isShut }),
      ...(isOpened ? { healthy: origin.healthy ?? true } : {}),
    };
  });
}

/** The state before, with every origin that is to be changed taken for healthy. Pure. */
export function beforeGoals(origins: readonly Origin[], goals: ReadonlyMap<string, Goal>): readonly Origin[] {
  return origins.map((origin) => {
    const goal = goals.get(origin.id);
    const isChanged =
      goal !== undefined &&
      (goal.enabled !== origin.enabled ||
        goal.weight !== origin.weight ||
        (goal.isShut !== undefined && goal.isShut !== (origin.isShut ?? false)));
    return isChanged ? { ...origin, healthy: true } : origin;
  });
}
