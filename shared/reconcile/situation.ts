import type { Mode } from '../domain/mode.ts';
import { intentKey, type Intent } from '../intents/intent.ts';
import type { LookContext } from './look-context.ts';
import type { Plan } from './plan.ts';
import type { Situation } from './target-kind.ts';
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
  const isMeant = (intent: Intent): boolean =>
    agreed === undefined ||
    intent.mode !== 'propose' ||
    intent.openedAt <= agreed.created ||
    agreed.serves.some(({ key }) => key === intentKey(intent));
  const acting = ours
    .filter(({ mode, state: at }) => (at === 'open' || at === 'blocked') && modes.includes(mode))
    .filter(isMeant);
  const others = Object.entries(state.head.lanes).filter(([key]) => key !== target.key);
  return {
    acting,
    leaving,
    dormant: ours.filter((intent) => !acting.includes(intent) && !leaving.includes(intent)),
    unapproved: leaving.filter(({ mode }) => !modes.includes(mode)),
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
