import { nextMove, type Goal, type NextMove } from './moves.ts';
import { moved, type Origin, type OriginMove } from './origin.ts';

/** A rule that a change would break. `page`: people must hear of it. */
export interface Breach {
  readonly reason: string;
  readonly page: boolean;
}

/** Says what a change would break. */
export type Rules = (before: readonly Origin[], after: readonly Origin[]) => Breach | undefined;

/** A move with the states around it. */
export interface Stride extends NextMove {
  readonly before: readonly Origin[];
  readonly after: readonly Origin[];
}

/** Moves that lead to the goals, in order, and what keeps the next one back where they do not. */
export interface Walk {
  readonly strides: readonly Stride[];
  readonly breach?: Breach;
}

/** More than any edge has origins and steps. */
const MAX_MOVES = 2_000;

/**
 * The order in which single writes lead from what is to what shall be, each of them within the rules. Pure.
 *
 * The most pressing move that breaks nothing comes first: a drain that would overload what is left waits until the
 * receivers have been raised.
 */
export function walk(origins: readonly Origin[], goals: ReadonlyMap<string, Goal>, rules: Rules): Walk {
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
    const judged = candidates.map((candidate) => {
      const after = moved(state, candidate.move);
      return { ...candidate, before: state, after, breach: rules(asWell(state, candidate.move), after) };
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

/** The state in which the origin that is changed counts as healthy: a drain is judged by what it takes away. */
function asWell(origins: readonly Origin[], { id }: OriginMove): readonly Origin[] {
  return origins.map((origin) => (origin.id === id ? { ...origin, healthy: true } : origin));
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
      ...(isOpened ? { healthy: true } : {}),
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
