import { digestOf } from '../domain/digest.ts';
import type { JsonObject } from '../domain/json.ts';
import { RateLimitedError, RowConflictError } from '../errors.ts';
import type { Intent } from '../intents/intent.ts';
import { withState } from '../intents/lifecycle.ts';
import type { AuditEntry } from '../records/audit.ts';
import { closeEntry, openEntry, planDigest, serve, type JournalEntry, type Plan, type Step } from './plan.ts';
import type { LookContext } from './look-context.ts';
import type { Sending, WriteResult } from './target-kind.ts';
import type { TargetState, Transition } from './target-rows.ts';

/** Time from before the `sending` transaction until the call must have left: reconcile rules, 5.2. */
const SEND_WITHIN_MS = 10_000;
/** Attempts to write down a known outcome against people who open intents meanwhile. */
const MAX_ENDINGS = 50;

interface StepToSend<Observed, Change> {
  readonly observed: Observed;
  readonly step: Step;
  readonly change: Change;
  readonly serves: readonly Intent[];
  /** The plan in whose name a lost race is tried again. */
  readonly plan?: Plan;
}

/**
 * Writes down that a step is being sent, sends it, writes down what came of it.
 *
 * A crash after the first transaction leaves an open journal entry, which the next look settles by reading. An answer
 * that never comes is thrown on: the entry stays open until `sendBy`, and is settled then.
 *
 * @returns the limit, if the service asked to wait; the entry is still open.
 */
export async function sendStep<Observed, Change>(
  context: LookContext<Observed, Change>,
  state: TargetState,
  { observed, step, change, serves, plan: earlier }: StepToSend<Observed, Change>,
): Promise<RateLimitedError | undefined> {
  const { target, kind, rows, clock, random, owner } = context;
  const at = clock.now();
  const sendBy = new Date(at.getTime() + SEND_WITHIN_MS).toISOString();
  const fence = state.head.fence + 1;
  const digest = planDigest(target.key, [step]);
  const entry: JournalEntry = {
    step: step.id,
    state: 'sending',
    at: at.toISOString(),
    fence,
    precondition: kind.precondition(observed),
    sendBy,
  };
  const plan: Plan = {
    schema: 1,
    id: earlier?.id ?? random.uuid(),
    target: target.key,
    state: 'running',
    revision: earlier === undefined ? 1 : earlier.revision + (earlier.digest === digest ? 0 : 1),
    serves: serves.map(serve),
    steps: [step],
    journal: [...(earlier?.journal ?? []), entry],
    digest,
    created: earlier?.created ?? at.toISOString(),
  };
  await rows.save(target.key, state, { head: { fence, lease: { owner, until: sendBy }, activePlan: plan.id }, plan });
  if (clock.now().toISOString() >= sendBy) {
    return undefined;
  }
  const sending: Sending = { planId: plan.id, fence, step, precondition: entry.precondition, sendBy };
  let result: WriteResult;
  try {
    result = await kind.write(target, sending, change, serves);
  } catch (error) {
    if (error instanceof RateLimitedError) {
      return error;
    }
    throw error;
  }
  await endWrite(context, result.outcome, {
    ...(result.outcome === 'written' ? { evidence: result.evidence } : {}),
    ...(result.outcome === 'refused' ? { note: `${result.code}: ${result.reason}` } : {}),
  });
  return undefined;
}

/** Finds out by reading what became of a write whose answer never came, and writes it down. */
export async function settleWrite<O, C>(context: LookContext<O, C>, state: TargetState, plan: Plan): Promise<void> {
  const { target, kind } = context;
  const entry = openEntry(plan);
  const step = plan.steps[0];
  if (entry === undefined || step === undefined) {
    return;
  }
  const { fence, precondition, sendBy } = entry;
  const settlement = await kind.settle(target, { planId: plan.id, fence, step, precondition, sendBy });
  if (settlement.outcome === 'rewritten') {
    await context.rows.save(target.key, state, parked(state, plan, { reason: settlement.reason, at: now(context) }));
    return;
  }
  const evidence = settlement.outcome === 'written' ? { evidence: settlement.evidence } : {};
  await context.rows.save(
    target.key,
    state,
    ending(state, plan, { outcome: settlement.outcome, at: now(context), ...evidence }),
  );
}

