import { digestOf } from '../domain/digest.ts';
import type { Json } from '../domain/json.ts';
import type { Intent } from '../intents/intent.ts';
import type { AuditEntry } from '../records/audit.ts';
import { givenUpOf } from './writing/endings.ts';
import { isStopped, releasedAt } from './guards/kill-switch.ts';
import type { LookContext } from './look-context.ts';
import {
  distinct,
  hasBegun,
  isRestOf,
  planDigest,
  serve,
  type JournalEntry,
  type ManualStep,
  type Plan,
  type Step,
} from './plan.ts';
import type { TargetState, Transition } from './target-rows.ts';

/** Why a plan stands still: people have not done what they were asked for, or have not said so. */
export const MANUAL_STEP_LATE = 'manual-step-late';

interface ManualTurn {
  /** All that is left to do; the first is people's. */
  readonly steps: readonly [ManualStep, ...Step[]];
  /** The plan that it belongs to, if there is one yet. */
  readonly plan: Plan | undefined;
  readonly serves: readonly Intent[];
  /** Steps, by id, whose evidence is true. */
  readonly proven: readonly string[];
}

/** A turn with the plan that it has become, and the entry under which people were asked. */
interface Asked {
  readonly turn: ManualTurn;
  readonly plan: Plan;
  readonly entry: JournalEntry;
  /** ISO 8601. */
  readonly at: string;
  /** True when the time for it is over. */
  readonly isOver: boolean;
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
  const { rows, target, clock, store } = context;
  if (await isStopped(store)) {
    return 'stopped';
  }
  const now = clock.now();
  const at = now.toISOString();
  const plan = planFor(context, turn, at);
  const entry = plan.journal.find((one) => one.state === 'asked' && isSameWork(one.step, turn.steps[0]));
  if (entry === undefined) {
    await rows.save(target, state, askedOf(plan, turn.steps[0], { at, fence: state.head.fence, confirmed: [] }));
    return 'again';
  }
  // Nobody is late for a time in which everything was stopped.
  const since = Math.max(Date.parse(entry.at), (await releasedAt(store))?.getTime() ?? 0);
  const asked: Asked = { turn, plan, entry, at, isOver: now.getTime() >= since + turn.steps[0].manual.timeoutMs };
  const news = newsOf(context, state, asked);
  if (news !== undefined) {
    await rows.save(target, state, news);
    return 'again';
  }
  if (plan.revision !== turn.plan?.revision) {
    const facts = { plan: plan.id, digest: plan.digest, revision: plan.revision, reason: 'plan-changed' };
    await rows.save(target, state, { plan, audit: [{ kind: 'held', at, facts }] });
  }
  return 'waiting';
}

/** True if a plan stands still because people were late. Pure. */
export function isLate({ state, note }: Plan): boolean {
  return state === 'paused' && note === MANUAL_STEP_LATE;
}

/** The plan without what has kept it. Pure. */
export function goingOn(plan: Plan): Plan {
  const next: Omit<Plan, 'note'> & { note?: string } = { ...plan, state: 'running' };
  delete next.note;
  return next;
}

/** What has been asked for and is not waited for any more, when its plan ends. Pure. */
export function withoutAsked(plan: Plan, at: string): Plan {
  const journal = plan.journal.map((entry): JournalEntry =>
    entry.state === 'asked' ? { ...entry, state: 'skipped', endedAt: at, note: 'no longer needed' } : entry,
  );
  return { ...plan, journal };
}

/** The plan asks for the step from now on; what people said of the step as it was before does not count. Pure. */
function askedOf(
  plan: Plan,
  step: ManualStep,
  { at, ...asked }: Required<Pick<JournalEntry, 'at' | 'fence' | 'confirmed'>>,
): Transition {
  const entry: JournalEntry = { step, state: 'asked', at, precondition: '', sendBy: at, ...asked };
  const others = plan.journal.filter((one) => one.state !== 'asked' || one.step.id !== step.id);
  return {
    lane: { activePlan: plan.id },
    plan: { ...plan, journal: [...others, entry] },
    audit: [pageFor(plan, step, { at, reason: 'manual-step' })],
  };
}

