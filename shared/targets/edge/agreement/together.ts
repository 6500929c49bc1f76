import type { Goal } from '../../../domain/traffic/moves.ts';
import type { Intent } from '../../../intents/intent.ts';
import { subjectsOf } from '../../../intents/subjects.ts';
import type { ObservedEdge } from '../observe.ts';

/**
 * What was moved together with an origin that has left the fleet (the weights of others, a standby) goes back together
 * with it: nothing that nobody asks for is undone before people have agreed.
 */
export function withTheirs(
  goals: ReadonlyMap<string, Goal>,
  { origins }: ObservedEdge,
  wishes: readonly Intent[],
): ReadonlyMap<string, Goal> {
  const wished = new Set(wishes.flatMap(subjectsOf));
  const live = origins
    .filter(({ id }) => goals.has(id) && !wished.has(id))
    .map(({ id, enabled, weight, isShut }): [string, Goal] => [
      id,
      { enabled, weight, via: [], isUrgent: false, ...(isShut === undefined ? {} : { isShut }) },
    ]);
  return new Map([...goals, ...live]);
}
