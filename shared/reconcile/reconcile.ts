import { RowConflictError } from '../errors.ts';
import { digestOf } from '../domain/digest.ts';
import { intentKey, type Intent } from '../intents/intent.ts';
import type { AuditEntry } from '../records/audit.ts';
import type { Mode } from '../fleet/model.ts';
import { endWaiting, isExpired, waitingPlan } from './consent.ts';
import { overtakenOf } from './endings.ts';
import { asFound, stillMarked } from './fields.ts';
import { giveUp, haltOf, haltPlan, stopped } from './halting.ts';
import { isLeasedToAnother, leaveToHolder } from './leasing.ts';
import type { LookContext, ReconcileDependencies } from './look-context.ts';
import { attemptsOf, hasConsent, isRestOf, openEntry, planDigest, type JournalEntry, type Plan } from './plan.ts';
import { recordPreviews } from './previews.ts';
import { settleWrite } from './settling.ts';
import { concerned, situationOf } from './situation.ts';
import type { Look, TargetKind, TargetRef } from './target-kind.ts';
import { TargetRows, type TargetState } from './target-rows.ts';
import { recordVerdicts } from './verdicts.ts';
import { sendStep } from './writing.ts';

/**
 * How a look at a target ended. `settled`: every open intent is true, blocked or waits for a person.
 * `busy`: somebody else is writing and looks again before leaving. `stopped`: the kill switch is on.
 * With `wakeInMs` the caller sends one wake message with that delay.
 */
export interface Report {
  readonly outcome: 'settled' | 'busy' | 'stopped' | 'waiting';
  readonly wakeInMs?: number;
}

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
    return { outcome: 'waiting', wakeInMs: settled.openMs };
  }
  const isHeld = plan?.state === 'parked';
  if (isHeld || (plan === undefined && (await isIdle(context, state)))) {
    return { outcome: 'settled' };
  }
  return await takeStep(context, state, plan);
}

/** Nothing is wanted, nothing is left behind, and nobody is asked. */
async function isIdle<O, C>(context: LookContext<O, C>, state: TargetState): Promise<boolean> {
  const isLeft = concerned(context, state).length > 0 || state.lane.fields.length > 0;
  return !isLeft && (await waitingPlan(context, state)) === undefined;
}

/**
 * An emergency does not wait for a write that is at work on another field: Front Door's take minutes, and one that ramps
 * weights cannot undo a drain.
 */
async function overtake<O, C>(
  context: LookContext<O, C>,
  state: TargetState,
  { plan, entry }: { readonly plan: Plan; readonly entry: JournalEntry },
): Promise<boolean> {
  const { target, kind, rows, clock } = context;
  const hasUrgent = concerned(context, state).some(
    (intent) => !plan.serves.some(({ key }) => key === intentKey(intent)),
  );
  if (kind.intents === 'once' || entry.step.isUrgent === true || entry.operation === undefined || !hasUrgent) {
    return false;
  }
  const situation = situationOf(context, state, { plan, modes: ['enforce'] });
  const observed = await kind.observe(target, { ...situation, acting: concerned(context, state) });
  const { steps, change } = kind.look(observed, situation);
  const [first] = steps;
  const isOther = first?.changes.every(
    ({ subject, group }) => !entry.step.changes.some((one) => one.subject === subject && one.group === group),
  );
  if (first?.isUrgent !== true || change === undefined || isOther !== true) {
    return false;
  }
  const ended = { state, plan, channel: kind.channel(target), intents: kind.intents };
  await rows.save(target, state, overtakenOf(ended, clock.now().toISOString()));
  return true;
}

/** Observes, folds, and sends the next step if there is one. */
async function takeStep<Observed, Change>(
  context: LookContext<Observed, Change>,
  before: TargetState,
  plan: Plan | undefined,
): Promise<Report | 'again'> {
  const { target, kind } = context;
  const now = context.clock.now();
  const waiting = plan === undefined ? await waitingPlan(context, before) : undefined;
  if (waiting !== undefined && isExpired(waiting, now)) {
    await endWaiting(context, before, { plan: waiting, as: 'expired' });
    return 'again';
  }
  const agreed = waiting !== undefined && hasConsent(waiting) ? waiting : undefined;
  const current = plan ?? agreed;
  const situation = situationOf(context, before, { plan, modes: modesFor(current) });
  const observed = await kind.observe(target, { ...situation, acting: concerned(context, before) });
  const look = kind.look(observed, situation);
  const { steps, change, wait, verdictOnStep } = look;
  // What waits for its own approval is told by the fold that would let it go.
  const verdicts = look.verdicts.filter(({ intent }) => situation.unapproved?.includes(intent) !== true);
  if (
    current?.consent !== undefined &&
    current.state !== 'going-back' &&
    current.state !== 'paused' &&
    !isRestOf(steps, current)
  ) {
    await endConsent(context, before, current);
    return 'again';
  }
  const [first, ...rest] = steps;
  if (first !== undefined && current === undefined && planDigest(target.key, steps) === before.lane.refused) {
    await recordVerdicts(
      context,
      before,
      verdicts.filter(({ outcome }) => outcome !== 'act'),
    );
    return { outcome: 'settled' };
  }
  const halt = first === undefined || change === undefined ? undefined : await haltOf(context, before, first);
  const told = halt === undefined ? verdicts : stopped(verdicts, situation, halt);
  const state = await recordVerdicts(context, before, told);
  if (plan?.state === 'paused' && first?.isUrgent !== true) {
    return { outcome: 'settled' };
  }
  if (verdictOnStep !== undefined && plan !== undefined) {
    const halted = await haltPlan(context, state, { plan, verdict: verdictOnStep });
    return halted === 'again' ? halted : { outcome: 'settled' };
  }
  const pause = wait?.ms === undefined ? {} : { wakeInMs: wait.ms };
  if (first === undefined) {
    const ended = wait === undefined ? await endPlan(context, state, { plan, look }) : state;
    await recordPreviews(context, ended, observed);
    return { outcome: wait === undefined ? 'settled' : 'waiting', ...pause };
  }
  if (change === undefined) {
    return { outcome: 'waiting', ...pause };
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
    serves: verdicts.filter(({ outcome }) => outcome === 'act').map(({ intent }) => intent),
    ...(current === undefined ? {} : { plan: current }),
  });
  return sent === 'ended' ? 'again' : { outcome: 'waiting', wakeInMs: sent.waitMs };
}

