import { RowConflictError } from '../errors.ts';
import type { Intent } from '../intents/intent.ts';
import { subjectsOf } from '../intents/subjects.ts';
import { isAskedInVain, isExpired, stopAsking, waitingPlan } from './consent/consent.ts';
import { gather } from './gathering.ts';
import { CUT_SHORT, cutShort, giveUp, haltOf, haltPlan, OVERTAKEN, stopped } from './guards/halting.ts';
import { isStopped, releasedAt } from './guards/kill-switch.ts';
import { isLeasedToAnother, leaveToHolder } from './writing/leasing.ts';
import { tellBehindParked, tellBehindWrite } from './consent/late-emergencies.ts';
import type { LookContext, ReconcileDependencies } from './look-context.ts';
import { standAtManualStep } from './manual-steps.ts';
import { overtake } from './writing/overtaking.ts';
import {
  attemptsOf,
  isBaked,
  isManual,
  leftBehind,
  MANUAL_STEP_WAITS,
  openEntry,
  planDigest,
  serve,
  type Plan,
  type Served,
} from './plan.ts';
import { endConsent, endPlan, isHalfDone } from './plan-ends.ts';
import {
  isAnotherPlan,
  isForEmergency,
  isOursToEnd,
  isPassable,
  isUrgentlyAsked,
  mayGoAhead,
  modesFor,
  passingLook,
  withBehind,
} from './consent/plan-under-way.ts';
import { recordPreviews } from './consent/previews.ts';
import { settleWrite } from './writing/settling.ts';
import { isRefused } from './consent/refusals.ts';
import type { Report } from './report.ts';
import { holdToConsent, isStillAgreed, outOfTime } from './consent/standing-consent.ts';
import { concerned, situationOf } from './situation.ts';
import type { Situation, TargetKind, TargetRef, Verdict } from './target-kind.ts';
import { TargetRows, type TargetState } from './target-rows.ts';
import { recordVerdicts } from './verdicts.ts';
import { sendStep } from './writing/writing.ts';

/** Looks in one invocation; each write or lost race takes one. More is put off to a wake message. */
const MAX_LOOKS = 25;
/** Pause before a look that follows a lost race, drawn evenly between these. */
const RACE_PAUSE_MS = { min: 50, max: 400 } as const;

/**
 * Makes one target what its open intents want: gather, fold, rules, next, write, until nothing is left to do.
 *
 * Called for every reason alike: a signal, a tick, a wake, a restart after a crash. It asks `look` again before each
 * write and never runs a stored plan blindly. Everything it decides is one transaction guarded by the target's head.
 *
 * @throws whatever the target's reads throw; nothing is half done then, and the next look goes on.
 */
export async function reconcile<Observed, Change>(
  target: TargetRef,
  kind: TargetKind<Observed, Change>,
  dependencies: ReconcileDependencies,
): Promise<Report> {
  const owner = dependencies.random.uuid();
  const { rows: store, ...ports } = dependencies;
  const context = { target, kind, owner, ...ports, store, rows: new TargetRows(store) };
  for (let look = 0; look < MAX_LOOKS; look += 1) {
    try {
      const report = await lookOnce(context);
      if (report !== 'again') {
        return report;
      }
    } catch (error) {
      if (!(error instanceof RowConflictError)) {
        throw error;
      }
      const { min, max } = RACE_PAUSE_MS;
      await dependencies.clock.sleep(min + dependencies.random.next() * (max - min));
    }
  }
  return { outcome: 'busy', wakeInMs: 5_000 + dependencies.random.next() * 10_000 };
}

