import { RateLimitedError, RowConflictError } from '../errors.ts';
import type { Intent } from '../intents/intent.ts';
import { isStopped } from './kill-switch.ts';
import type { LookContext, ReconcileDependencies } from './look-context.ts';
import { openEntry, planDigest, type Plan } from './plan.ts';
import { recordPreviews } from './previews.ts';
import type { TargetKind, TargetRef } from './target-kind.ts';
import { TargetRows, type TargetState } from './target-rows.ts';
import { recordVerdicts } from './verdicts.ts';
import { endWrite, sendStep, settleWrite } from './writing.ts';

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
  const { target, kind, rows, clock } = context;
  let state = await rows.load(target.key);
  if (isLeasedToAnother(state, context.owner, clock.now())) {
    return await leaveToHolder(context, state);
  }
  const plan = await activePlan(context, state);
  if (plan !== undefined && openEntry(plan) !== undefined) {
    await settleWrite(context, state, plan);
    return 'again';
  }
  const open = [...state.intents.values()].filter((intent) => intent.state !== 'closed');
  if (open.length === 0) {
    return { outcome: 'settled' };
  }
  const observed = await kind.observe(target, open);
  const acting = open.filter(({ mode }) => mode === 'enforce');
  const { verdicts, step, change } = kind.look(observed, acting);
  if (step !== undefined && planDigest(target.key, [step]) === state.head.refused) {
    await recordVerdicts(
      context,
      state,
      verdicts.filter(({ outcome }) => outcome !== 'act'),
    );
    return { outcome: 'settled' };
  }
  state = await recordVerdicts(context, state, verdicts);
  if (step === undefined || change === undefined) {
    if (plan !== undefined) {
      const superseded: Plan = { ...plan, state: 'superseded' };
      state = await rows.save(target.key, state, { plan: superseded, clear: ['activePlan'] });
    }
    await recordPreviews(context, state, { observed, open: stillOpen(open, verdicts) });
    return { outcome: 'settled' };
  }
  if (await isStopped(context.store)) {
    return { outcome: 'stopped' };
  }
  const serves = verdicts.filter(({ outcome }) => outcome === 'act').map(({ intent }) => intent);
  const sent = await sendStep(context, state, {
    observed,
    step,
    change,
    serves,
    ...(plan === undefined ? {} : { plan }),
  });
  return sent instanceof RateLimitedError ? await waitForLimit(context, sent) : 'again';
}

function stillOpen(
  open: readonly Intent[],
  verdicts: readonly { intent: Intent; outcome: string }[],
): readonly Intent[] {
  const done = new Set(verdicts.filter(({ outcome }) => outcome === 'done').map(({ intent }) => intent));
  return open.filter((intent) => !done.has(intent));
}

function isLeasedToAnother({ head }: TargetState, owner: string, now: Date): boolean {
  return head.lease !== undefined && head.lease.owner !== owner && Date.parse(head.lease.until) > now.getTime();
}

/**
 * The holder looks for newer intents before it leaves, so there is nothing to do here, unless it has died. One wake
 * message for the end of its lease is enough for everybody who finds the head taken.
 */
async function leaveToHolder<O, C>(context: LookContext<O, C>, state: TargetState): Promise<Report> {
  const { head } = state;
  const now = context.clock.now().getTime();
  const until = Date.parse(head.lease?.until ?? '');
  if (head.wakeAt !== undefined && Date.parse(head.wakeAt) >= until) {
    return { outcome: 'busy' };
  }
  await context.rows.save(context.target.key, state, { head: { wakeAt: new Date(until).toISOString() } });
  return { outcome: 'busy', wakeInMs: until - now + 1_000 };
}

async function activePlan<O, C>(context: LookContext<O, C>, state: TargetState): Promise<Plan | undefined> {
  const id = state.head.activePlan;
  return id === undefined ? undefined : await context.rows.plan(context.target.key, id);
}

async function waitForLimit<O, C>(context: LookContext<O, C>, limit: RateLimitedError): Promise<Report> {
  await endWrite(context, 'not-written', { note: limit.message });
  return { outcome: 'waiting', wakeInMs: limit.retryAfterMs + context.random.next() * 1_000 };
}
