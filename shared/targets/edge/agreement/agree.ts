import type { Goal } from '../../../domain/traffic/moves.ts';
import { servingTier } from '../../../domain/traffic/serving.ts';
import { walk, type Breach, type Stride } from '../../../domain/traffic/walk.ts';
import type { Intent } from '../../../intents/intent.ts';
import type { Situation } from '../../../reconcile/target-kind.ts';
import { rulesFor } from './attempt.ts';
import { DRIFT, isDone } from './begin.ts';
import type { Folded } from '../fold.ts';
import { NO_SNAPSHOT } from './leave.ts';
import { leaveOut } from './leaving-out.ts';
import type { ObservedEdge } from '../observe.ts';
import { REMOVED } from '../removal/removal.ts';
import { isEmergency } from './weakness.ts';

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

/** What can be done of what is wanted, and the way to it. Pure. */
export function agree(observed: ObservedEdge, given: Situation): Agreed {
  const notes = new Map<Intent, string>();
  for (const intent of given.acting) {
    const note = noteOn(intent, observed);
    if (note !== undefined) {
      notes.set(intent, note);
    }
  }
  const { blocked, attempt, situation } = leaveOut({ observed, situation: given, notes });
  const { folded, strides, breach, eased } = attempt;
  if (situation.isPressed === true) {
    situation.acting
      .filter((intent) => isEmergency(intent) && !isDone(intent, observed.origins))
      .forEach((intent) => notes.set(intent, DRIFT));
  }
  const corrected = correctDrift(folded, situation, { strides, notes, blocked });
  const possible = observed.isBlind ? gatesAlone(corrected, folded, { observed, situation }) : corrected;
  // What has left the fleet wants nothing but its way back, and what was never ours to bring back wants nothing.
  const isNobodys = (intent: Intent): boolean =>
    situation.acting.includes(intent) ? intent.kind === REMOVED : blocked.get(intent)?.reason === NO_SNAPSHOT;
  const isUnwanted = strides.length === 0 && [...situation.acting, ...situation.leaving].every(isNobodys);
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
  return drift.reduce((left, { subject, group, corrections }) => {
    const about = acting.filter(
      (intent) => intent.subject === subject && intent.kind === 'out' && !blocked.has(intent),
    );
    const isUrgent = about.some(isEmergency);
    // What is out, or goes out without steps, is so whatever its weight is.
    const isAnyWeight = group === 'weight' && !left.some(({ move }) => move.id === subject && 'weight' in move);
    if (about.length === 0 || isAnyWeight || (isUrgent && corrections === 0)) {
      about.forEach((intent) => notes.set(intent, DRIFT));
      return left;
    }
    about.forEach((intent) => blocked.set(intent, { reason: DRIFT, page: true }));
    return left.filter(({ move }) => move.id !== subject);
  }, strides);
}