async function lookOnce<Observed, Change>(context: LookContext<Observed, Change>): Promise<Report | 'again'> {
  const { target, rows } = context;
  const state = await rows.load(target);
  if (isLeasedToAnother(context, state)) {
    return await leaveToHolder(context, state);
  }
  const plan = await activePlan(context, state);
  const entry = plan === undefined ? undefined : openEntry(plan);
  if (plan !== undefined && entry !== undefined) {
    const settled = await settleWrite(context, state, { plan, entry });
    if (settled === 'settled' || (await overtake(context, state, { plan, entry }))) {
      return 'again';
    }
    await tellBehindWrite(context, state, { plan, entry });
    return { outcome: 'waiting', wakeInMs: settled.openMs };
  }
  if (
    plan !== undefined &&
    plan.state !== 'parked' &&
    context.kind.isCutShort?.(plan, concerned(context, state)) === true
  ) {
    await cutShort(context, state, { plan, note: CUT_SHORT });
    return 'again';
  }
  const waiting = await waitingPlan(context, state);
  // Whatever else is under way or stands still beside it.
  if (waiting !== undefined && isExpired(waiting, context.clock.now())) {
    await outOfTime(context, state, { waiting, plan });
    return 'again';
  }
  const isPassed = plan !== undefined && waiting !== undefined && isPassable(plan) && isForEmergency(waiting);
  if (isPassed && !(await isStopped(context.store)) && (await isStillAgreed(context, waiting))) {
    await cutShort(context, state, { plan, note: OVERTAKEN });
    return 'again';
  }
  if (plan?.state === 'parked') {
    await tellBehindParked(context, state, plan);
    return { outcome: 'settled' };
  }
  if (plan === undefined && waiting === undefined && isIdle(context, state)) {
    return { outcome: 'settled' };
  }
  return await takeStep(context, state, { plan, waiting });
}

/** Nothing is wanted, and nothing is left behind. */
function isIdle<O, C>(context: LookContext<O, C>, state: TargetState): boolean {
  return concerned(context, state).length === 0 && state.lane.fields.length === 0;
}

/** Observes, folds, and sends the next step if there is one. */
async function takeStep<Observed, Change>(
  context: LookContext<Observed, Change>,
  before: TargetState,
  { plan, waiting }: { readonly plan: Plan | undefined; readonly waiting: Plan | undefined },
): Promise<Report | 'again'> {
  const { target, kind } = context;
  const now = context.clock.now();
  if (plan !== undefined && (await holdToConsent(context, before, plan))) {
    return 'again';
  }
  const isAgreed = plan === undefined && waiting !== undefined && (await isStillAgreed(context, waiting));
  const current = plan ?? (isAgreed ? waiting : undefined);
  const gathering = current === undefined ? await gather(context, before) : undefined;
  if (gathering !== undefined) {
    return gathering;
  }
  const goesOnFrom = plan === undefined || !isBaked(plan) ? undefined : await releasedAt(context.store);
  const situation = situationOf(context, before, { plan, modes: modesFor(current), agreed: current, goesOnFrom });
  const observed = await kind.observe(target, { ...situation, acting: concerned(context, before) });
  const whole = kind.look(observed, situation);
  const isOther = current !== undefined && isAnotherPlan(current, whole.steps);
  const look = (isOther ? undefined : passingLook(whole, { plan, kind, observed, situation })) ?? whole;
  const { steps, change, wait, verdictOnStep } = look;
  // What waits for its own approval is told by the fold that would let it go.
  const verdicts = whole.verdicts.filter(({ intent }) => situation.unapproved?.includes(intent) !== true);
  // What may not be written now ends nothing either: a bake goes on meanwhile.
  const isHalted = isOther && plan !== undefined && (await isStopped(context.store));
  if (isOther && !isHalted) {
    await endConsent(context, before, { ...look, plan: current, steps });
    return 'again';
  }
  if (current !== undefined && isAskedInVain(current, now)) {
    await stopAsking(context, before, current);
    return 'again';
  }
  const [first, ...rest] = steps;
  const wishes = concerned(context, before);
  const asked = {
    target: target.key,
    steps,
    digest: planDigest(target.key, steps),
    serves: servedBy(verdicts),
  };
  if (first !== undefined && current === undefined && isRefused(asked, before, now)) {
    const told = verdicts.filter(({ outcome }) => outcome !== 'act');
    await recordPreviews(context, await recordVerdicts(context, before, told), { observed, own: steps });
    return { outcome: 'settled' };
  }
  const halt =
    first === undefined || (change === undefined && !isHalted)
      ? undefined
      : isHalted
        ? 'kill-switch'
        : await haltOf(context, before, { steps: [first, ...rest], plan });
  // Traffic that has moved is no longer kept back by what people do afterwards.
  const why = halt ?? (isManual(first) && !rest.every(isManual) ? MANUAL_STEP_WAITS : undefined);
  const told = why === undefined ? verdicts : stopped(verdicts, situation, { reason: why, page: halt !== undefined });
  const halves = plan === undefined ? [] : verdicts.filter((one) => isHalfDone(one, plan));
  const isOver = first === undefined && plan !== undefined && isOursToEnd(plan, halves);
  const isLater =
    first === undefined ? plan?.state === 'paused' && !isOver : plan?.state === 'paused' || change === undefined;
  const isStill = plan?.state === 'paused' && !isOver && !mayGoAhead(plan, first, look.verdicts);
  const all = plan === undefined || !isLater ? told : withBehind(told, { plan, waiting, wishes, isStill, kind });
  const state = await recordVerdicts(context, before, all, look.opens);
  if (isStill) {
    return { outcome: 'settled' };
  }
  if (verdictOnStep !== undefined && plan !== undefined && plan.state !== 'paused') {
    const halted = await haltPlan(context, state, { plan, verdict: verdictOnStep });
    return halted === 'again' ? halted : { outcome: 'settled' };
  }
  const pause = wait?.ms === undefined ? {} : { wakeInMs: wait.ms };
  if (first === undefined) {
    const ended = wait === undefined ? await endPlan(context, state, { plan, look, halves }) : state;
    await recordPreviews(context, ended, { observed });
    return { outcome: wait === undefined ? 'settled' : 'waiting', ...pause };
  }
  const isKept = halt !== undefined || (plan !== undefined && change === undefined);
  const asking = isKept && (current === undefined || isPassable(current)) && isUrgentlyAsked({ wishes, kind });
  const shown = asking ? await recordPreviews(context, state, { observed, own: steps }) : state;
  const serves = actingOn(verdicts);
  if (isManual(first) && wait === undefined) {
    const { proven = [] } = look;
    const stand = await standAtManualStep(context, shown, { steps: [first, ...rest], plan: current, serves, proven });
    return stand === 'again' ? stand : { outcome: stand };
  }
  if (change === undefined) {
    return { outcome: 'waiting', ...pause };
  }
  // Its next step would make what people are asked about another plan.
  if (plan !== undefined && isPassable(plan) && first.isUrgent !== true && isUrgentlyAsked({ wishes, kind })) {
    const asked = await recordPreviews(context, shown, { observed, own: steps });
    const urgent = await waitingPlan(context, asked);
    if (urgent !== undefined && isForEmergency(urgent)) {
      return { outcome: 'waiting' };
    }
  }
  if (halt !== undefined) {
    return { outcome: 'stopped' };
  }
  if (current !== undefined && attemptsOf(current) >= (kind.maxAttempts ?? Infinity)) {
    await giveUp(context, state, current);
    return 'again';
  }
  const sent = await sendStep(context, state, {
    observed,
    steps: [first, ...rest],
    change,
    serves,
    served: asked.serves,
    returns: comingBack(situation, { target: target.key, steps }),
    ...(current === undefined ? {} : { plan: current }),
  });
  return sent === 'ended' ? 'again' : { outcome: 'waiting', wakeInMs: sent.waitMs };
}

