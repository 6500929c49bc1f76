import type { Intent } from '../intents/intent.ts';
import { serve, type FieldChange, type Plan, type PlanState } from '../reconcile/plan.ts';
import { drillsOf, type DrillReport } from './drill.ts';
import type { EffectNumbers, PlanEffect } from '../reconcile/plan-effect.ts';
import { leftWritten } from './left-written.ts';
import { inWords, shortName, targetName, wordOf } from './names.ts';
import { occasionOf, type Occasion } from './occasion.ts';
import type { Run } from './run.ts';
import { sharesOf, type Shares } from './shares.ts';
import { stepsOf, type StepReport } from './steps.ts';
import { timelineOf, type Moment } from './timeline.ts';

/** What one plan did, and why. Text in it comes from outside as well: whoever shows it escapes it. */
export interface Report {
  readonly title: string;
  readonly outcome: string;
  readonly plan: Pick<Plan, 'id' | 'target' | 'state' | 'revision' | 'digest' | 'created'>;
  readonly timeline: readonly Moment[];
  readonly facts: readonly Fact[];
  readonly intents: readonly IntentReport[];
  readonly approvals: readonly ApprovalReport[];
  readonly steps: readonly StepReport[];
  readonly rules: readonly RuleReport[];
  readonly pages: readonly Moment[];
  readonly times: Times;
  readonly shares?: Shares;
  /** What was measured when the edge showed it, or did not. */
  readonly numbers?: EffectNumbers;
  /** What came of the drills that the plan is part of; none for any other plan. */
  readonly drills: readonly DrillReport[];
}

/** Something that was known when it was decided; `ageMs` is how old it was then. */
export interface Fact {
  readonly about: string;
  readonly says: string;
  readonly at: string;
  readonly ageMs: number;
}

export interface IntentReport {
  readonly subject: string;
  readonly wants: string;
  readonly askedBy: string;
  readonly mode: string;
  readonly reason: string;
  /** State and note, as they are now. */
  readonly now: string;
  /** True if somebody has asked for something else since the plan was made. */
  readonly isReplaced: boolean;
}

/** One person's word on the plan. */
export interface ApprovalReport {
  readonly by: string;
  readonly said: string;
  readonly at: string;
  readonly digest: string;
}

export interface RuleReport {
  readonly rule: string;
  readonly how: 'held before the write' | 'overridden' | 'kept back';
  readonly detail: string;
}

/** Lengths of time in milliseconds; absent where an end of them is not known. */
export interface Times {
  /** From the first word to the decision. */
  readonly toDecideMs: number;
  /** From the last vote that was needed to the first write: what an emergency is measured by. */
  readonly voteToWriteMs?: number;
  /** From the decision to the first write. */
  readonly toWriteMs?: number;
  /** From the first word until the last write was there. */
  readonly totalMs?: number;
  /** From the first word until the edge showed it. */
  readonly toEffectMs?: number;
  /** What the edge shows of it, where it is an edge's plan that is done. */
  readonly effect?: PlanEffect['state'];
}

const OUTCOMES: Readonly<Record<PlanState, string>> = {
  running: 'is under way',
  'going-back': 'is being undone',
  paused: 'stands still until a person says go on',
  waiting: 'waits for approval',
  preview: 'was recorded only; nothing was written',
  done: 'is done',
  'gone-back': 'was undone',
  superseded: 'was replaced by another plan',
  refused: 'was given up',
  rejected: 'was rejected',
  expired: 'ran out of time for approval',
  cancelled: 'was cancelled',
  parked: 'stopped: a person must look',
};

/** The report on a run. Pure: the same rows give the same report. */
export function reportOf(run: Run): Report {
  const { plan } = run;
  const { id, target, state, revision, digest, created, note } = plan;
  const occasion = occasionOf(run);
  const timeline = timelineOf(run, occasion);
  const shares = sharesOf(plan);
  return {
    title: `${targetName(target)}: ${whatIsDone(plan)}`,
    outcome: `The plan ${howItEnded(plan)}${note === undefined ? '' : `: ${note}`}${waitingFor(plan)}.`,
    plan: { id, target, state, revision, digest, created },
    timeline,
    facts: factsOf(run, occasion),
    intents: occasion.intents.map((intent) => intentReport(intent, plan)),
    approvals: approvalsOf(run),
    steps: stepsOf(plan),
    rules: rulesOf(run, occasion),
    pages: timeline.filter(({ what }) => what === 'people called'),
    times: timesOf(plan, occasion),
    ...(shares === undefined ? {} : { shares }),
    ...(plan.effect?.numbers === undefined ? {} : { numbers: plan.effect.numbers }),
    drills: drillsOf(run),
  };
}

/** A plan is undone by what is wanted without it: that may be what it had written. */
function howItEnded(plan: Plan): string {
  const left = plan.state === 'gone-back' ? leftWritten(plan) : [];
  return left.length === 0
    ? OUTCOMES[plan.state]
    : `has ended without bringing back ${namesOf(left, plan.target)}: another wish keeps that, or somebody else's value stands there`;
}

function namesOf(changes: readonly FieldChange[], target: string): string {
  const words = changes
    .filter(({ subject }) => subject !== target)
    .map(({ subject, to }) => `${shortName(subject)} (${endOf(to)})`);
  return words.length === 0 ? 'what it had written' : words.join(', ');
}

