import type { Mode } from '../../domain/mode.ts';
import { intentKey, type Intent } from '../../intents/intent.ts';
import { IN_VAIN, isAskingAgain, PLAN_CHANGED, wasAskedInVain } from './consent.ts';
import { MANUAL_STEP_LATE } from '../manual-steps.ts';
import { isRestOf, isTakenFor, type Plan, type Step } from '../plan.ts';
import type { Look, Situation, TargetKind, Verdict } from '../target-kind.ts';

/**
 * True if people agreed to other steps than those that are left. One that they have stopped is theirs; one that stands
 * still because its steps have changed changes with them.
 */
export function isAnotherPlan({ consent, state, note, ...plan }: Plan, steps: readonly Step[]): boolean {
  const isTheirs = state === 'going-back' || (state === 'paused' && note !== PLAN_CHANGED);
  return consent !== undefined && !isTheirs && !isRestOf(steps, plan);
}

/**
 * True if a plan stands still for want of people, and not because one of them has stopped it. Where nobody has agreed to the
 * other half of it, a rule that keeps that back ends nothing: half of it would go back, or the rest be done unasked.
 */
export function isOursToEnd(plan: Plan, halves: readonly Verdict[]): boolean {
  return isAskingAgain(plan) ? halves.length === 0 : plan.note === MANUAL_STEP_LATE;
}

/**
 * A plan that people agreed to may do what waits for them; whatever else may act, acts by itself. They agreed to nothing
 * that is asked for while it goes back.
 */
export function modesFor(plan: Plan | undefined): readonly Mode[] {
  return plan?.consent === undefined || plan.state === 'going-back' ? ['enforce'] : ['enforce', 'propose'];
}

/** True if an emergency need not wait for a plan that stands still; one that people have to agree to waits for them. */
export function mayGoAhead({ consent }: Plan, first: Step | undefined, verdicts: readonly Verdict[]): boolean {
  const isFree = verdicts.some(
    ({ intent, outcome }) =>
      outcome === 'act' && intent.mode === 'enforce' && first !== undefined && isTakenFor(first, intent),
  );
  return first?.isUrgent === true && (consent === undefined || isFree);
}

interface Passing<O, C> {
  readonly plan: Plan | undefined;
  readonly kind: Pick<TargetKind<O, C>, 'look'>;
  readonly observed: O;
  readonly situation: Situation;
}

/**
 * A look at what acts by itself beside a plan that stands still, without what waits for people: an emergency among that
 * holds up none that waits for nobody. Undefined where the whole look lets one go ahead, or neither does. Pure.
 */
export function passingLook<O, C>(
  { steps, verdicts }: Look<C>,
  { plan, kind, observed, situation }: Passing<O, C>,
): Look<C> | undefined {
  if (plan?.state !== 'paused' || steps.length === 0 || mayGoAhead(plan, steps[0], verdicts)) {
    return undefined;
  }
  const served = new Set(plan.serves.map(({ key }) => key));
  const acting = situation.acting.filter((one) => one.mode === 'enforce' || served.has(intentKey(one)));
  const look = kind.look(observed, { ...situation, acting });
  return mayGoAhead(plan, look.steps[0], look.verdicts) ? look : undefined;
}

/** Why nobody is asked yet about what waits for people: one plan of a target is carried out at a time. */
export const BEHIND_PLAN = 'behind-plan';

interface Behind {
  readonly plan: Plan;
  /** The plan that people are asked about, if there is one. */
  readonly waiting: Plan | undefined;
  /** All that is wanted of the target. */
  readonly wishes: readonly Intent[];
  /** True if nothing is done before people say so, an emergency included. */
  readonly isStill: boolean;
  readonly kind: Pick<TargetKind<unknown, unknown>, 'intents' | 'isUrgent'>;
}

/** Verdicts of a look at a plan that goes on later, with what waits behind it: an emergency calls people. Pure. */
export function withBehind(
  verdicts: readonly Verdict[],
  { plan, waiting, wishes, isStill, kind }: Behind,
): readonly Verdict[] {
  const behind = kind.intents === 'standing' ? wishes.filter((intent) => isBehind(intent, [plan, waiting])) : [];
  const isAsked = (intent: Intent): boolean => isPassable(plan) && kind.isUrgent?.(intent) === true;
  // Those that a plan asks about have been called when it began to ask.
  const page = plan.note !== PLAN_CHANGED;
  const held = ({ intent, outcome }: Verdict): boolean =>
    isStill && outcome === 'act' && intent.mode === 'enforce' && kind.isUrgent?.(intent) === true;
  return [
    ...verdicts
      .filter(({ intent }) => !behind.includes(intent))
      .map((verdict): Verdict => (held(verdict) ? { ...verdict, reason: BEHIND_PLAN, page } : verdict)),
    ...behind
      .filter((intent) => !isAsked(intent))
      .map((intent): Verdict => {
        return { intent, outcome: 'blocked', reason: BEHIND_PLAN, page: kind.isUrgent?.(intent) === true };
      }),
  ];
}

/** True for what people are to be asked about, and no plan is for. */
function isBehind(intent: Intent, plans: readonly (Plan | undefined)[]): boolean {
  const { mode, state, note = '' } = intent;
  // Who has joined a plan that nobody has agreed to in time is asked for by none.
  const joined = (plan: Plan | undefined): Plan['serves'] => (plan?.note === IN_VAIN ? [] : (plan?.joining ?? []));
  const served = plans.flatMap((plan) => [...(plan?.serves ?? []), ...joined(plan)]);
  const isOwn = served.some(({ key }) => key === intentKey(intent));
  // What a rule has kept back, or what is so already, says that itself.
  const isOpen = (state === 'open' && note === '') || (state === 'blocked' && note === BEHIND_PLAN);
  return mode === 'propose' && isOpen && !isOwn;
}

/** True if an emergency that waits for people is asked for while the plan goes on, and is done before it ends. Pure. */
export function isPassable({ state, consent }: Plan): boolean {
  return state === 'running' && consent === undefined;
}

/** True if some emergency waits for people. Pure. */
export function isUrgentlyAsked({ wishes, kind }: Pick<Behind, 'wishes' | 'kind'>): boolean {
  return wishes.some(
    (intent) =>
      intent.mode === 'propose' &&
      (intent.state === 'open' || intent.state === 'blocked') &&
      !wasAskedInVain(intent) &&
      kind.isUrgent?.(intent),
  );
}

/** True if a plan that people are asked about is to bring an emergency to its end, whatever has to be done before. Pure. */
export function isForEmergency({ steps }: Plan): boolean {
  return steps.some(({ isUrgent }) => isUrgent === true);
}
