import type { Goal } from '../../../domain/traffic/moves.ts';
import type { Origin, OriginMove } from '../../../domain/traffic/origin.ts';
import { withRoomFirst } from '../../../domain/traffic/room.ts';
import {
  atGoals,
  beforeGoals,
  walk,
  type Breach,
  type Rules,
  type Stride,
  type Walk,
} from '../../../domain/traffic/walk.ts';
import type { Intent } from '../../../intents/intent.ts';
import type { Situation } from '../../../reconcile/target-kind.ts';
import { withPart, withStandby } from './easing.ts';
import { foldEdge, type Folded } from '../fold.ts';
import { goalsByCapacity } from './goals-by-capacity.ts';
import type { Measured, ObservedEdge } from '../observe.ts';
import { overriddenFor } from './overrides.ts';
import { frozenOrigins } from '../removal/removal.ts';
import { findBreach, takesAway } from '../rules.ts';
import { asTheyAre, stayingOf } from './staying.ts';
import { mayJoinOf } from '../swap.ts';
import { withTheirs } from './together.ts';
import { isEmergency } from './weakness.ts';

/** What is tried, and with what. */
export interface Trial {
  readonly observed: ObservedEdge;
  readonly situation: Situation;
  /** What people should know about an intent that is not kept back. */
  readonly notes: ReadonlyMap<Intent, string>;
  /** True if what is kept back stays as far as it stands there; false if it is undone. */
  readonly keepsBegun: boolean;
}

/** What came of it. */
export interface Attempt {
  readonly folded: Folded;
  readonly goals: ReadonlyMap<string, Goal>;
  readonly strides: readonly Stride[];
  readonly breach?: Breach;
  /** What would be broken without the standby, or if all of the traffic moved. */
  readonly eased?: Breach;
}

/** The way to everything that is wanted, but for what is kept back; or the rule that it would break. Pure. */
export function tryWithout(
  blocked: ReadonlyMap<Intent, Breach>,
  { observed, situation, notes, keepsBegun }: Trial,
): Attempt {
  const { intents: stays, halfway } = stayingOf(blocked, observed, situation, keepsBegun);
  const isNative = (intent: Intent): boolean => notes.get(intent) === 'native-priority-failover';
  const acting = [...situation.acting.filter((intent) => !blocked.has(intent) && !isNative(intent)), ...stays];
  const frozen = frozenOrigins(observed.edge, acting);
  const isOurs = ({ id }: Origin): boolean =>
    !frozen.has(id) && observed.edge.origins.some((origin) => origin.id === id);
  const leaving = situation.leaving.filter((intent) => !blocked.has(intent));
  const wanted = foldEdge(observed.origins.filter(isOurs), {
    ...situation,
    hasGates: observed.hasGates,
    removed: new Set(observed.edge.removed?.origins ?? []),
    acting,
    leaving,
  });
  const kept = asTheyAre(wanted.goals, observed.origins, { halfway, wanted: acting });
  const goals = frozen.size === 0 || situation.isUndoing ? kept : withTheirs(kept, observed, [...acting, ...leaving]);
  const folded = { ...wanted, goals };
  const { measured } = observed;
  if (measured === undefined) {
    return { folded, goals: folded.goals, strides: [] };
  }
  const rules = rulesFor(folded, observed, { measured, situation });
  // What stands still together with what has left the fleet is divided from where it stood at first.
  const divided = (some: ReadonlyMap<string, Goal>): ReadonlyMap<string, Goal> =>
    goalsByCapacity(some, observed, { ...situation, acting }, goals === kept ? some : kept);
  const plain = divided(folded.goals);
  const ruled = { observed, situation, rules };
  const first = attemptOf(folded, plain, ruled);
  if (first.breach === undefined) {
    return first;
  }
  const { safety } = observed.edge.policy;
  const standby = safety.allowStandby
    ? withStandby(plain, observed.origins, [...situation.acting, ...stays])
    : undefined;
  const second = standby === undefined ? first : attemptOf(folded, standby, ruled);
  if (second.breach === undefined) {
    return { ...second, eased: { ...first.breach, page: false } };
  }
  // What a standby would lack is what people can mend: that without it nobody would serve is known.
  const refused = second.breach.reason === 'insufficient-capacity' ? { ...first, breach: second.breach } : first;
  if (!safety.allowPartial) {
    return refused;
  }
  // What still serves is no reason to divide anew: one write takes as much as fits.
  const isTooMuch = first.breach.reason === 'insufficient-capacity';
  const part = isTooMuch
    ? withPart(folded.goals, observed, { measured, wanted: situation, fields: situation.fields })
    : undefined;
  const third = part === undefined ? first : attemptOf(folded, divided(part), ruled);
  return third.breach === undefined ? { ...third, eased: { ...first.breach, page: false } } : refused;
}

interface Ruled extends Pick<Trial, 'observed' | 'situation'> {
  readonly rules: Rules;
}

