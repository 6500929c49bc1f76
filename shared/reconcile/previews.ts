import type { Mode } from '../domain/mode.ts';
import type { LookContext } from './look-context.ts';
import type { Intent } from '../intents/intent.ts';
import { asStrictAs, consentFor, endWaiting, waitingPlan } from './consent.ts';
import { planDigest, serve, type Plan } from './plan.ts';
import { refusalKey } from './refusals.ts';
import { concerned, situationOf } from './situation.ts';
import type { TargetState } from './target-rows.ts';
import type { Verdict } from './target-kind.ts';
import { recordVerdicts } from './verdicts.ts';

const FOLDS: readonly { readonly mode: Mode; readonly with: readonly Mode[]; readonly state: Plan['state'] }[] = [
  { mode: 'propose', with: ['enforce', 'propose'], state: 'waiting' },
  { mode: 'observe', with: ['enforce', 'propose', 'observe'], state: 'preview' },
];

/**
 * Records what the intents that may not act would do: a plan that waits for an approval (`propose`), a plan that is
 * only a record (`observe`), each with its diff. The same preview is recorded once, by its digest.
 */
export async function recordPreviews<O, C>(
  context: LookContext<O, C>,
  before: TargetState,
  observed: O,
): Promise<void> {
  const { rows, target, kind } = context;
  let state = before;
  for (const fold of FOLDS) {
    if (!concerned(context, state).some(({ mode }) => mode === fold.mode)) {
      state = await withdraw(context, state, fold.mode);
      continue;
    }
    const situation = situationOf(context, state, { plan: undefined, modes: fold.with });
    const { steps, verdicts, wait } = kind.look(observed, situation);
    const asking = situation.acting.filter(({ mode }) => mode === fold.mode).map(({ subject }) => subject);
    state = await recordVerdicts(
      context,
      state,
      verdicts.flatMap((verdict) => shownVerdict(verdict, fold.mode, asking)),
    );
    // What was given up asks for nothing any more.
    const waiting = concerned(context, state).filter(({ mode, state: at }) => mode === fold.mode && at !== 'failed');
    if (waiting.length === 0) {
      state = await withdraw(context, state, fold.mode);
      continue;
    }
    const digest = planDigest(target.key, steps);
    const acting = verdicts.filter(({ outcome }) => outcome === 'act').map(({ intent }) => intent);
    const serves = acting.map(serve);
    const shownPlan = { target: target.key, steps, digest, serves };
    if (await isKnown(context, state, { mode: fold.mode, shown: shownPlan })) {
      state = fold.mode === 'propose' ? await asStrict(context, state, waiting) : state;
      continue;
    }
    // While nothing can be judged, what was proposed stays so.
    state = steps.length === 0 && wait !== undefined ? state : await withdraw(context, state, fold.mode);
    if (steps.length === 0) {
      continue;
    }
    const plan = {
      ...previewOf(context, { steps, digest, serves, state: fold.state }),
      ...(fold.mode === 'propose' ? { consent: consentFor(waiting, context.clock.now()) } : {}),
    };
    const shown = steps.map(({ title, from, to }) => ({ title, from, to }));
    const facts = { plan: plan.id, digest, steps: shown, subjects: serves.map(({ subject }) => subject) };
    state = await rows.save(target, state, {
      lane: { previews: { ...state.lane.previews, [fold.mode]: { digest, plan: plan.id } } },
      plan,
      audit: [{ kind: fold.mode === 'propose' ? 'proposed' : 'observed', at: plan.created, facts }],
    });
  }
}

/** Nobody is asked any more about steps that would not be taken. */
async function withdraw<O, C>(context: LookContext<O, C>, state: TargetState, mode: Mode): Promise<TargetState> {
  const plan = mode === 'propose' ? await waitingPlan(context, state) : undefined;
  return plan === undefined ? state : await endWaiting(context, state, { plan, as: 'superseded' });
}

/**
 * What a preview has found out about an intent: where nothing would be done anyway, nobody is called about it.
 * @param asking - subjects of which something is asked that nobody has agreed to.
 */
function shownVerdict(verdict: Verdict, mode: Mode, asking: readonly string[]): readonly Verdict[] {
  const { intent, outcome } = verdict;
  // What others would do does not tell what becomes of an intent that may act by itself.
  if (intent.mode !== mode) {
    return [];
  }
  // What is asked for takes nobody's place yet: were the way back over for its sake, it would be made unasked.
  if (outcome === 'gone' && asking.includes(intent.subject)) {
    return [];
  }
  return outcome === 'done' || outcome === 'gone'
    ? [verdict]
    : [mode === 'observe' ? { ...verdict, page: false } : verdict];
}

/** Recorded already; what was proposed and no longer waits counts only while people's no to it holds. */
async function isKnown<O, C>(
  context: LookContext<O, C>,
  state: TargetState,
  { mode, shown }: { readonly mode: Mode; readonly shown: Pick<Plan, 'target' | 'steps' | 'digest' | 'serves'> },
): Promise<boolean> {
  const { previews, refused } = state.lane;
  if (mode === 'propose' && refused === refusalKey(shown, state.intents)) {
    return true;
  }
  const isSame = previews[mode]?.digest === shown.digest;
  return isSame && (mode !== 'propose' || (await waitingPlan(context, state)) !== undefined);
}

/** The plan that waits with those who have asked for the same since. */
async function asStrict<O, C>(
  context: LookContext<O, C>,
  state: TargetState,
  waiting: readonly Intent[],
): Promise<TargetState> {
  const plan = await waitingPlan(context, state);
  if (plan?.consent === undefined) {
    return state;
  }
  const consent = asStrictAs(plan.consent, waiting);
  return consent === plan.consent
    ? state
    : await context.rows.save(context.target, state, { plan: { ...plan, consent } });
}

/** A plan that has not begun. */
export function previewOf<O, C>(
  { target, clock, random }: LookContext<O, C>,
  preview: Pick<Plan, 'steps' | 'digest' | 'serves' | 'state'>,
): Plan {
  return {
    schema: 1,
    id: random.uuid(),
    target: target.key,
    revision: 1,
    journal: [],
    created: clock.now().toISOString(),
    ...preview,
  };
}
