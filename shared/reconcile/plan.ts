import type { PlanEffect } from './plan-effect.ts';
import { digestOf } from '../domain/digest.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import { intentKey, type Intent } from '../intents/intent.ts';
import { subjectsOf } from '../intents/subjects.ts';

/** What one write does to one field group, whose former value must be kept for the way back. */
export interface FieldChange {
  readonly subject: string;
  readonly group: string;
  readonly from: JsonObject;
  readonly to: JsonObject;
  /** It is a step on the way there or back, and not the end of it. */
  readonly isPart?: true;
}

/** A write to another resource than the one that `changes` are about, or of other values than theirs. */
export interface SentWrite {
  /** Lower-case ARM id. */
  readonly resource: string;
  readonly from: JsonObject;
  readonly to: JsonObject;
}

/** A step that people take: what they are to do, and what must be so before the loop goes on. */
export interface ManualWork {
  /** Markdown. */
  readonly instruction: string;
  /** Distinct people who must say that it is done; 0: the evidence alone tells. */
  readonly approvals: number;
  /** A question, in the target's words, that must turn true. */
  readonly evidence?: JsonObject;
  /** From when it was asked for, in milliseconds. */
  readonly timeoutMs: number;
  /** People are called in any case. `pause`: the plan stands still. `continue`: it is left out. `cancel`: it goes back. */
  readonly onTimeout: 'pause' | 'continue' | 'cancel';
}

/** One write, absolute: where it starts from and what it leaves behind, never a delta. Or something for people to do. */
export interface Step {
  readonly id: string;
  readonly title: string;
  readonly effect: string;
  /** Values before and after, as a person would want to compare them. */
  readonly from: JsonObject;
  readonly to: JsonObject;
  /** Field groups whose way back we keep; none where history keeps it (a commit). */
  readonly changes: readonly FieldChange[];
  /** What is written, where `changes` do not say it: a preparation changes nothing yet, a switch changes several at once. */
  readonly sends?: SentWrite;
  /** What must hold right before the write, in words with limits; part of the digest. */
  readonly predicates?: readonly string[];
  /** What whoever agrees to it should know, in words; part of the digest. */
  readonly warnings?: readonly string[];
  /** How long the next step waits after this one took effect, in milliseconds. */
  readonly bakeMs?: number;
  readonly onFailure: 'back' | 'stay';
  /** It does not wait for a plan that stands still: an emergency, or what makes room for one. */
  readonly isUrgent?: true;
  /** What it makes room for; nobody has asked for it by itself. */
  readonly roomFor?: string;
  /** What is reached with it, in the target's words, for the steps that follow from that. */
  readonly milestone?: string;
  /** Present: it is for people, and nothing is written. */
  readonly manual?: ManualWork;
}

/** A step that people take. */
export interface ManualStep extends Step {
  readonly manual: ManualWork;
}

/** Why what comes after a step of people's is not done yet. */
export const MANUAL_STEP_WAITS = 'manual-step-waits';

/** True if it is people's to take. Pure. */
export function isManual(step: Step | undefined): step is ManualStep {
  return step?.manual !== undefined;
}

/** What was sent, and what came of it; written before and after each call. */
export interface JournalEntry {
  readonly step: Step;
  /**
   * `sending`: the outcome is not known. `running`: the service has taken it and is at work. `overtaken`: an emergency
   * did not wait for its end. Of people's steps: `asked` while they are at it, then `done`, or `skipped`.
   */
  readonly state:
    | 'sending'
    | 'running'
    | 'written'
    | 'failed'
    | 'stale'
    | 'refused'
    | 'not-written'
    | 'overtaken'
    | 'asked'
    | 'done'
    | 'skipped';
  /** When it was sent, ISO 8601. */
  readonly at: string;
  readonly fence: number;
  readonly precondition: string;
  readonly sendBy: string;
  /** How to find a `running` write again: the poller's serialized state. */
  readonly operation?: string;
  /** When its outcome was known, ISO 8601. */
  readonly endedAt?: string;
  readonly evidence?: JsonObject;
  readonly note?: string;
  /** Who has said that a step of people's is done. */
  readonly confirmed?: readonly Approval[];
}

/** An intent at the moment at which a plan took it up. */
export interface Served {
  /** Row key. */
  readonly key: string;
  readonly subject: string;
  /** Digest of its value: tells whether somebody has replaced it since. */
  readonly value: string;
  readonly signals: readonly string[];
  /** It was so already when the plan was made, which moves something of the same: it does not end with the plan. */
  readonly stood?: true;
}

/** States of a plan that goes on, or may: `waiting` is for an approval, `going-back` undoes what a failed step left. */
export const LIVE_STATES = ['running', 'going-back', 'paused', 'waiting'] as const;

/** States in which a plan does nothing more; `preview` is what observe mode would do. */
export const OVER_STATES = [
  'preview',
  'done',
  'gone-back',
  'superseded',
  'refused',
  'rejected',
  'expired',
  'cancelled',
  'parked',
] as const;

export const PLAN_STATES = [...LIVE_STATES, ...OVER_STATES] as const;

/** How a plan stands. */
export type PlanState = (typeof PLAN_STATES)[number];

/** A person's word; `by` is the person's object id, `at` ISO 8601. */
export interface Approval {
  readonly by: string;
  readonly at: string;
  /** Entra groups by which that person was an approver; not held against anything if absent. */
  readonly groups?: readonly string[];
}

