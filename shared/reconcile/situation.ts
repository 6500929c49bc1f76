import type { Mode } from '../fleet/model.ts';
import type { Intent } from '../intents/intent.ts';
import type { LookContext } from './look-context.ts';
import type { Plan } from './plan.ts';
import type { Situation } from './target-kind.ts';
import type { TargetState } from './target-rows.ts';

/** The intents of this target that anything may still become of. Pure. */
export function concerned<O, C>({ kind, target }: LookContext<O, C>, { intents }: TargetState): readonly Intent[] {
  return [...intents.values()].filter((intent) => intent.state !== 'closed' && kind.concerns(target, intent));
}

/**
 * What a fold starts from: the intents that may act in `modes`, those that leave, our own marks, and what presses on the
 * same survivors from other targets. Pure.
 */
export function situationOf<O, C>(
  context: LookContext<O, C>,
  state: TargetState,
  { plan, modes }: { readonly plan: Plan | undefined; readonly modes: readonly Mode[] },
): Situation {
  const { kind, target, clock } = context;
  const ours = concerned(context, state);
  const others = Object.entries(state.head.lanes).filter(([key]) => key !== target.key);
  const mayGo = ({ mode, state: at }: Intent): boolean => at === 'leaving' && modes.includes(mode);
  // What was released but may not go yet holds as before: the way back takes its own mode and its own approval.
  const holds = ({ mode, state: at }: Intent): boolean =>
    at === 'leaving' ? !modes.includes(mode) : (at === 'open' || at === 'blocked') && modes.includes(mode);
  return {
    acting: ours.filter(holds),
    leaving: ours.filter(mayGo),
    fields: state.lane.fields,
    journal: plan?.journal ?? [],
    others: {
      intents: [...state.intents.values()].filter(
        (intent) => intent.state !== 'closed' && !kind.concerns(target, intent),
      ),
      fields: others.flatMap(([, { fields }]) => fields),
    },
    isUndoing: plan?.state === 'going-back',
    now: clock.now(),
  };
}
