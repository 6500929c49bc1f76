import { RateLimitedError, RowConflictError } from '../../errors.ts';
import { intentKey, type Intent } from '../../intents/intent.ts';
import { endingOf, type Ending } from './endings.ts';
import { beforeWrite } from './fields.ts';
import type { LookContext } from '../look-context.ts';
import {
  attemptsOf,
  hasBegun,
  planDigest,
  updateEntry,
  type JournalEntry,
  type Plan,
  type Served,
  type Step,
} from '../plan.ts';
import type { Sending, WriteResult } from '../target-kind.ts';
import type { TargetState, Transition } from '../target-rows.ts';

/** Time from before the `sending` transaction until the call must have left: reconcile rules, 5.2. */
const SEND_WITHIN_MS = 10_000;
/** Attempts to write down a known outcome against people who open intents meanwhile. */
const MAX_ENDINGS = 50;

interface StepToSend<Observed, Change> {
  readonly observed: Observed;
  /** All that is left to do; the first is sent. */
  readonly steps: readonly [Step, ...Step[]];
  readonly change: Change;
  readonly serves: readonly Intent[];
  /** The same, as the plan remembers them. */
  readonly served: readonly Served[];
  /** What was released, and goes back by these steps. */
  readonly returns: readonly Intent[];
  /** The plan that this step continues, or in whose name a lost race is tried again. */
  readonly plan?: Plan;
}

/** What a send left behind: `ended` in the journal, or something to look at again after that time. */
export type Sent = 'ended' | { readonly waitMs: number };

/** Pause before a step is sent again, doubled each time. */
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 300_000;

/**
 * Writes down that a step is being sent, sends it, writes down what came of it.
 *
 * A crash after the first transaction leaves an open journal entry, which the next look settles by reading. An answer
 * that never comes is thrown on: the entry stays open until `sendBy`, and is settled then.
 */
export async function sendStep<Observed, Change>(
  context: LookContext<Observed, Change>,
  state: TargetState,
  toSend: StepToSend<Observed, Change>,
): Promise<Sent> {
  const { target, kind, rows, clock, owner } = context;
  const at = clock.now();
  const sendBy = new Date(at.getTime() + SEND_WITHIN_MS).toISOString();
  const until = new Date(at.getTime() + Math.max(SEND_WITHIN_MS, kind.leaseMs ?? 0)).toISOString();
  const fence = state.head.fence + 1;
  const [step] = toSend.steps;
  const precondition = kind.precondition(toSend.observed);
  const plan = planOf(context, toSend, { step, state: 'sending', at: at.toISOString(), fence, precondition, sendBy });
  await rows.save(target, state, {
    fence,
    lane: { activePlan: plan.id, fields: beforeWrite(state.lane.fields, step.changes) },
    clear: ['gatherUntil'],
    lease: { channel: kind.channel(target), lease: { owner, target: target.key, until } },
    plan,
    facts: kind.committed?.(toSend.observed, toSend.steps, at) ?? [],
  });
  if (clock.now().toISOString() >= sendBy) {
    return 'ended';
  }
  const sending: Sending = { planId: plan.id, fence, step, precondition, sendBy };
  return await noteResult(context, await writeOnce(kind.write(target, sending, toSend.change, toSend.serves)), plan);
}

async function writeOnce(write: Promise<WriteResult>): Promise<WriteResult> {
  try {
    return await write;
  } catch (error) {
    if (error instanceof RateLimitedError) {
      return { outcome: 'postponed', reason: error.message, retryInMs: error.retryAfterMs };
    }
    throw error;
  }
}

