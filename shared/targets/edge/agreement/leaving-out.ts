import { isServing } from '../../../domain/traffic/serving.ts';
import type { Breach } from '../../../domain/traffic/walk.ts';
import type { Intent } from '../../../intents/intent.ts';
import type { Situation } from '../../../reconcile/target-kind.ts';
import { handSetWeights } from '../drift.ts';
import { tryWithout, type Attempt, type Trial } from './attempt.ts';
import { mayBegin } from './begin.ts';
import { mayLeave, standsInPart } from './leave.ts';
import { byWeakness, isEmergency } from './weakness.ts';

/** Who is kept back, with the rule, and what comes of it. */
interface KeptBack {
  readonly blocked: Map<Intent, Breach>;
  readonly attempt: Attempt;
}

/** The same, and in which situation. */
interface LeftOut extends KeptBack {
  readonly situation: Situation;
}

/**
 * Leaves out, from the weakest and newest on, what would break a rule. Pure.
 *
 * What is left out stays as far as it stands there, unless somebody stronger has what they want without it: else a wish
 * that is left out would move what lets another one in, and be let in again.
 */
export function leaveOut(world: Omit<Trial, 'keepsBegun'>): LeftOut {
  const { situation, observed } = world;
  const left = leftOut(world);
  if (isWhole(shortOf(left)) || handSetWeights(observed.origins, situation).length === 0) {
    return left;
  }
  // Weights that somebody has set by hand are put back before an emergency is kept back because of them.
  const pressed = leftOut({ ...world, situation: { ...situation, isPressed: true } });
  return isBetter(shortOf(pressed), shortOf(left)) ? pressed : left;
}

function leftOut(world: Omit<Trial, 'keepsBegun'>): LeftOut {
  const { situation, observed } = world;
  const order = byWeakness(situation, observed.origins);
  const staying = { ...keptBackIn(order, { ...world, keepsBegun: true }), situation };
  const isPart = (intent: Intent): boolean => standsInPart(intent, observed.origins, situation.fields);
  const hasPart = [...staying.blocked.keys()].some(isPart);
  if (!hasPart && ![...staying.blocked.keys()].some(({ kind }) => kind === 'shares')) {
    return staying;
  }
  const undone = { ...keptBackIn(order, { ...world, keepsBegun: false }), situation };
  const decides = order.findLast((intent) => staying.blocked.has(intent) !== undone.blocked.has(intent));
  if (decides === undefined && hasPart) {
    return isBetter(shortOf(undone), shortOf(staying)) ? undone : staying;
  }
  return decides !== undefined && staying.blocked.has(decides) ? undone : staying;
}

/** Emergencies that the others have no room for. */
interface Short {
  readonly blocked: ReadonlySet<Intent>;
  /** One goes in part, or with what stands by. */
  readonly isEased: boolean;
}

function shortOf({ blocked, attempt: { eased }, situation }: LeftOut): Short {
  const emergencies = situation.acting.filter(isEmergency);
  return {
    blocked: new Set(emergencies.filter((intent) => blocked.get(intent)?.reason === NO_ROOM)),
    isEased: emergencies.length > 0 && eased?.reason === NO_ROOM,
  };
}

const NO_ROOM = 'insufficient-capacity';

function isWhole({ blocked, isEased }: Short): boolean {
  return blocked.size === 0 && !isEased;
}

/** True if more of the emergencies are let in, and none that was is not. */
function isBetter(one: Short, other: Short): boolean {
  const isMore = one.blocked.size < other.blocked.size || (other.isEased && !one.isEased);
  return [...one.blocked].every((intent) => other.blocked.has(intent)) && isMore;
}

function keptBackIn(order: readonly Intent[], trial: Trial): KeptBack {
  const blocked = ruledOut(trial);
  let attempt = tryWithout(blocked, trial);
  for (const victim of order) {
    if (attempt.breach === undefined) {
      break;
    }
    if (!blocked.has(victim)) {
      blocked.set(victim, attempt.breach);
      attempt = tryWithout(blocked, trial);
    }
  }
  const candidates = [...blocked.keys()].filter((intent) => ruleOn(intent, trial) === undefined).toReversed();
  if (candidates.length === 0) {
    return { blocked, attempt };
  }
  reprieve(candidates, blocked, trial);
  return { blocked, attempt: tryWithout(blocked, trial) };
}

function ruledOut(trial: Trial): Map<Intent, Breach> {
  const { acting, leaving } = trial.situation;
  return new Map(
    [...acting, ...leaving].flatMap((intent) => {
      const breach = ruleOn(intent, trial);
      return breach === undefined ? [] : [[intent, breach] as const];
    }),
  );
}

function ruleOn(intent: Intent, { observed, situation }: Trial): Breach | undefined {
  return (situation.leaving.includes(intent) ? mayLeave : mayBegin)(intent, observed, situation);
}

/**
 * What was left out although something else was to blame comes back in: what stands there already first and together,
 * then one by one, since each may make room for the next. What fits as it is goes before what needs a standby or moves in
 * part.
 */
function reprieve(candidates: readonly Intent[], blocked: Map<Intent, Breach>, trial: Trial): void {
  const standing = candidates.filter(({ kind, subject }) => kind === 'out' && !isServed(subject, trial));
  const rest = new Map([...blocked].filter(([intent]) => !standing.includes(intent)));
  if (tryWithout(rest, trial).breach === undefined) {
    standing.forEach((intent) => blocked.delete(intent));
  }
  for (const mayEase of [false, true]) {
    let count: number;
    do {
      count = blocked.size;
      for (const intent of candidates.filter((one) => blocked.has(one))) {
        const rule = blocked.get(intent);
        blocked.delete(intent);
        const { breach, eased } = tryWithout(blocked, trial);
        const alone = breach ?? (mayEase ? undefined : eased);
        if (alone !== undefined) {
          blocked.set(intent, mayEase ? alone : (rule ?? alone));
        }
      }
    } while (blocked.size < count);
  }
}

function isServed(id: string, { observed }: Trial): boolean {
  return observed.origins.some((origin) => origin.id === id && isServing(origin));
}
