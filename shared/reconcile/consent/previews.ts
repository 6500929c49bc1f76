import { isSameJson } from '../../domain/json.ts';
import type { Mode } from '../../domain/mode.ts';
import { withState } from '../../intents/lifecycle.ts';
import type { LookContext } from '../look-context.ts';
import { intentKey, type Intent } from '../../intents/intent.ts';
import { consentFor, endWaiting, waitingPlan } from './consent.ts';
import { leftBehind, planDigest, serve, type Plan, type Step } from '../plan.ts';
import { BEHIND_PLAN } from './plan-under-way.ts';
import { refusalKey } from './refusals.ts';
import { concerned, situationOf } from '../situation.ts';
import type { TargetState } from '../target-rows.ts';
import type { Look, Situation, TargetKind, Verdict } from '../target-kind.ts';
import { recordVerdicts } from '../verdicts.ts';

const FOLDS: readonly { readonly mode: Mode; readonly with: readonly Mode[]; readonly state: Plan['state'] }[] = [
  { mode: 'propose', with: ['enforce', 'propose'], state: 'waiting' },
  { mode: 'observe', with: ['enforce', 'propose', 'observe'], state: 'preview' },
];

/**
 * Records what the intents that may not act would do: a plan that waits for an approval (`propose`), a plan that is
 * only a record (`observe`), each with its diff. The same preview is recorded once, by its digest.
 * @param own - steps that are taken without anybody's word: where nothing more would be done, nothing is recorded.
 */
export async function recordPreviews<O, C>(
  context: LookContext<O, C>,
  before: TargetState,
  { observed, own = [] }: { readonly observed: O; readonly own?: readonly Step[] },
): Promise<TargetState> {
  const { rows, target, kind } = context;
  let state = before;
  for (const fold of FOLDS) {
    if (!concerned(context, state).some(({ mode }) => mode === fold.mode)) {
      state = await withdraw(context, state, fold.mode);
      continue;
    }
    const situation = situationOf(context, state, { plan: undefined, modes: fold.with });
    const { steps, verdicts, wait, aside } = emergenciesFirst(kind, observed, situation);
    state = await recordVerdicts(
      context,
      state,
      verdicts.flatMap((verdict) => shownVerdict(verdict, fold.mode, situation)),
    );
    const digest = planDigest(target.key, steps);
    const isNews = steps.length > 0 && digest !== planDigest(target.key, own);
    // Whoever asks for what waits for a plan of its own asks for nothing of this one.
    const asked = { ...situation, unapproved: [...(situation.unapproved ?? []), ...aside] };
    const asking = isNews ? askingFor(steps, { mode: fold.mode, target: target.key, verdicts, situation: asked }) : [];
    const acting = verdicts.filter(({ outcome }) => outcome === 'act').map(({ intent }) => intent);
    const serves = asking.filter((intent) => acting.includes(intent)).map(serve);
    const shownPlan = { target: target.key, steps, digest, serves };
    const without = [...verdicts.filter(isKeptBack).map(({ intent }) => intent), ...aside].map(intentKey);
    if (asking.length > 0 && (await isKnown(context, state, { mode: fold.mode, shown: shownPlan }))) {
      state = fold.mode === 'propose' ? await withAskers(context, state, { asking, serves, digest, without }) : state;
      continue;
    }
    // While nothing can be judged, what was proposed stays so.
    state = steps.length === 0 && wait !== undefined ? state : await withdraw(context, state, fold.mode);
    if (asking.length === 0) {
      continue;
    }
    const plan = {
      ...previewOf(context, { steps, digest, serves, state: fold.state }),
      ...(fold.mode === 'propose' ? { consent: consentFor(asking, context.clock.now()) } : {}),
      ...(without.length > 0 ? { without } : {}),
    };
    const shown = steps.map(({ title, from, to }) => ({ title, from, to }));
    const facts = { plan: plan.id, digest, steps: shown, subjects: serves.map(({ subject }) => subject) };
    state = await rows.save(target, state, {
      lane: { previews: { ...state.lane.previews, [fold.mode]: { digest, plan: plan.id } } },
      plan,
      intents: fold.mode === 'propose' ? asking.filter(({ state: at }) => at === 'leaving').map(withoutReason) : [],
      audit: [{ kind: fold.mode === 'propose' ? 'proposed' : 'observed', at: plan.created, facts }],
    });
  }
  return state;
}

/** True for what waits for people and is no part of the steps: a rule is against it, or an emergency goes first. */
function isKeptBack({ intent, outcome }: Verdict): boolean {
  return outcome === 'blocked' && intent.mode === 'propose' && intent.state !== 'leaving';
}

/**
 * A look at all that is wanted. While an emergency waits for people they are asked about it alone: every other wish would
 * void the yeses that it has, and make those who ask for it people who may not agree.
 */