/** What the plan changes in the end, origin by origin: steps on the way are left out. */
function whatIsDone({ target, steps, journal }: Plan): string {
  const changes = (steps.length > 0 ? steps : journal.map(({ step }) => step)).flatMap((step) => step.changes);
  const net = new Map<string, Net>();
  // What the steps note about the edge itself is no origin's.
  for (const { subject, to } of changes.filter((change) => change.subject !== target)) {
    net.set(subject, { ...net.get(subject), ...to });
  }
  const words = [...net].map(([subject, one]) => `${shortName(subject)} ${endOf(one)}`);
  return words.length > 0 ? words.join(', ') : steps.map(({ title }) => title).join(', ') || 'nothing to do';
}

interface Net {
  readonly enabled?: boolean;
  readonly weight?: number;
  readonly isShut?: boolean;
}

function endOf({ enabled, weight, isShut }: Net): string {
  if (enabled === false) {
    return 'out';
  }
  if (isShut === true) {
    return 'out by its gate';
  }
  return enabled === true || isShut === false ? 'back in' : `to weight ${String(weight)}`;
}

/** Votes by their own time, and the origins as they were read right before the first write. */
function factsOf({ plan }: Run, { words, decidedAt }: Occasion): readonly Fact[] {
  const votes = words.map(({ origin, source, isBad, isOutside, at }) => ({
    about: origin,
    says: `${isBad ? 'bad' : 'good'}, says ${source} (${isOutside ? 'outside' : 'inside'} the region)`,
    at,
    ageMs: Date.parse(decidedAt) - Date.parse(at),
  }));
  const [first] = writesIn(plan);
  const read = (first?.step.predicates ?? []).map((says) => ({
    about: 'read before the first write',
    says,
    at: first?.at ?? plan.created,
    ageMs: 0,
  }));
  return [...votes, ...read];
}

function intentReport(intent: Intent, plan: Plan): IntentReport {
  const { subject, value, kind, by, mode, reason, state, note = '', releasedBy } = intent;
  const now = serve(intent);
  const before = plan.serves.find(({ key }) => key === now.key);
  return {
    subject: shortName(subject),
    wants: `${kind}: ${inWords(value)}`,
    askedBy: 'person' in by ? by.person : `reaction ${by.reaction}`,
    mode,
    reason,
    now: [state, note, ...(releasedBy === undefined ? [] : [`let go by ${releasedBy}`])]
      .filter((part) => part !== '')
      .join(': '),
    isReplaced: before !== undefined && before.value !== now.value,
  };
}

const WORDS: readonly string[] = ['approved', 'rejected', 'confirmed'];

/** The audit records name the digest that each person saw; the plan's own list is all that older rows have. */
function approvalsOf({ plan, records }: Run): readonly ApprovalReport[] {
  const said = records.filter(({ kind, facts }) => WORDS.includes(kind) && 'by' in facts);
  if (said.length > 0) {
    return said.map(({ kind, at, facts }) => ({
      by: wordOf(facts, 'by'),
      said: [kind, wordOf(facts, 'title'), wordOf(facts, 'reason')].filter((part) => part !== '').join(': '),
      at,
      digest: wordOf(facts, 'digest'),
    }));
  }
  return (plan.consent?.given ?? []).map(({ by, at }) => ({ by, said: 'approved', at, digest: plan.digest }));
}

function rulesOf({ plan, records }: Run, { intents, decidedAt, lastAt }: Occasion): readonly RuleReport[] {
  const held = plan.journal.flatMap(({ step: { predicates = [], title } }): readonly RuleReport[] =>
    predicates.length === 0 ? [] : [{ rule: predicates.join('; '), how: 'held before the write', detail: title }],
  );
  const overridden = intents.flatMap(({ value, by, reason }) =>
    ((value as { readonly overrides?: readonly string[] }).overrides ?? []).map((rule): RuleReport => ({
      rule,
      how: 'overridden',
      detail: `${'person' in by ? by.person : by.reaction}: ${reason}`,
    })),
  );
  const kept = records
    .filter(
      ({ kind, at, facts }) => kind === 'held' && (facts['plan'] === plan.id || (at >= decidedAt && at <= lastAt)),
    )
    .map(({ at, facts }): RuleReport => ({ rule: wordOf(facts, 'reason'), how: 'kept back', detail: at }));
  return [...overridden, ...kept, ...held];
}

/** Done is the control plane's word: the edge has still to show it. */
function waitingFor({ effect }: Plan): string {
  return effect?.state === 'waiting' ? `, waiting for the edge, up to ${effect.until ?? 'its propagation'}` : '';
}

/** Without what people were asked to do. */
function writesIn({ journal }: Plan): Plan['journal'] {
  return journal.filter(({ step }) => step.manual === undefined);
}

function timesOf(plan: Plan, { heardAt, enoughAt, decidedAt }: Occasion): Times {
  const heard = Date.parse(heardAt);
  const decided = Date.parse(decidedAt);
  const journal = writesIn(plan);
  const [first] = journal;
  const last = journal.flatMap(({ state, endedAt }) => (state === 'written' && endedAt !== undefined ? [endedAt] : []));
  const end = last.at(-1);
  return {
    toDecideMs: decided - heard,
    ...(first === undefined ? {} : { toWriteMs: Date.parse(first.at) - decided }),
    ...(first === undefined || enoughAt === undefined
      ? {}
      : { voteToWriteMs: Date.parse(first.at) - Date.parse(enoughAt) }),
    ...(end === undefined ? {} : { totalMs: Date.parse(end) - heard }),
    ...(plan.effect === undefined ? {} : { effect: plan.effect.state }),
    ...(plan.effect?.state === 'effective' && plan.effect.at !== undefined
      ? { toEffectMs: Date.parse(plan.effect.at) - heard }
      : {}),
  };
}
