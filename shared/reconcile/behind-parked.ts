import { intentKey, type Intent } from '../intents/intent.ts';
import type { LookContext } from './look-context.ts';
import { BEHIND_PLAN } from './plan-under-way.ts';
import type { Plan } from './plan.ts';
import { concerned, situationOf } from './situation.ts';
import type { TargetState } from './target-rows.ts';
import { recordVerdicts } from './verdicts.ts';

/**
 * A parked plan keeps its place until a person lets go of it, and nothing is written meanwhile. Of an emergency that came
 * after it people hear once: what they were called about is not all that waits.
 */
export async function tellBehindParked<O, C>(
  context: LookContext<O, C>,
  state: TargetState,
  { serves }: Plan,
): Promise<void> {
  const { target, kind } = context;
  const isNews = (intent: Intent): boolean =>
    (intent.state === 'open' || intent.state === 'blocked') &&
    intent.note !== BEHIND_PLAN &&
    kind.isUrgent?.(intent) === true &&
    !serves.some(({ key }) => key === intentKey(intent));
  const wishes = concerned(context, state);
  if (!wishes.some(isNews)) {
    return;
  }
  const situation = situationOf(context, state, { plan: undefined, modes: ['enforce', 'propose'] });
  const { verdicts } = kind.look(await kind.observe(target, { ...situation, acting: wishes }), situation);
  const waiting = verdicts.filter(({ intent, outcome }) => outcome === 'act' && isNews(intent));
  await recordVerdicts(
    context,
    state,
    waiting.map(({ intent }) => ({ intent, outcome: 'blocked', reason: BEHIND_PLAN, page: true })),
  );
}