function planOf<O, C>(
  { target, random }: LookContext<O, C>,
  { steps, served, returns, plan: earlier }: StepToSend<O, C>,
  entry: JournalEntry,
): Plan {
  const digest = planDigest(target.key, steps);
  const keys = returns.map(intentKey);
  // Who goes back may have nothing that was written for certain: what a failed write has left is undone all the same.
  // An emergency passes a plan that stands still, which goes on, or begins, by a person's word alone.
  const isStill = earlier?.state === 'going-back' || earlier?.state === 'paused';
  if (earlier !== undefined && (isStill || hasBegun(earlier.journal))) {
    return {
      ...earlier,
      ...returning([...(earlier.returns ?? []), ...keys]),
      journal: [...earlier.journal, entry],
    };
  }
  return {
    schema: 1,
    id: earlier?.id ?? random.uuid(),
    target: target.key,
    state: 'running',
    revision: earlier === undefined ? 1 : earlier.revision + (earlier.digest === digest ? 0 : 1),
    serves: served,
    ...returning(keys),
    steps,
    journal: [...(earlier?.journal ?? []), entry],
    digest,
    created: earlier?.created ?? entry.at,
    ...(earlier?.consent === undefined ? {} : { consent: earlier.consent }),
    ...(earlier?.without === undefined ? {} : { without: earlier.without }),
  };
}

function returning(keys: readonly string[]): Pick<Plan, 'returns'> {
  return keys.length === 0 ? {} : { returns: [...new Set(keys)] };
}

async function noteResult<O, C>(context: LookContext<O, C>, result: WriteResult, sent: Plan): Promise<Sent> {
  switch (result.outcome) {
    case 'accepted': {
      const { operation, pollInMs } = result;
      await noteOwn(context, (state, plan) => ({
        plan: updateEntry(plan, { state: 'running', operation }),
        ...leftOpen(context, state),
      }));
      return { waitMs: pollInMs };
    }
    case 'unknown':
      return { waitMs: result.pollInMs };
    case 'postponed': {
      await endWrite(context, { outcome: 'not-written', note: result.reason });
      const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attemptsOf(sent) - 1));
      return { waitMs: (result.retryInMs ?? pauseMs) + context.random.next() * 1_000 };
    }
    case 'written':
    case 'stale':
    case 'failed':
    case 'refused':
  }
  await endWrite(context, {
    outcome: result.outcome,
    ...(result.outcome === 'written' ? { evidence: result.evidence } : {}),
    ...(result.outcome === 'failed' ? { note: result.reason } : {}),
    ...(result.outcome === 'refused' ? { note: `${result.code}: ${result.reason}` } : {}),
  });
  return 'ended';
}

/**
 * The channel stays this target's until the operation has ended, but whoever looks next may go on with it: this
 * invocation ends now, and an emergency must not wait until its lease runs out.
 */
function leftOpen<O, C>({ target, kind, clock }: LookContext<O, C>, { head }: TargetState): Pick<Transition, 'lease'> {
  const channel = kind.channel(target);
  const lease = head.leases[channel];
  return lease === undefined ? {} : { lease: { channel, lease: { ...lease, until: clock.now().toISOString() } } };
}

/** Writes down the outcome of this invocation's own write. */
async function endWrite<O, C>(context: LookContext<O, C>, ending: Omit<Ending, 'at'>): Promise<void> {
  const { target, kind, clock } = context;
  await noteOwn(context, (state, plan) =>
    endingOf(
      { state, plan, channel: kind.channel(target), intents: kind.intents },
      { ...ending, at: clock.now().toISOString() },
    ),
  );
}

/** Writes something down about this invocation's own write, however many intents were opened in the meantime. */
async function noteOwn<O, C>(
  { target, kind, rows, owner }: LookContext<O, C>,
  change: (state: TargetState, plan: Plan) => Transition,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const state = await rows.load(target);
    const id = state.lane.activePlan;
    const plan = id === undefined ? undefined : await rows.plan(target, id);
    if (plan === undefined || state.head.leases[kind.channel(target)]?.owner !== owner) {
      // Our lease ran out and somebody else has settled this write by reading.
      return;
    }
    try {
      await rows.save(target, state, change(state, plan));
      return;
    } catch (error) {
      if (!(error instanceof RowConflictError) || attempt === MAX_ENDINGS) {
        throw error;
      }
    }
  }
}
