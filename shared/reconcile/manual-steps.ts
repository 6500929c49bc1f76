import { digestOf } from '../domain/digest.ts';
import type { Json } from '../domain/json.ts';
import type { Intent } from '../intents/intent.ts';
import type { AuditEntry } from '../records/audit.ts';
import { givenUpOf } from './endings.ts';
import { isStopped } from './kill-switch.ts';
import type { LookContext } from './look-context.ts';
import {
  distinct,
  hasBegun,
  isRestOf,
  planDigest,
  serve,
  type Approval,
  type JournalEntry,
  type ManualWork,
  type Plan,
  type Step,
} from './plan.ts';
import type { TargetState } from './target-rows.ts';

/** Why what comes after a step of people's is not done yet. */
export const MANUAL_STEP_WAITS = 'manual-step-waits';
const TIMED_OUT = 'timed-out';

/** A step that people take. */
export interface ManualStep extends Step {
  readonly manual: ManualWork;
}

/** True if it is people's to take. Pure. */
export function isManual(step: Step | undefined): step is ManualStep {
  return step?.manual !== undefined;
}

interface ManualTurn {
  /** All that is left to do; the first is people's. */
  readonly steps: readonly [ManualStep, ...Step[]];
  /** The plan that it belongs to, if there is one yet. */
  readonly plan: Plan | undefined;
  readonly serves: readonly Intent[];
  readonly proven: readonly string[];
}

/**
 * Stands at a step of people's: asks for it once, and goes on when enough of them have said that it is done and its
 * evidence is true. No lease is held; whoever looks next goes on from the rows.
 *
 * @returns `again` if something was written down, `waiting` for people, `stopped` while the kill switch is on.
 */
export async function standAtManualStep<O, C>(
  context: LookContext<O, C>,
  state: TargetState,
  turn: ManualTurn,
): Promise<'again' | 'waiting' | 'stopped'> {
  const { rows, target, kind, clock, store } = context;
  if (await isStopped(store)) {
    return 'stopped';
  }
  const at = clock.now().toISOString();
  const [step] = turn.steps;
  const plan = planFor(context, turn, at);
  const entry = plan.journal.find((one) => one.state === 'asked' && isSameStep(one.step, step));
  if (entry === undefined) {
    const asked: JournalEntry = {
      ...{ step, state: 'asked', at, fence: state.head.fence, precondition: '', sendBy: at },
      confirmed: [],
    };
    await rows.save(target, state, {
      lane: { activePlan: plan.id },
      plan: { ...plan, journal: [...plan.journal.filter((one) => !isOutdated(one, step)), asked] },
      audit: [pageFor(plan, step, { at, reason: 'manual-step' })],
    });
    return 'again';
  }
  const outcome = outcomeOf(step, entry, { proven: turn.proven, now: clock.now() });
  const withEntry = (news: Partial<JournalEntry>): Plan => ({
    ...plan,
    journal: plan.journal.map((one) => (one === entry ? { ...one, ...news } : one)),
  });
  switch (outcome) {
    case 'done': {
      const by = (entry.confirmed ?? []).map((word) => word.by);
      const evidence = { by, ...(step.manual.evidence === undefined ? {} : { evidence: 'true' }) };
      const facts = { plan: plan.id, fence: entry.fence, step: { title: step.title, from: {}, to: {} }, evidence };
      await rows.save(target, state, {
        plan: withEntry({ state: 'done', endedAt: at, evidence }),
        audit: [{ kind: 'acted', at, facts }],
      });
      return 'again';
    }
    case 'skipped':
      await rows.save(target, state, {
        plan: withEntry({ state: 'skipped', endedAt: at, note: TIMED_OUT }),
        audit: [pageFor(plan, step, { at, reason: 'manual-step-skipped' })],
      });
      return 'again';
    case 'cancelled': {
      const ended = { state, plan: withEntry({ state: 'skipped', endedAt: at, note: TIMED_OUT }) };
      const from = { ...ended, channel: kind.channel(target), intents: kind.intents };
      await rows.save(target, state, givenUpOf(from, 'manual-step-timeout', at));
      return 'again';
    }
    case 'late':
      await rows.save(target, state, {
        plan: withEntry({ note: TIMED_OUT }),
        audit: [pageFor(plan, step, { at, reason: 'manual-step-late' })],
      });
      return 'again';
    case 'waiting':
  }
  if (plan.revision !== turn.plan?.revision) {
    const facts = { plan: plan.id, digest: plan.digest, revision: plan.revision, reason: 'plan-changed' };
    await rows.save(target, state, { plan, audit: [{ kind: 'held', at, facts }] });
  }
  return 'waiting';
}