function attemptOf(folded: Folded, goals: ReadonlyMap<string, Goal>, { observed, situation, rules }: Ruled): Attempt {
  const { origins } = observed;
  const end = atGoals(origins, goals);
  const isChange = end.some((after, index) => {
    const before = origins[index];
    return (
      before?.enabled !== after.enabled ||
      before.weight !== after.weight ||
      (before.isShut ?? false) !== (after.isShut ?? false)
    );
  });
  const breach = isChange ? rules(beforeGoals(origins, goals), end) : undefined;
  if (breach !== undefined) {
    return { folded, goals, strides: [], breach };
  }
  const goOn = (from: readonly Origin[]): Walk => walk(from, goals, rules, mayJoinOf(observed, situation, folded));
  const isByHand = (id: string): boolean => folded.drift.some((one) => one.subject === id && one.group === 'weight');
  const isPutBack = (move: OriginMove): boolean =>
    situation.isPressed === true && 'weight' in move && isByHand(move.id);
  const isRoom = ({ move }: Stride): boolean =>
    isPutBack(move) || isEasing(move, goals.get(move.id), folded.goals.get(move.id));
  return { folded, goals, ...withRoomFirst(goOn(origins), origins, { rules, isRoom, goOn }) };
}

/** True for a move that leads to where nobody wants the origin: a standby comes in, or a weight follows the capacity. */
function isEasing(move: OriginMove, goal: Goal | undefined, wanted: Goal | undefined): boolean {
  if ('enabled' in move) {
    return move.enabled !== wanted?.enabled;
  }
  // What comes back by steps is somebody's, and so is its last one.
  const isFree = wanted?.via.length === 0;
  return 'weight' in move && isFree && move.weight === goal?.weight && goal.weight !== wanted.weight;
}

/** What the steps of a fold must not break. Pure. */
export function rulesFor(
  { overrides, goals }: Folded,
  { edge }: ObservedEdge,
  { measured, situation }: { readonly measured: Measured; readonly situation: Situation },
): Rules {
  const { acting, leaving, isUndoing } = situation;
  const { division, capacity } = measured;
  const condemned = condemnedBy(situation);
  const facts = { safety: edge.policy.safety, division, capacity, condemned };
  const isShared = acting.some(({ kind }) => kind === 'shares');
  const returning = new Set(leaving.filter(({ kind }) => kind === 'out').map(({ subject }) => subject));
  return (before, after) => {
    if (isUndoing && !takesAway(before, after)) {
      return undefined;
    }
    const sick = isUndoing ? undefined : brokenTarget(before, after, { isShared, returning });
    const asked = overriddenFor(overrides, [before, after], goals);
    const breach = sick ?? findBreach(before, after, { ...facts, overrides: asked });
    // Somebody has asked for the way back, or a step has failed: they are to hear that it is not made.
    return breach !== undefined && isUndoing ? { ...breach, page: true } : breach;
  };
}

/** Origins that evidence drives out, those included that people are still asked about; who pins one in says otherwise. */
function condemnedBy({ acting, dormant = [] }: Situation): ReadonlySet<string> {
  const isPinnedIn = ({ subject }: Intent): boolean =>
    acting.some(({ kind, subject: one, value }) => kind === 'pin' && one === subject && value['pinned'] === 'in');
  const isAsked = ({ mode, state }: Intent): boolean => mode === 'propose' && (state === 'open' || state === 'blocked');
  return new Set(
    [...acting, ...dormant.filter(isAsked)]
      .filter((intent) => 'reaction' in intent.by && isEmergency(intent))
      .filter((intent) => !isPinnedIn(intent))
      .map(({ subject }) => subject),
  );
}

/** Traffic is not sent to an origin that is known to be sick, nor to one of which nothing is known. */
function brokenTarget(
  before: readonly Origin[],
  after: readonly Origin[],
  { isShared, returning }: { readonly isShared: boolean; readonly returning: ReadonlySet<string> },
): Breach | undefined {
  const isMore = ({ id, weight, enabled }: Origin): boolean =>
    enabled && weight > (before.find((origin) => origin.id === id)?.weight ?? 0);
  // What comes back by steps stays at the one at which enough call it bad.
  if (after.some((origin) => returning.has(origin.id) && origin.isCalledBad === true && isMore(origin))) {
    return { reason: 'target-unhealthy', page: false };
  }
  const raised = after.filter((origin) => {
    const { id, enabled, isShut } = origin;
    const was = before.find((one) => one.id === id);
    const isBack = was?.enabled === false || (was?.isShut === true && isShut !== true);
    return enabled && (isBack || (isShared && isMore(origin)));
  });
  const health = raised.map(({ healthy }) => healthy);
  if (health.includes(false)) {
    return { reason: 'target-unhealthy', page: false };
  }
  return health.includes(undefined) ? { reason: 'target-health-unknown', page: false } : undefined;
}
