import type { Goal } from '../../../domain/traffic/moves.ts';
import type { Origin } from '../../../domain/traffic/origin.ts';
import { isServing } from '../../../domain/traffic/serving.ts';
import type { OutWish, SharesWish } from '../../../domain/traffic/wishes.ts';
import type { Intent } from '../../../intents/intent.ts';

/** Rules that people have overridden for one wish, and the origins that it is about. */
export interface Override {
  readonly rules: readonly string[];
  /** Whom the wish is about: whoever wants weights takes nobody out. */
  readonly subject: string;
  /** Ids of the origins that it moves. */
  readonly subjects: readonly string[];
}

/** What the open intents override, each for itself and for the plan that people agree to. Pure. */
export function overridesOf(acting: readonly Intent[]): readonly Override[] {
  return acting.flatMap(({ subject, value, isCarriedOut }) => {
    const { overrides: rules = [], weights = {} } = value as unknown as Partial<OutWish & SharesWish>;
    return rules.length === 0 || isCarriedOut === true
      ? []
      : [{ rules, subject, subjects: [subject, ...Object.keys(weights)] }];
  });
}

/**
 * The rules that do not hold for one change. Pure. People have agreed to what one wish breaks, not to what others break
 * while it stands: who takes an origin out answers for that origin, and whoever moves weights for what is under way.
 */
export function overriddenFor(
  overrides: readonly Override[],
  [before, after]: readonly [readonly Origin[], readonly Origin[]],
  goals: ReadonlyMap<string, Goal>,
): readonly string[] {
  const now = new Map(before.map((origin) => [origin.id, origin]));
  const taken = after.filter((origin) => !isServing(origin) && isServing(now.get(origin.id) ?? origin));
  const moving = [...after, ...before].filter(
    (origin) => isDifferent(origin, now.get(origin.id)) || isDifferent(origin, goals.get(origin.id)),
  );
  const isMeant = ({ subjects }: Override): boolean => moving.some(({ id }) => subjects.includes(id));
  const named = new Set((taken.length > 0 ? overrides : overrides.filter(isMeant)).flatMap(({ rules }) => rules));
  return [...named]
    .filter((rule) => taken.every(({ id }) => overrides.some((one) => one.rules.includes(rule) && one.subject === id)))
    .toSorted();
}

type Moved = Pick<Origin, 'enabled' | 'weight' | 'isShut'>;

function isDifferent({ enabled, weight, isShut = false }: Moved, other: Moved | Goal | undefined): boolean {
  return (
    other !== undefined && (other.enabled !== enabled || other.weight !== weight || (other.isShut ?? isShut) !== isShut)
  );
}