/** Those that a coming step makes true. */
function actingOn(verdicts: readonly Verdict[]): readonly Intent[] {
  return verdicts.filter(({ outcome }) => outcome === 'act').map(({ intent }) => intent);
}

function servedBy(verdicts: readonly Verdict[]): readonly Served[] {
  return verdicts
    .filter(({ outcome }) => outcome === 'act')
    .map(({ intent, stands }) => ({
      ...serve(intent),
      // What still waits for people is done with this plan, or not at all.
      ...(stands === true && intent.mode === 'enforce' ? { stood: true } : {}),
    }));
}

/** What steps bring back: of what somebody else still wants so, and of what waits for its own plan, they bring nothing. */
function comingBack(
  { leaving, acting, unapproved = [] }: Situation,
  plan: Pick<Plan, 'target' | 'steps'>,
): readonly Intent[] {
  // Weights that stand there want nothing of what is in or out, and the other way round.
  const isWanted = (intent: Intent, subject: string): boolean =>
    acting.some(
      (one) => subjectsOf(one).includes(subject) && (one.subject === subject) === (intent.subject === subject),
    );
  return leftBehind(leaving, plan)
    .filter((intent) => !unapproved.includes(intent))
    .filter((intent) => subjectsOf(intent).some((subject) => !isWanted(intent, subject)));
}

async function activePlan<O, C>(context: LookContext<O, C>, { lane }: TargetState): Promise<Plan | undefined> {
  return lane.activePlan === undefined ? undefined : await context.rows.plan(context.target, lane.activePlan);
}
