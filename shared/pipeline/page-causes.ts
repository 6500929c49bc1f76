import { digestOf } from '../domain/digest.ts';
import { holdOn, type StageProgress } from '../domain/image/progress.ts';
import type { EdgeEvidence } from '../domain/traffic/evidence.ts';
import type { Intent } from '../intents/intent.ts';
import { openEntry, type Plan, type PlanState } from '../reconcile/plan.ts';

/** What an audit record of kind `paged` says; which members it has tells what it is about. */
export interface PagedFacts {
  readonly reason?: string;
  /** ARM id, lower case. */
  readonly edge?: string;
  /** By name; with `edge`. */
  readonly origin?: string;
  /** Of an intent. */
  readonly subject?: string;
  /** Of the version whose verification it is about. */
  readonly digest?: string;
  readonly plan?: string;
  /** A person's command that could not be carried out; with `edge`. */
  readonly command?: string;
}

/** What the rows say now of what a page is about. */
export interface PresentState {
  /** Of the edge, if the page is about one. */
  readonly evidence?: EdgeEvidence;
  /** Whether the edge was ready when it was checked last. */
  readonly isReady?: boolean;
  /** Of the partition, by row key. */
  readonly intents: ReadonlyMap<string, Intent>;
  /** The plan that the page is about; absent where it is kept no longer. */
  readonly plan?: Plan;
  /** True while that plan is its target's own. */
  readonly isActive: boolean;
  /** Of the image in the stage that the subject names. */
  readonly progress?: StageProgress;
}

/** `once`: it happened, and there is nothing that could stand or go; it ends when somebody has seen it. */
export type Cause = 'stands' | 'gone' | 'once';

/** Plans that wait for a person, or are on their way back. */
const STANDING: readonly PlanState[] = ['paused', 'parked', 'going-back'];
const NOT_READY = 'not-ready';
const GUARD = 'guard-';
const VERIFICATION = 'verification-';

/** Whether what people were called for is still so. Pure. */
export function causeOf(facts: PagedFacts, state: PresentState): Cause {
  const { reason = '', edge, subject, plan, command } = facts;
  if (command !== undefined) {
    return 'once';
  }
  if (plan !== undefined) {
    return standsIf(isPlanStanding(reason, state));
  }
  if (edge !== undefined) {
    return standsIf(isEdgeStanding(facts, state));
  }
  if (subject === undefined) {
    return 'once';
  }
  if (reason.startsWith(GUARD)) {
    return guardCause(subject, reason, state);
  }
  return standsIf(reason.startsWith(VERIFICATION) ? isUnverified(facts, state) : isKeptBack(subject, reason, state));
}

function standsIf(isStanding: boolean): Cause {
  return isStanding ? 'stands' : 'gone';
}

/** The loop itself remembers what it has called people for, and forgets it when something else is the matter. */
function isEdgeStanding({ reason = '', origin }: PagedFacts, { evidence, isReady }: PresentState): boolean {
  if (reason.startsWith(NOT_READY)) {
    return isReady === false;
  }
  const paged = evidence?.paged ?? {};
  return origin === undefined ? Object.values(paged).includes(reason) : paged[origin] === reason;
}

function isPlanStanding(reason: string, { plan, isActive, intents }: PresentState): boolean {
  if (plan === undefined) {
    return false;
  }
  if (reason === 'stuck') {
    return openEntry(plan)?.note === 'stuck';
  }
  // What it was to do is still wanted, and is not tried again.
  const isGivenUp = plan.serves.some(({ key, value }) => {
    const intent = intents.get(key);
    const hasFailed = intent?.state === 'failed' || intent?.state === 'blocked';
    return hasFailed && digestOf(intent.value) === value;
  });
  return isGivenUp || (isActive && STANDING.includes(plan.state));
}

function isKeptBack(subject: string, reason: string, { intents }: PresentState): boolean {
  return [...intents.values()].some(
    (intent) => intent.subject === subject && intent.state !== 'closed' && intent.note === reason,
  );
}

/** A guard that holds stands until the hold is let go of; one that only tells leaves nothing that could go. */
function guardCause(subject: string, reason: string, { intents }: PresentState): Cause {
  const holds = [...intents.values()].filter(
    (intent) => intent.subject === subject && intent.kind === 'hold' && intent.cause === reason,
  );
  return holds.length === 0 ? 'once' : standsIf(holds.some(({ state }) => state !== 'closed'));
}

/**
 * A version that nobody could verify is trouble while it runs. One that has failed is so too while the stage runs what it
 * went back to: until another one has passed there, or somebody has let go of the hold.
 */
function isUnverified({ reason = '', digest = '' }: PagedFacts, { progress }: PresentState): boolean {
  if (progress === undefined) {
    return false;
  }
  const { current, verdict } = progress;
  if (current?.digest === digest) {
    return reason.startsWith(`${VERIFICATION}${verdict.outcome === 'fail' ? 'failed' : verdict.outcome}`);
  }
  const isReplaced = current?.isRollback === false && verdict.outcome === 'pass';
  return holdOn(progress, digest) !== undefined && !isReplaced;
}