/** What has been asked for and is not waited for any more, when its plan ends. Pure. */
export function withoutAsked(plan: Plan, at: string): Plan {
  const journal = plan.journal.map((entry): JournalEntry =>
    entry.state === 'asked' ? { ...entry, state: 'skipped', endedAt: at, note: 'no longer needed' } : entry,
  );
  return { ...plan, journal };
}

function outcomeOf(
  { id, manual }: ManualStep,
  { at, confirmed = [], note }: JournalEntry,
  { proven, now }: { readonly proven: readonly string[]; readonly now: Date },
): 'done' | 'skipped' | 'cancelled' | 'late' | 'waiting' {
  const isProven = manual.evidence === undefined || proven.includes(id);
  if (isProven && distinct(confirmed) >= manual.approvals) {
    return 'done';
  }
  if (now.getTime() < Date.parse(at) + manual.timeoutMs) {
    return 'waiting';
  }
  switch (manual.onTimeout) {
    case 'continue':
      return 'skipped';
    case 'cancel':
      return 'cancelled';
    case 'page':
      return note === TIMED_OUT ? 'waiting' : 'late';
  }
}

/** The plan as it is, or with a new revision where what is left to do is not what it says. */
function planFor<O, C>({ target, random }: LookContext<O, C>, { plan, steps, serves }: ManualTurn, at: string): Plan {
  if (plan !== undefined && isRestOf(steps, plan)) {
    return plan.state === 'going-back' ? plan : { ...plan, state: 'running' };
  }
  const behind = plan?.journal.filter((entry) => hasBegun([entry])).map(({ step }) => step) ?? [];
  const all = [...behind, ...steps];
  return {
    schema: 1,
    id: plan?.id ?? random.uuid(),
    target: target.key,
    state: plan?.state === 'going-back' ? 'going-back' : 'running',
    revision: (plan?.revision ?? 0) + 1,
    serves: plan !== undefined && hasBegun(plan.journal) ? plan.serves : serves.map(serve),
    steps: all,
    journal: plan?.journal ?? [],
    digest: planDigest(target.key, all),
    created: plan?.created ?? at,
    ...(plan?.consent === undefined ? {} : { consent: plan.consent }),
  };
}

/** The same step with another instruction: what people have said of it was about that one. */
function isOutdated({ state, step }: JournalEntry, now: ManualStep): boolean {
  return state === 'asked' && step.id === now.id;
}

function isSameStep(a: Step, b: Step): boolean {
  return a.id === b.id && digestOf(a as unknown as Json) === digestOf(b as unknown as Json);
}

function pageFor(
  { id: plan, digest, target }: Plan,
  { id, title, manual }: ManualStep,
  { at, reason }: { readonly at: string; readonly reason: string },
): AuditEntry {
  const facts = { plan, digest, subject: target, reason, step: id, title, instruction: manual.instruction };
  return { kind: 'paged', at, facts };
}

/** One person's word that a step is done, as it stands in the journal; the same plan if it was said before. Pure. */
export function withWord(plan: Plan, entry: JournalEntry, word: Approval): Plan {
  const { confirmed = [] } = entry;
  if (entry.state !== 'asked' || confirmed.some(({ by }) => by === word.by)) {
    return plan;
  }
  const next = { ...entry, confirmed: [...confirmed, word] };
  return { ...plan, journal: plan.journal.map((one) => (one === entry ? next : one)) };
}