/** A plan that people agreed to may do what waits for them; whatever else may act, acts by itself. */
function modesFor(plan: Plan | undefined): readonly Mode[] {
  return plan?.consent === undefined ? ['enforce'] : ['enforce', 'propose'];
}

/** People agreed to other steps than those that would be taken now: nothing of it is done before they agree again. */
async function endConsent<O, C>(context: LookContext<O, C>, state: TargetState, plan: Plan): Promise<void> {
  const { rows, target, clock } = context;
  if (plan.state === 'waiting') {
    await endWaiting(context, state, { plan, as: 'superseded' });
    return;
  }
  const facts = { plan: plan.id, digest: plan.digest, reason: 'plan-changed' };
  const written = plan.journal.filter((entry) => entry.state === 'written').length;
  if (written >= plan.steps.length) {
    // What was agreed to is done; what comes now is another plan's matter.
    await endPlan(context, state, { plan, look: {} });
    return;
  }
  if (written > 0) {
    // Half of it is done: nothing is undone for its own sake, and nothing else done before people say so.
    await rows.save(target, state, {
      plan: { ...plan, state: 'paused', note: 'plan-changed' },
      audit: [{ kind: 'paged', at: clock.now().toISOString(), facts }],
    });
    return;
  }
  await rows.save(target, state, {
    plan: { ...plan, state: 'superseded' },
    clear: ['activePlan'],
    audit: [{ kind: 'held', at: clock.now().toISOString(), facts }],
  });
}

/** Nothing is left to do: the plan has come to its end, and what is back at its baseline is forgotten. */
async function endPlan<O, C>(
  { rows, target, clock }: LookContext<O, C>,
  state: TargetState,
  { plan, look }: { readonly plan: Plan | undefined; readonly look: Pick<Look<C>, 'foreign' | 'found'> },
): Promise<TargetState> {
  const { foreign = [], found = [] } = look;
  const fields = stillMarked(asFound(state.lane.fields, found), state.intents.values()).filter(
    ({ subject, group }) => !foreign.some((one) => one.subject === subject && one.group === group),
  );
  const isForgetting = fields.length < state.lane.fields.length;
  if (plan === undefined) {
    return isForgetting ? await rows.save(target, state, { lane: { fields } }) : state;
  }
  const end = endOf(plan);
  const entry: AuditEntry = {
    kind: 'plan-ended',
    at: clock.now().toISOString(),
    facts: { plan: plan.id, revision: plan.revision, state: end },
  };
  const previews = Object.fromEntries(
    Object.entries(state.lane.previews).filter(([, shown]) => shown.plan !== plan.id),
  );
  return await rows.save(target, state, {
    lane: { fields, previews },
    clear: ['activePlan'],
    intents: end === 'done' ? agreedIntents(state, plan) : [],
    plan: { ...plan, state: end },
    audit: end === 'superseded' ? [] : [entry],
  });
}

/** What people have agreed to and what is done holds from now on like anything else; its end is asked for anew. */
function agreedIntents({ intents }: TargetState, { consent, serves }: Plan): readonly Intent[] {
  const served = serves.flatMap(({ key, value }) => {
    const intent = intents.get(key);
    return intent !== undefined && digestOf(intent.value) === value ? [intent] : [];
  });
  return consent === undefined
    ? []
    : served
        .filter(({ mode, state }) => mode === 'propose' && state === 'open')
        .map((intent) => ({ ...intent, mode: 'enforce' }));
}

function endOf({ state, journal }: Plan): Plan['state'] {
  if (state === 'going-back') {
    return 'gone-back';
  }
  return journal.some((entry) => entry.state === 'written') ? 'done' : 'superseded';
}

async function activePlan<O, C>(context: LookContext<O, C>, { lane }: TargetState): Promise<Plan | undefined> {
  return lane.activePlan === undefined ? undefined : await context.rows.plan(context.target, lane.activePlan);
}
