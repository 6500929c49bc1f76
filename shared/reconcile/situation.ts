import type { Mode } from '../domain/mode.ts';
import { intentKey, type Intent } from '../intents/intent.ts';
import { wasAskedInVain } from './consent/consent.ts';
import type { LookContext } from './look-context.ts';
import { leftBehind, type Plan } from './plan.ts';
import type { Situation, TargetKind } from './target-kind.ts';
import type { TargetState } from './target-rows.ts';

/** The intents of this target that anything may still become of. Pure. */
export function concerned<O, C>({ kind, target }: LookContext<O, C>, { intents }: TargetState): readonly Intent[] {
  return [...intents.values()].filter((intent) => intent.state !== 'closed' && kind.concerns(target, intent));
}

interface Looking {
  readonly plan: Plan | undefined;
  readonly modes: readonly Mode[];
  /** What people have agreed to, where they have: nothing else that waits for them is done with it. */
  readonly agreed?: Plan | undefined;
  readonly goesOnFrom?: Date | undefined;
}

/**
 * What a fold starts from: the intents that may act in `modes`, those that leave, our own marks, and what presses on the
 * same survivors from other targets. Pure.
 */
export function situationOf<O, C>(
  context: LookContext<O, C>,
  state: TargetState,
  { plan, modes, agreed, goesOnFrom }: Looking,
): Situation {
  const { kind, target, clock } = context;
  const ours = concerned(context, state);
  const leaving = ours.filter(({ state: at }) => at === 'leaving');
  // What people have declined, or let run out, is nobody's to do but for a plan that they have agreed to since.
  const isVain = (intent: Intent): boolean => wasAskedInVain(intent) && !isOwn(intent, agreed);
  const acting = ours
    .filter(({ mode, state: at }) => (at === 'open' || at === 'blocked') && modes.includes(mode))
    .filter((intent) => !isVain(intent) && (agreed === undefined || isMeant(intent, agreed, kind)));
  const others = Object.entries(state.head.lanes).filter(([key]) => key !== target.key);
  return {
    acting,
    leaving,
    dormant: ours.filter((intent) => !acting.includes(intent) && !leaving.includes(intent)),
    unapproved: leaving.filter((intent) => !modes.includes(intent.mode) || isVain(intent) || isAside(intent, agreed)),
    over: [...state.intents.values()].filter((intent) => intent.state === 'closed' && kind.concerns(target, intent)),
    fields: state.lane.fields,
    lastWrites: state.lane.lastWrites ?? {},
    journal: plan?.journal ?? [],
    underWay: [...(plan?.serves ?? []).map(({ key }) => key), ...(plan?.returns ?? [])],
    others: {
      intents: [...state.intents.values()].filter(
        (intent) => intent.state !== 'closed' && !kind.concerns(target, intent),
      ),
      fields: others.flatMap(([, { fields }]) => fields),
    },
    isUndoing: plan?.state === 'going-back',
    ...(goesOnFrom === undefined ? {} : { goesOnFrom }),
    now: clock.now(),
  };
}

/**
 * True if a plan that people agreed to is for an intent as well. What was asked for since, or kept back when it was made,
 * and waits for them, is no part of it, but for an emergency: that is asked for at once, whatever becomes of the plan.
 */
function isMeant(intent: Intent, agreed: Plan, kind: Pick<TargetKind<unknown, unknown>, 'isUrgent'>): boolean {
  const { mode, openedAt } = intent;
  const isOlder = openedAt <= agreed.created && agreed.without?.includes(intentKey(intent)) !== true;
  return isOwn(intent, agreed) || mode !== 'propose' || isOlder || kind.isUrgent?.(intent) === true;
}

/**
 * True for a way back that waits for a plan of its own: people have agreed to steps that are not about it, or it was put
 * aside when these were made. Pure.
 */
export function isAside(intent: Intent, plan: Plan | undefined): boolean {
  if (plan?.consent === undefined || intent.mode !== 'propose') {
    return false;
  }
  const isKeptBack = plan.without?.includes(intentKey(intent)) === true;
  return isKeptBack || (!isOwn(intent, plan) && leftBehind([intent], plan).length === 0);
}

function isOwn(intent: Intent, plan: Plan | undefined): boolean {
  const { serves = [], joining = [], returns = [] } = plan ?? {};
  return [...serves, ...joining]
    .map(({ key }) => key)
    .concat(returns)
    .includes(intentKey(intent));
}