/** What a look at a step that was asked for changes; undefined while people are at it. */
function newsOf<O, C>(
  { kind, target }: LookContext<O, C>,
  state: TargetState,
  { turn, plan, entry, at, isOver }: Asked,
): Transition | undefined {
  const [step] = turn.steps;
  const { manual } = step;
  const { confirmed = [], fence } = entry;
  const after = (news: Partial<JournalEntry>): Plan => ({
    ...plan,
    journal: plan.journal.map((one) => (one === entry ? { ...one, ...news } : one)),
  });
  if (distinct(confirmed) >= manual.approvals && (manual.evidence === undefined || turn.proven.includes(step.id))) {
    const by = confirmed.map((word) => word.by);
    const evidence = { by, ...(manual.evidence === undefined ? {} : { evidence: 'true' }) };
    const facts = { plan: plan.id, fence, step: { title: step.title, from: {}, to: {} }, evidence };
    const done = after({ state: 'done', endedAt: at, evidence });
    return { plan: isLate(plan) ? goingOn(done) : done, audit: [{ kind: 'acted', at, facts }] };
  }
  if (entry.note === MANUAL_STEP_LATE) {
    // A person has let the plan go on: it waits as long again.
    return turn.plan?.state === 'running' ? askedOf(plan, step, { at, fence, confirmed }) : undefined;
  }
  if (!isOver) {
    return undefined;
  }
  // A way back is not itself given up for people who are late: they are called, and it waits for them.
  switch (plan.state === 'going-back' && manual.onTimeout === 'cancel' ? 'pause' : manual.onTimeout) {
    case 'continue':
      return {
        plan: after({ state: 'skipped', endedAt: at, note: MANUAL_STEP_LATE }),
        audit: [pageFor(plan, step, { at, reason: 'manual-step-skipped' })],
      };
    case 'cancel': {
      const ended = { state, plan: after({ state: 'skipped', endedAt: at, note: MANUAL_STEP_LATE }) };
      return givenUpOf({ ...ended, channel: kind.channel(target), intents: kind.intents }, 'manual-step-timeout', at);
    }
    case 'pause': {
      const late = after({ note: MANUAL_STEP_LATE });
      return {
        plan: plan.state === 'running' ? { ...late, state: 'paused', note: MANUAL_STEP_LATE } : late,
        audit: [pageFor(plan, step, { at, reason: MANUAL_STEP_LATE })],
      };
    }
  }
}

/** The plan as it is, or with a new revision where what is left to do is not what it says. Pure but for a new one's id. */
function planFor<O, C>({ target, random }: LookContext<O, C>, { plan, steps, serves }: ManualTurn, at: string): Plan {
  // What people agreed to is theirs to change; an emergency that comes to it goes on beside it.
  if (plan !== undefined && (plan.consent !== undefined || isRestOf(steps, plan))) {
    return plan.state === 'waiting' ? { ...plan, state: 'running' } : plan;
  }
  const behind = plan?.journal.filter((entry) => hasBegun([entry])).map(({ step }) => step) ?? [];
  const all = [...behind, ...steps];
  return {
    schema: 1,
    id: plan?.id ?? random.uuid(),
    target: target.key,
    state: plan?.state ?? 'running',
    revision: (plan?.revision ?? 0) + 1,
    serves: plan !== undefined && hasBegun(plan.journal) ? plan.serves : serves.map(serve),
    steps: all,
    journal: plan?.journal ?? [],
    digest: planDigest(target.key, all),
    created: plan?.created ?? at,
    ...(plan?.note === undefined ? {} : { note: plan.note }),
  };
}

function isSameWork(a: Step, b: ManualStep): boolean {
  return a.id === b.id && digestOf(a.manual as unknown as Json) === digestOf(b.manual as unknown as Json);
}

function pageFor(
  { id: plan, digest, target }: Plan,
  { id, title, manual }: ManualStep,
  { at, reason }: { readonly at: string; readonly reason: string },
): AuditEntry {
  const { instruction, approvals } = manual;
  const facts = { plan, digest, subject: target, reason, step: id, title, instruction, approvals };
  return { kind: 'paged', at, facts };
}