type Outcome = 'written' | 'stale' | 'refused' | 'not-written';

/** Writes down the outcome of this invocation's own write, however many intents were opened in the meantime. */
export async function endWrite<O, C>(
  context: LookContext<O, C>,
  outcome: Outcome,
  facts: { readonly evidence?: JsonObject; readonly note?: string },
): Promise<void> {
  const { target, rows, owner } = context;
  for (let attempt = 1; ; attempt += 1) {
    const state = await rows.load(target.key);
    const plan = state.head.activePlan === undefined ? undefined : await rows.plan(target.key, state.head.activePlan);
    if (plan === undefined || state.head.lease?.owner !== owner) {
      // Our lease ran out and somebody else has settled this write by reading.
      return;
    }
    try {
      await rows.save(target.key, state, ending(state, plan, { outcome, at: now(context), ...facts }));
      return;
    } catch (error) {
      if (!(error instanceof RowConflictError) || attempt === MAX_ENDINGS) {
        throw error;
      }
    }
  }
}

interface Ending {
  readonly outcome: Outcome;
  readonly at: string;
  readonly evidence?: JsonObject;
  readonly note?: string;
}

function ending(state: TargetState, plan: Plan, { outcome, at, evidence, note }: Ending): Transition {
  const closed = closeEntry(plan, {
    state: outcome,
    at,
    ...(evidence === undefined ? {} : { evidence }),
    ...(note === undefined ? {} : { note }),
  });
  const open = openEntry(plan);
  if (
    open !== undefined &&
    outcome === 'stale' &&
    plan.journal.some(({ state: earlier }) => earlier === 'not-written')
  ) {
    // An earlier send, given up as not written, may have arrived after all and be what made this one stale: the entry
    // stays open from the first precondition on, and the next look reads what happened.
    const entry = { ...open, precondition: plan.journal[0]?.precondition ?? open.precondition };
    return { plan: { ...plan, journal: [...plan.journal.slice(0, -1), entry] }, clear: ['lease', 'wakeAt'] };
  }
  if (outcome === 'stale' || outcome === 'not-written') {
    return { plan: closed, clear: ['lease', 'wakeAt'] };
  }
  const isDone = outcome === 'written';
  const facts = {
    plan: plan.id,
    revision: plan.revision,
    ...(isDone ? { evidence: evidence ?? {} } : { note: note ?? '' }),
  };
  return {
    ...(isDone ? {} : { head: { refused: plan.digest } }),
    plan: { ...closed, state: isDone ? 'done' : 'refused' },
    clear: ['lease', 'wakeAt', 'activePlan'],
    intents: servedStill(state, plan).map((intent) =>
      isDone
        ? { ...withState(intent, 'closed', 'written'), evidence: facts }
        : withState(intent, 'blocked', note ?? 'refused'),
    ),
    audit: plan.serves.map(({ subject, signals }): AuditEntry => {
      const step = plan.steps.map(({ title, from, to }) => ({ title, from, to }));
      return { kind: isDone ? 'acted' : 'refused', at, facts: { subject, signals, ...facts, step } };
    }),
  };
}

function parked(state: TargetState, plan: Plan, { reason, at }: { reason: string; at: string }): Transition {
  return {
    head: { refused: plan.digest },
    plan: { ...closeEntry(plan, { state: 'refused', at, note: reason }), state: 'parked' },
    clear: ['lease', 'wakeAt', 'activePlan'],
    intents: servedStill(state, plan).map((intent) => withState(intent, 'blocked', reason)),
    audit: [{ kind: 'paged', at, facts: { plan: plan.id, reason } }],
  };
}

/** The intents of a plan that nobody has replaced or closed since it was made. */
function servedStill(state: TargetState, plan: Plan): readonly Intent[] {
  return plan.serves.flatMap(({ key, value }) => {
    const intent = state.intents.get(key);
    return intent !== undefined && intent.state !== 'closed' && digestOf(intent.value) === value ? [intent] : [];
  });
}

function now<O, C>({ clock }: LookContext<O, C>): string {
  return clock.now().toISOString();
}
