import type { JsonObject } from '../domain/json.ts';
import type { Intent, Wanter } from './intent.ts';

/** Who turns a way back around, and why. `at` is ISO 8601. */
export interface TurnedAround {
  readonly by: Wanter;
  readonly cause: string;
  readonly reason: string;
  readonly at: string;
}

/**
 * What was to go back is wanted again, by whoever turned its way back around, until somebody lets go of it: the occasion
 * of the intent that leaves is over, and would let it go back at once. Pure.
 *
 * It is as pressing as can be, since requests may go where they fail; how it was to go, for how long, and how it was to
 * come back were meant for that occasion.
 */
export function wantedAgain({ subject, kind, value }: Intent, { by, cause, reason, at }: TurnedAround): Intent {
  return {
    schema: 1,
    ...{ subject, by, cause, kind, reason },
    value: againOf(value),
    mode: 'enforce',
    signals: [],
    asOf: at,
    openedAt: at,
    state: 'open',
  };
}

function againOf(value: JsonObject): JsonObject {
  const kept = Object.fromEntries(Object.entries(value).filter(([name]) => !OF_THE_OCCASION.includes(name)));
  return 'urgency' in kept ? { ...kept, urgency: 'emergency' } : kept;
}

const OF_THE_OCCASION: readonly string[] = ['via', 'back', 'untilMs', 'attempt'];
