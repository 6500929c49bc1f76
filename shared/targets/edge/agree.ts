import type { Goal } from '../../domain/traffic/moves.ts';
import type { Origin } from '../../domain/traffic/origin.ts';
import { servingTier } from '../../domain/traffic/serving.ts';
import { atGoals, beforeGoals, walk, type Breach, type Rules, type Stride } from '../../domain/traffic/walk.ts';
import type { Intent } from '../../intents/intent.ts';
import type { Situation } from '../../reconcile/target-kind.ts';
import { mayBegin, mayLeave } from './begin.ts';
import { foldEdge, type Folded } from './fold.ts';
import type { Measured, ObservedEdge } from './observe.ts';
import { goalsByCapacity } from './goals-by-capacity.ts';
import { withPart, withStandby } from './easing.ts';
import { overriddenFor } from './overrides.ts';
import { frozenOrigins } from './removal.ts';
import { mayJoinOf } from './swap.ts';
import { withTheirs } from './together.ts';
import { REMOVED } from './removal.ts';
import { findBreach, takesAway } from './rules.ts';
import { asTheyAre, stayingOf } from './staying.ts';
import { byWeakness } from './weakness.ts';

/** What is done of what is wanted, so that no rule is broken. */
export interface Agreed {
  readonly folded: Folded;
  readonly strides: readonly Stride[];
  /** Those of them that can be written now: while the control plane does not answer, gates alone. */
  readonly possible: readonly Stride[];
  /** Intents that are kept back, with the rule. */
  readonly blocked: ReadonlyMap<Intent, Breach>;
  /** What people should know about an intent that is not kept back. */
  readonly notes: ReadonlyMap<Intent, string>;
  /** The rule that keeps back what nobody wants any more: no intent is to blame. */
  readonly kept?: Breach;
  /** What would be broken without a standby, or if all of the traffic moved. */
  readonly eased?: Breach;
}

interface Attempt {
  readonly folded: Folded;
  readonly goals: ReadonlyMap<string, Goal>;
  readonly strides: readonly Stride[];
  readonly breach?: Breach;
  /** What would be broken without the standby, or if all of the traffic moved. */
  readonly eased?: Breach;
}

/**
 * Leaves out, from the weakest and newest on, what would break a rule, and finds the way to the rest. Pure.
 * What is left out is not undone either: its subject stays as it is.
 */
export function agree(observed: ObservedEdge, situation: Situation): Agreed {
  const blocked = new Map<Intent, Breach>();
  const notes = new Map<Intent, string>();
  for (const intent of situation.acting) {
    const breach = mayBegin(intent, observed, situation);
    if (breach !== undefined) {
      blocked.set(intent, breach);
    }
    const note = noteOn(intent, observed);
    if (note !== undefined) {
      notes.set(intent, note);
    }
  }
  for (const intent of situation.leaving) {
    const breach = mayLeave(intent, observed, situation);
    if (breach !== undefined) {
      blocked.set(intent, breach);
    }
  }
  let attempt = tryWithout(blocked, notes, observed, situation);
  for (const victim of byWeakness(situation, observed.origins)) {
    if (attempt.breach === undefined) {
      break;
    }
    if (!blocked.has(victim)) {
      blocked.set(victim, attempt.breach);
      attempt = tryWithout(blocked, notes, observed, situation);
    }
  }
  reprieve(blocked, notes, observed, situation);
  const { folded, strides, breach, eased } = tryWithout(blocked, notes, observed, situation);
  const corrected = correctDrift(folded, situation, { strides, notes, blocked });
  const possible = observed.isBlind ? gatesAlone(corrected, folded, { observed, situation }) : corrected;
  // What has left the fleet wants nothing but its way back.
  const wishes = [...situation.acting.filter(({ kind }) => kind !== REMOVED), ...situation.leaving];
  const isUnwanted = wishes.length + strides.length === 0;
  const kept = isUnwanted ? (breach ?? eased) : undefined;
  return {
    ...{ folded, strides: corrected, possible, blocked, notes },
    ...(kept === undefined ? {} : { kept }),
    ...(eased === undefined ? {} : { eased }),
  };
}

/** The gates among the strides that may be moved although nothing else can be: none waits for a write before it. */
function gatesAlone(
  strides: readonly Stride[],
  folded: Folded,
  { observed, situation }: { readonly observed: ObservedEdge; readonly situation: Situation },
): readonly Stride[] {
  const { origins, measured } = observed;
  const wanted = new Map(strides.flatMap(({ move }) => ('isShut' in move ? [[move.id, move.isShut] as const] : [])));
  const goals = origins.flatMap(({ id, enabled, weight }): [string, Goal][] => {
    const isShut = wanted.get(id);
    const isUrgent = folded.goals.get(id)?.isUrgent ?? false;
    return isShut === undefined ? [] : [[id, { enabled, isShut, weight, via: [], isUrgent }]];
  });
  return measured === undefined
    ? []
    : walk(origins, new Map(goals), rulesFor(folded, observed, { measured, situation })).strides;
}