function emergenciesFirst<O, C>(
  kind: TargetKind<O, C>,
  observed: O,
  situation: Situation,
): Look<C> & { readonly aside: readonly Intent[] } {
  const look = kind.look(observed, situation);
  const asked = look.verdicts.filter(({ intent, outcome }) => outcome === 'act' && intent.mode === 'propose');
  const later = asked.map(({ intent }) => intent).filter((intent) => kind.isUrgent?.(intent) !== true);
  const { acting, leaving, unapproved = [] } = situation;
  const back = leaving.filter((intent) => intent.mode === 'propose' && !unapproved.includes(intent));
  if (later.length === asked.length || later.length + back.length === 0) {
    return { ...look, aside: [] };
  }
  const alone = kind.look(observed, {
    ...situation,
    acting: acting.filter((one) => !later.includes(one)),
    unapproved: [...unapproved, ...back],
  });
  const urgent = asked.filter(({ intent }) => !later.includes(intent));
  const goesAlone = urgent.every(({ intent }) =>
    alone.verdicts.some((one) => one.intent === intent && one.outcome === 'act'),
  );
  if (!goesAlone) {
    // What others want has to make room for it.
    return { ...look, aside: [] };
  }
  const kept = later
    .filter(({ state }) => state !== 'leaving')
    .map((intent): Verdict => ({ intent, outcome: 'blocked', reason: BEHIND_PLAN, page: false }));
  // A way back goes on leaving, and is asked for when the emergency is over.
  return {
    ...alone,
    verdicts: [...alone.verdicts.filter(({ intent }) => !back.includes(intent)), ...kept],
    aside: back,
  };
}

/** Nobody is asked any more about steps that would not be taken. */
async function withdraw<O, C>(context: LookContext<O, C>, state: TargetState, mode: Mode): Promise<TargetState> {
  const plan = mode === 'propose' ? await waitingPlan(context, state) : undefined;
  return plan === undefined ? state : await endWaiting(context, state, { plan, as: 'superseded' });
}

/** What kept a way back until now is over: it waits for people alone. */
function withoutReason(intent: Intent): Intent {
  return withState(intent, 'leaving', intent.releasedBy === undefined ? 'recovered' : 'asked-for');
}

interface Shown {
  readonly mode: Mode;
  readonly target: string;
  readonly verdicts: readonly Verdict[];
  readonly situation: Situation;
}

/** For whom steps would be taken that may not act in them by itself: what others want is theirs. Pure. */
function askingFor(steps: readonly Step[], { mode, target, verdicts, situation }: Shown): readonly Intent[] {
  const acting = verdicts.filter(({ outcome }) => outcome === 'act').map(({ intent }) => intent);
  const back = leftBehind(situation.leaving, { target, steps }).filter(
    (intent) => situation.unapproved?.includes(intent) !== true,
  );
  const asking = [...acting, ...back].filter((intent) => intent.mode === mode);
  // What moves besides moves because of those who ask at all.
  return asking.length > 0 ? asking : situation.acting.filter((intent) => intent.mode === mode);
}

/** What a preview has found out about an intent: where nothing would be done anyway, nobody is called about it. */
function shownVerdict(verdict: Verdict, mode: Mode, { acting, unapproved = [] }: Situation): readonly Verdict[] {
  const { intent, outcome } = verdict;
  // What others would do does not tell what becomes of an intent that may act by itself, or that people have declined.
  if (intent.mode !== mode || unapproved.includes(intent)) {
    return [];
  }
  const asking = acting.filter((one) => one.mode === mode).map(({ subject }) => subject);
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

/**
 * The plan that waits, as it is for those who ask for it now: whoever asks for the same later makes it theirs as well,
 * as many must agree as for the strictest, and not they.
 */
async function withAskers<O, C>(
  context: LookContext<O, C>,
  state: TargetState,
  {
    asking,
    serves,
    digest,
    without,
  }: Pick<Plan, 'serves' | 'digest'> & {
    readonly asking: readonly Intent[];
    readonly without: readonly string[];
  },
): Promise<TargetState> {
  const plan = await waitingPlan(context, state);
  if (plan?.consent === undefined) {
    return state;
  }
  if (plan.digest !== digest) {
    // What was said no to is not asked again, and what waits beside it is no longer what would be done.
    return await endWaiting(context, state, { plan, as: 'superseded' });
  }
  const { needed, requesters } = consentFor(asking, context.clock.now());
  const given = plan.consent.given.filter(({ by }) => !requesters.includes(by));
  const kept = without.length > 0 || plan.without !== undefined ? { without } : {};
  const now = { ...plan, ...kept, serves, consent: { ...plan.consent, needed, requesters, given } };
  return isSameJson(now, plan) ? state : await context.rows.save(context.target, state, { plan: now });
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
