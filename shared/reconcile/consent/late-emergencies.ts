import type { Intent } from '../../intents/intent.ts';
import { isOwnWish } from '../writing/endings.ts';
import type { LookContext } from '../look-context.ts';
import { BEHIND_PLAN } from './plan-under-way.ts';
import type { JournalEntry, Plan } from '../plan.ts';
import { concerned, situationOf } from '../situation.ts';
import type { Verdict } from '../target-kind.ts';
import type { TargetState } from '../target-rows.ts';
import { recordVerdicts } from '../verdicts.ts';

/**
 * A parked plan keeps its place until a person lets go of it, and nothing is written meanwhile. Of an emergency that came
 * after it people hear once: what they were called about is not all that waits.
 */
export async function tellBehindParked<O, C>(
  context: LookContext<O, C>,
  state: TargetState,
  plan: Plan,
): Promise<void> {
  await tellOf(context, state, { plan, isLate: (intent) => !isOwnWish(intent, plan) });
}

/** Most writes are over by then, and people are asked: one page is enough. */
const SHORT_MS = 60_000;

/**
 * Steps that start from what a write at work may change are void when it has, so nobody is asked before. It may take
 * 20 minutes: of an emergency that waits for a yes people hear at once, so that they are there when they are asked.
 */
export async function tellBehindWrite<O, C>(
  context: LookContext<O, C>,
  state: TargetState,
  { plan, entry }: { readonly plan: Plan; readonly entry: JournalEntry },
): Promise<void> {
  if (context.clock.now().getTime() - Date.parse(entry.at) >= SHORT_MS) {
    const isLate = (intent: Intent): boolean => intent.mode === 'propose' && !isOwnWish(intent, plan);
    await tellOf(context, state, { plan, isLate });
  }
}

interface Late {
  readonly plan: Plan;
  readonly isLate: (intent: Intent) => boolean;
}

async function tellOf<O, C>(context: LookContext<O, C>, state: TargetState, { plan, isLate }: Late): Promise<void> {
  const { target, kind } = context;
  const isNews = (intent: Intent): boolean =>
    (intent.state === 'open' || intent.state === 'blocked') &&
    intent.note !== BEHIND_PLAN &&
    kind.isUrgent?.(intent) === true &&
    isLate(intent);
  const wishes = concerned(context, state);
  if (!wishes.some(isNews)) {
    return;
  }
  const situation = situationOf(context, state, { plan, modes: ['enforce', 'propose'] });
  const { verdicts } = kind.look(await kind.observe(target, { ...situation, acting: wishes }), situation);
  const told = verdicts.filter(({ intent }) => isNews(intent)).map(behind);
  await recordVerdicts(context, state, told);
}

/** What acts by itself stays open, as whatever else is about to be done. */
function behind(verdict: Verdict): Verdict {
  const { intent, outcome } = verdict;
  const then = intent.mode === 'enforce' ? outcome : 'blocked';
  return outcome === 'act' ? { intent, outcome: then, reason: BEHIND_PLAN, page: true } : verdict;
}
