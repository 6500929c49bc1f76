import { intentKey } from '../../intents/intent.ts';
import { overtakenOf } from './endings.ts';
import type { LookContext } from '../look-context.ts';
import { isManual, type JournalEntry, type Plan } from '../plan.ts';
import { concerned, situationOf } from '../situation.ts';
import type { TargetState } from '../target-rows.ts';

/**
 * An emergency does not wait for a write that is at work on another field: Front Door's take minutes, and one that ramps
 * weights cannot undo a drain.
 */
export async function overtake<O, C>(
  context: LookContext<O, C>,
  state: TargetState,
  { plan, entry }: { readonly plan: Plan; readonly entry: JournalEntry },
): Promise<boolean> {
  const { target, kind, rows, clock } = context;
  const hasUrgent = concerned(context, state).some(
    (intent) => !plan.serves.some(({ key }) => key === intentKey(intent)),
  );
  const isPressing = entry.step.isUrgent === true && entry.step.roomFor === undefined;
  if (kind.intents !== 'standing' || isPressing || entry.operation === undefined || !hasUrgent) {
    return false;
  }
  const situation = situationOf(context, state, { plan, modes: ['enforce'] });
  const observed = await kind.observe(target, { ...situation, acting: concerned(context, state) });
  const { steps, change } = kind.look(observed, situation);
  const [first] = steps;
  const isOther = first?.changes.every(
    ({ subject, group }) => !entry.step.changes.some((one) => one.subject === subject && one.group === group),
  );
  // What makes room raises somebody, and comes after the write. What people must do first need not wait for it.
  const isUrgent = first?.isUrgent === true && first.roomFor === undefined;
  if (!isUrgent || (change === undefined && !isManual(first)) || isOther !== true) {
    return false;
  }
  const ended = { state, plan, channel: kind.channel(target), intents: kind.intents };
  await rows.save(target, state, overtakenOf(ended, clock.now().toISOString()));
  return true;
}
