import { digestOf } from '../domain/digest.ts';
import { isSameJson } from '../domain/json.ts';
import { intentKey, type Intent } from '../intents/intent.ts';
import { subjectsOf } from '../intents/subjects.ts';
import type { AuditEntry } from '../records/audit.ts';
import { askedAnew, endWaiting, isAskingAgain } from './consent/consent.ts';
import { asFound, stillMarked } from './writing/fields.ts';
import type { LookContext } from './look-context.ts';
import { withoutAsked } from './manual-steps.ts';
import { hasBegun, isManual, leftBehind, type Plan, type Step } from './plan.ts';
import type { Look, Verdict } from './target-kind.ts';
import type { TargetState } from './target-rows.ts';

/** People agreed to other steps than those that would be taken now: nothing of it is done before they agree again. */
export async function endConsent<O, C>(
  context: LookContext<O, C>,
  state: TargetState,
  { plan, steps, verdicts, settlesMs }: Pick<Look<C>, 'steps' | 'verdicts' | 'settlesMs'> & { readonly plan: Plan },
): Promise<void> {
  const { rows, target, clock } = context;
  if (plan.state === 'waiting') {
    await endWaiting(context, state, { plan, as: 'superseded' });
    return;
  }
  const isAsking = isAskingAgain(plan);
  if (!isAsking && isWritten(plan)) {
    // What was agreed to is done, or left to people; what comes now is another plan's matter.
    await endPlan(context, state, { plan, look: settlesMs === undefined ? {} : { settlesMs } });
    return;
  }
  const at = clock.now().toISOString();
  if (hasBegun(plan.journal) || plan.journal.some((entry) => entry.state === 'overtaken')) {
    // Half of it is done: nothing is undone for its own sake, and nothing else done before people say so.
    const acting = verdicts.filter(({ outcome }) => outcome === 'act').map(({ intent }) => intent);
    const behind = [...acting, ...leftBehind([...state.intents.values()], { target: target.key, steps })];
    const halves = verdicts.filter((one) => isHalfDone(one, plan));
    const isAskedOf = isAsking && halves.length > 0;
    if (behind.length > 0 && !isAskedOf && !behind.some(({ mode }) => mode === 'propose')) {
      // What is left waits for nobody: it is another plan's, and asks no one.
      await endPlan(context, state, { plan, look: {}, as: 'superseded', halves });
      return;
    }
    const isUrgentWish = (intent: Intent): boolean => context.kind.isUrgent?.(intent) === true;
    const asked = askedAnew(plan, { steps, behind, isUrgentWish, now: clock.now() });
    const facts = { plan: plan.id, revision: asked.revision, digest: asked.digest, reason: 'plan-changed' };
    const isLonger = asked.consent?.expires !== plan.consent?.expires;
    const kind = isLonger ? 'paged' : 'held';
    await rows.save(target, state, { plan: asked, audit: [{ kind, at, facts }] });
    return;
  }
  await rows.save(target, state, {
    plan: { ...withoutAsked(plan, at), state: 'superseded' },
    clear: ['activePlan'],
    audit: [{ kind: 'held', at, facts: { plan: plan.id, digest: plan.digest, reason: 'plan-changed' } }],
  });
}

/** True if all that was to be written is. */
function isWritten(plan: Plan): boolean {
  const written = writtenOf(plan);
  return written.length > 0 && written.length === plan.steps.filter((step) => !isManual(step)).length;
}

/** True for what people have agreed to, and still want, and a rule keeps back half way. Pure. */
export function isHalfDone({ intent, outcome }: Verdict, plan: Plan): boolean {
  const isWanted = intent.mode === 'propose' && intent.state !== 'leaving' && outcome === 'blocked';
  const isOwn = isWanted && plan.serves.some(({ key }) => key === intentKey(intent));
  const own = subjectsOf(intent);
  const isBegun = ({ changes, roomFor }: Step): boolean =>
    roomFor === undefined && changes.some(({ subject }) => own.includes(subject));
  return plan.consent !== undefined && isOwn && writtenOf(plan).some(isBegun);
}

/** The steps of a plan that are written; an emergency that passed it is none of them. */
function writtenOf({ steps, journal }: Plan): readonly Step[] {
  const written = journal.filter(({ state }) => state === 'written').map(({ step }) => step);
  return steps.filter((step) => !isManual(step) && written.some((one) => isSameJson(one, step)));
}

type Ended<C> = Pick<Look<C>, 'foreign' | 'found' | 'kept' | 'settlesMs'>;

interface Ending<C> {
  readonly plan: Plan | undefined;
  readonly look: Ended<C>;
  readonly as?: 'superseded';
  /** What a rule keeps back half way: people believe that it is done, and are called. */
  readonly halves?: readonly Verdict[];
}

