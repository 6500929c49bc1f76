import type { JsonObject } from '../domain/json.ts';
import { intentKey, type Intent, type Wanter } from './intent.ts';

/** Who turns a way back around, and why. `at` is ISO 8601. */
export interface TurnedAround {
  readonly by: Wanter;
  readonly cause: string;
  readonly reason: string;
  readonly at: string;
}

/**
 * What was to go back is wanted again, by whoever turned its way back around, until somebody lets go of it: the occasion
 * of the intents that leave is over, and would let it go back at once. One wish of each kind for each subject. Pure.
 *
 * It is as pressing as can be, since requests may go where they fail; how it was to go, for how long, how it was to come
 * back, and which rules people had overridden were meant for that occasion.
 */
export function wantedAgain(intents: readonly Intent[], { by, cause, reason, at }: TurnedAround): readonly Intent[] {
  const wanted = intents.map(({ subject, kind, value }): Intent => ({
    schema: 1,
    ...{ subject, by, cause: `${cause}:${kind}`, kind, reason },
    value: againOf(value),
    mode: 'enforce',
    signals: [],
    asOf: at,
    openedAt: at,
    state: 'open',
  }));
  return [...new Map(wanted.map((intent) => [intentKey(intent), intent])).values()];
}

function againOf(value: JsonObject): JsonObject {
  const kept = Object.fromEntries(Object.entries(value).filter(([name]) => !OF_THE_OCCASION.includes(name)));
  return 'urgency' in kept ? { ...kept, urgency: 'emergency' } : kept;
}

const OF_THE_OCCASION: readonly string[] = ['via', 'back', 'untilMs', 'attempt', 'overrides', 'overridesBack'];
