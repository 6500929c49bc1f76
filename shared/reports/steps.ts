import { isSameJson } from '../domain/json.ts';
import type { JournalEntry, Plan, Step } from '../reconcile/plan.ts';
import { inWords } from './names.ts';

/** One step of a plan: what it was to do, how often it was sent, what became of it. Times are ISO 8601. */
export interface StepReport {
  readonly title: string;
  readonly from: string;
  readonly to: string;
  /** Of the newest send; `not-sent` for what the plan held and nobody sent. */
  readonly outcome: JournalEntry['state'] | 'not-sent';
  /** Sends, the lost and refused ones included. */
  readonly attempts: number;
  /** Of the first send. */
  readonly sentAt?: string;
  readonly endedAt?: string;
  /** How long the next step waited for this one to show, in milliseconds. */
  readonly bakeMs?: number;
  readonly evidence?: string;
  /** What was said about each send that did not end well. */
  readonly notes: readonly string[];
  /** What had to hold right before the write. */
  readonly predicates: readonly string[];
  /** What people were to do, Markdown; absent for a write. */
  readonly instruction?: string;
}

/** Every write of a plan in the order in which it was sent, then what was never sent. Pure. */
export function stepsOf(plan: Plan): readonly StepReport[] {
  const sent = groupsOf(plan.journal);
  const unsent = unsentSteps(plan);
  return [...sent.map(sentStep), ...unsent.map(unsentStep)];
}

/** Steps of a plan that nobody has written or done yet, in order. Pure. */
export function unwrittenSteps({ steps, journal }: Plan): readonly Step[] {
  const written = journal.filter(({ state }) => state === 'written' || state === 'done' || state === 'skipped');
  return steps.filter((step) => !written.some((entry) => isSameWrite(entry.step, step)));
}

function unsentSteps({ steps, journal }: Plan): readonly Step[] {
  return steps.filter((step) => !journal.some((entry) => isSameWrite(entry.step, step)));
}

function isSameWrite(a: Step, b: Step): boolean {
  return a.id === b.id && isSameJson(a.from, b.from) && isSameJson(a.to, b.to);
}

type Sends = readonly [JournalEntry, ...JournalEntry[]];

/** Sends of one write, one after another, belong together until one of them has come to an end of its own. */
function groupsOf(journal: readonly JournalEntry[]): readonly Sends[] {
  const groups: Sends[] = [];
  for (const entry of journal) {
    const last = groups.at(-1);
    const before = last?.at(-1);
    const goesOn = before?.state === 'not-written' || before?.state === 'stale';
    if (last !== undefined && before !== undefined && goesOn && isSameWrite(before.step, entry.step)) {
      groups[groups.length - 1] = [...last, entry];
    } else {
      groups.push([entry]);
    }
  }
  return groups;
}

function sentStep(sends: Sends): StepReport {
  const [first] = sends;
  const last = sends.at(-1) ?? first;
  const { step, state, endedAt, evidence } = last;
  return {
    ...plainStep(step),
    outcome: state,
    attempts: sends.length,
    sentAt: first.at,
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(evidence === undefined ? {} : { evidence: inWords(evidence) }),
    notes: [...(step.warnings ?? []), ...sends.flatMap(({ note }) => note ?? [])],
  };
}

function unsentStep(step: Step): StepReport {
  return { ...plainStep(step), outcome: 'not-sent', attempts: 0, notes: step.warnings ?? [] };
}

function plainStep({ title, from, to, bakeMs, predicates = [], manual }: Step) {
  return {
    ...{ title, from: inWords(from), to: inWords(to), predicates },
    ...(bakeMs === undefined ? {} : { bakeMs }),
    ...(manual === undefined ? {} : { instruction: manual.instruction }),
  };
}