/** Who must say yes to a plan, who may not, and who has. */
export interface Consent {
  /** Distinct people. */
  readonly needed: number;
  /** Object ids of those who asked for it: they may not approve. */
  readonly requesters: readonly string[];
  /** ISO 8601. */
  readonly expires: string;
  /** How long people have had, in milliseconds: as long again where they are asked once more. */
  readonly withinMs: number;
  readonly given: readonly Approval[];
}

/** Preview of what the loop does next on one target, and the journal of what it did. */
export interface Plan {
  readonly schema: 1;
  readonly id: string;
  readonly target: string;
  readonly state: PlanState;
  readonly revision: number;
  /** The intents that it serves, as they were when it was made. */
  readonly serves: readonly Served[];
  /** Those that its changed steps are for as well, until people have agreed to these. */
  readonly joining?: readonly Served[];
  /** Row keys of what else waits for people, and was no part of it when it was made: it waits for a plan of its own. */
  readonly without?: readonly string[];
  /** Row keys of the intents that were released before, and that it brings to their end. */
  readonly returns?: readonly string[];
  readonly steps: readonly Step[];
  readonly journal: readonly JournalEntry[];
  readonly digest: string;
  readonly created: string;
  /** Why it ended, or stands still. */
  readonly note?: string;
  /** Of a plan that waits or waited for people. */
  readonly consent?: Consent;
  /** Of a plan that is done, where its target has a data plane of its own. */
  readonly effect?: PlanEffect;
  /** What the data plane showed while a drill held its origin out. */
  readonly drilled?: PlanEffect;
}

/** Changes when a rule change must void old approvals. */
export const RULE_REVISION = 1;

/**
 * Digest of what a plan would do: target, rule revision and steps; no time, no measurement, no evidence, so that the
 * same preview at the next tick has the same digest.
 */
export function planDigest(target: string, steps: readonly Step[]): string {
  return digestOf({ target, rules: RULE_REVISION, steps: steps as unknown as Json });
}

/** The write whose outcome is not known yet, if there is one. Pure. */
export function openEntry(plan: Plan): JournalEntry | undefined {
  const last = plan.journal.at(-1);
  return last?.state === 'sending' || last?.state === 'running' ? last : undefined;
}

/** True if what was written last has to prove itself before the next step. Pure. */
export function isBaked({ journal }: Plan): boolean {
  return journal.findLast(({ state }) => state === 'written')?.step.bakeMs !== undefined;
}

/** What a journal tells of a bake. */
interface Baking {
  readonly state: string;
  readonly endedAt?: string | undefined;
  readonly step: { readonly bakeMs?: number | undefined };
}

/** When what was written last has been watched long enough, in ISO 8601; undefined if nothing is watched. Pure. */
export function bakesUntil(journal: readonly Baking[]): string | undefined {
  const { state, endedAt, step: { bakeMs } = {} } = journal.at(-1) ?? {};
  return state === 'written' && bakeMs !== undefined && endedAt !== undefined
    ? new Date(Date.parse(endedAt) + bakeMs).toISOString()
    : undefined;
}

/** How often the last step was sent without being written; 0 if it was. Pure. */
export function attemptsOf({ journal }: Plan): number {
  const last = journal.findLastIndex(({ state }) => state !== 'not-written' && state !== 'sending');
  return journal.length - 1 - last;
}

/** The plan with news about its open write. Pure. */
export function updateEntry(plan: Plan, news: Partial<JournalEntry>): Plan {
  const open = openEntry(plan);
  return open === undefined ? plan : { ...plan, journal: [...plan.journal.slice(0, -1), { ...open, ...news }] };
}

/** What a plan remembers of an intent. Pure. */
export function serve(intent: Intent): Served {
  const { subject, signals } = intent;
  return { key: intentKey(intent), subject, value: digestOf(intent.value), signals };
}

/** True if as many people as needed have said yes. Pure. */
export function hasConsent({ consent }: Plan): boolean {
  return consent !== undefined && distinct(consent.given) >= consent.needed;
}

/** How many people that is. Pure. */
export function distinct(words: readonly Approval[]): number {
  return new Set(words.map(({ by }) => by)).size;
}

/** True if something of it is there: written, or done by people. Pure. */
export function hasBegun(journal: readonly JournalEntry[]): boolean {
  return journal.some(({ state }) => state === 'written' || state === 'done');
}

/** True if what is left is what was agreed to, or its last part. Pure. */
export function isRestOf(steps: readonly Step[], { steps: agreed }: Pick<Plan, 'steps'>): boolean {
  const rest = agreed.slice(agreed.length - steps.length);
  return steps.length <= agreed.length && digestOf(steps as unknown as Json) === digestOf(rest as unknown as Json);
}

/** True for a step that makes an intent true, or makes room for it: who wants that origin otherwise has not asked for it. Pure. */
export function isTakenFor({ changes, roomFor }: Step, { subject }: Pick<Intent, 'subject'>): boolean {
  return roomFor === undefined ? changes.some((change) => change.subject === subject) : roomFor === subject;
}

/** What was released, and goes back by the steps. Pure. */
export function leftBehind(
  leaving: readonly Intent[],
  { target, steps }: Pick<Plan, 'target' | 'steps'>,
): readonly Intent[] {
  const subjects = new Set([target, ...steps.flatMap(({ changes }) => changes.map(({ subject }) => subject))]);
  return leaving.filter((one) => one.state === 'leaving' && subjectsOf(one).some((subject) => subjects.has(subject)));
}

/** Row key of a plan. */
export function planKey(id: string): string {
  return `plan|${id}`;
}