/** What was left out although something else was to blame comes back in. */
function reprieve(
  blocked: Map<Intent, Breach>,
  notes: ReadonlyMap<Intent, string>,
  observed: ObservedEdge,
  situation: Situation,
): void {
  for (const intent of [...blocked.keys()].toReversed()) {
    const rule = intent.state === 'leaving' ? mayLeave : mayBegin;
    if (rule(intent, observed, situation) !== undefined) {
      continue;
    }
    blocked.delete(intent);
    const alone = tryWithout(blocked, notes, observed, situation).breach;
    if (alone !== undefined) {
      blocked.set(intent, alone);
    }
  }
}

function tryWithout(
  blocked: ReadonlyMap<Intent, Breach>,
  notes: ReadonlyMap<Intent, string>,
  observed: ObservedEdge,
  situation: Situation,
): Attempt {
  const { intents: stays, halfway } = stayingOf(blocked, observed, situation);
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
  const plain = goalsByCapacity(folded.goals, observed, { ...situation, acting });
  const trial = { observed, situation, rules };
  const first = attemptOf(folded, plain, trial);
  if (first.breach === undefined) {
    return first;
  }
  const { safety } = observed.edge.policy;
  const standby = safety.allowStandby
    ? withStandby(plain, observed.origins, [...situation.acting, ...stays])
    : undefined;
  const second = standby === undefined ? first : attemptOf(folded, standby, trial);
  if (second.breach === undefined || !safety.allowPartial) {
    return second.breach === undefined ? { ...second, eased: { ...first.breach, page: false } } : first;
  }
  // What still serves is no reason to divide anew: one write takes as much as fits.
  const part = withPart(folded.goals, observed, { measured, acting, fields: situation.fields });
  const third =
    part === undefined ? first : attemptOf(folded, goalsByCapacity(part, observed, { ...situation, acting }), trial);
  return third.breach === undefined ? { ...third, eased: { ...first.breach, page: false } } : first;
}

interface Trial {
  readonly observed: ObservedEdge;
  readonly situation: Situation;
  readonly rules: Rules;
}

function attemptOf(folded: Folded, goals: ReadonlyMap<string, Goal>, { observed, situation, rules }: Trial): Attempt {
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
  return { folded, goals, ...walk(origins, goals, rules, mayJoinOf(observed, situation, folded)) };
}

function rulesFor(
  { overrides, goals }: Folded,
  { edge }: ObservedEdge,
  { measured, situation }: { readonly measured: Measured; readonly situation: Situation },
): Rules {
  const facts = { safety: edge.policy.safety, division: measured.division, capacity: measured.capacity };
  const isShared = situation.acting.some(({ kind }) => kind === 'shares');
  return (before, after) => {
    if (situation.isUndoing && !takesAway(before, after)) {
      return undefined;
    }
    const sick = situation.isUndoing ? undefined : brokenTarget(before, after, isShared);
    return sick ?? findBreach(before, after, { ...facts, overrides: overriddenFor(overrides, [before, after], goals) });
  };
}

/** Traffic is not sent to an origin that is known to be sick, nor to one of which nothing is known. */
function brokenTarget(before: readonly Origin[], after: readonly Origin[], isShared: boolean): Breach | undefined {
  const raised = after.filter(({ id, enabled, weight, isShut }) => {
    const was = before.find((origin) => origin.id === id);
    const isBack = was?.enabled === false || (was?.isShut === true && isShut !== true);
    return enabled && (isBack || (isShared && weight > (was?.weight ?? 0)));
  });
  const health = raised.map(({ healthy }) => healthy);
  if (health.includes(false)) {
    return { reason: 'target-unhealthy', page: false };
  }
  return health.includes(undefined) ? { reason: 'target-health-unknown', page: false } : undefined;
}

/** The probes have moved all traffic to another tier already. */
function noteOn({ kind, subject, value }: Intent, { origins }: ObservedEdge): string | undefined {
  const origin = origins.find(({ id }) => id === subject);
  if (kind !== 'out' || origin?.enabled !== true || origin.healthy !== false || value['urgency'] !== 'emergency') {
    return undefined;
  }
  if (origin.isAlwaysServed === true) {
    return undefined;
  }
  const [serving] = servingTier(origins);
  const isAlone = !origins.some(
    ({ id, enabled, priority }) => enabled && id !== subject && priority === origin.priority,
  );
  return isAlone && serving !== undefined && serving.priority > origin.priority
    ? 'native-priority-failover'
    : undefined;
}

/** Ours is put back once where somebody else's value stands and an emergency asks for it; then people must look. */
function correctDrift(
  { drift }: Folded,
  { acting }: Situation,
  { strides, notes, blocked }: { strides: readonly Stride[]; notes: Map<Intent, string>; blocked: Map<Intent, Breach> },
): readonly Stride[] {
  return drift.reduce((left, { subject, corrections }) => {
    const about = acting.filter(
      (intent) => intent.subject === subject && intent.kind === 'out' && !blocked.has(intent),
    );
    const isEmergency = about.some(({ value }) => value['urgency'] === 'emergency');
    if (about.length === 0 || (isEmergency && corrections === 0)) {
      about.forEach((intent) => notes.set(intent, 'drift'));
      return left;
    }
    about.forEach((intent) => blocked.set(intent, { reason: 'drift', page: true }));
    return left.filter(({ move }) => move.id !== subject);
  }, strides);
}