/**
 * Nothing is left to do, or may be done: the plan has come to its end, and what is back at its baseline is forgotten. What
 * people agreed to stands as far as it is written, and the rest follows when the rule lets it.
 */
export async function endPlan<O, C>(
  context: LookContext<O, C>,
  before: TargetState,
  { plan, look, as, halves = [] }: Ending<C>,
): Promise<TargetState> {
  const { rows, target, clock } = context;
  const { foreign = [], found = [] } = look;
  const state = await noteKept(context, before, look.kept);
  const fields = stillMarked(asFound(state.lane.fields, found), state.intents.values()).filter(
    ({ subject, group }) => !foreign.some((one) => one.subject === subject && one.group === group),
  );
  const gathered = state.lane.gatherUntil === undefined ? [] : (['gatherUntil'] as const);
  if (plan === undefined) {
    const isNews = fields.length < state.lane.fields.length || found.length + gathered.length > 0;
    return isNews ? await rows.save(target, state, { lane: { fields }, clear: gathered }) : state;
  }
  const [half] = halves;
  const end = as ?? (half === undefined ? endOf(plan) : 'superseded');
  const { reason = '' } = half ?? {};
  const entry: AuditEntry = {
    kind: 'plan-ended',
    at: clock.now().toISOString(),
    facts: { plan: plan.id, revision: plan.revision, state: end },
  };
  const previews = Object.fromEntries(
    Object.entries(state.lane.previews).filter(([, shown]) => shown.plan !== plan.id),
  );
  const effect = end === 'done' ? effectOf(plan, look.settlesMs) : {};
  const unproven = 'effect' in effect ? { unproven: [...(state.lane.unproven ?? []), plan.id] } : {};
  const isUntold =
    as === undefined && end === 'superseded' && half === undefined && !plan.journal.some(({ step }) => isManual(step));
  return await rows.save(target, state, {
    lane: { fields, previews, ...unproven },
    clear: ['activePlan', ...gathered],
    intents:
      end === 'done' || as !== undefined || half !== undefined
        ? agreedIntents(
            state,
            plan,
            halves.map(({ intent }) => intent),
          )
        : [],
    plan: { ...withoutAsked(plan, entry.at), state: end, ...(half === undefined ? {} : { note: reason }), ...effect },
    // Whom people were called about, they hear the end of.
    audit: [
      ...(isUntold ? [] : [entry]),
      ...(half === undefined ? [] : [{ ...entry, kind: 'paged' as const, facts: { ...entry.facts, reason } }]),
    ],
  });
}

/** The control plane has what a plan has written; the data plane may take its time from then on. */
function effectOf({ journal }: Plan, settlesMs: number | undefined): Pick<Plan, 'effect'> {
  const last = journal.findLast(({ state }) => state === 'written')?.endedAt;
  return last === undefined || settlesMs === undefined
    ? {}
    : { effect: { state: 'waiting', until: new Date(Date.parse(last) + settlesMs).toISOString() } };
}

/** Where no intent is left to tell it of, the target tells once which rule keeps back what is to go back. */
async function noteKept<O, C>(
  { rows, target, clock }: LookContext<O, C>,
  state: TargetState,
  kept: Look<C>['kept'],
): Promise<TargetState> {
  if (kept?.reason === state.lane.kept) {
    return state;
  }
  if (kept === undefined) {
    return await rows.save(target, state, { clear: ['kept'] });
  }
  const { reason, page } = kept;
  const entry = { at: clock.now().toISOString(), facts: { subject: target.key, reason } };
  return await rows.save(target, state, {
    lane: { kept: reason },
    audit: [{ kind: 'held', ...entry }, ...(page ? [{ kind: 'paged' as const, ...entry }] : [])],
  });
}

/** What people have agreed to and what is done holds from now on like anything else; its end is asked for anew. */
function agreedIntents(
  { intents }: TargetState,
  { consent, serves }: Plan,
  halves: readonly Intent[],
): readonly Intent[] {
  const served = serves.flatMap(({ key, value }) => {
    const intent = intents.get(key);
    return intent !== undefined && digestOf(intent.value) === value ? [intent] : [];
  });
  return consent === undefined
    ? []
    : served
        .filter(({ mode, state }) => mode === 'propose' && (state === 'open' || state === 'blocked'))
        .filter((one) => one.state === 'open' || halves.some((half) => intentKey(half) === intentKey(one)))
        .map((intent) => ({ ...intent, mode: 'enforce', isCarriedOut: true }));
}

function endOf({ state, journal }: Plan): Plan['state'] {
  if (state === 'going-back') {
    return 'gone-back';
  }
  return journal.some((entry) => entry.state === 'written') ? 'done' : 'superseded';
}
