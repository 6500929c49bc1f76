import { regionOf, type RegionEvidence } from '../../domain/traffic/evidence.ts';
import { MIN_WEIGHT } from '../../domain/traffic/weights.ts';
import type { Origin } from '../../domain/traffic/origin.ts';
import { isServing } from '../../domain/traffic/serving.ts';
import type { FleetEdge } from '../../fleet/model.ts';
import { intentKey, type Intent } from '../../intents/intent.ts';
import { subjectsOf } from '../../intents/subjects.ts';
import { isOver, openIntent, withState, type IntentRequest } from '../../intents/lifecycle.ts';
import type { Decision, FailoverVerdict } from '../../reactions/region-failover/index.ts';
import { cameToNothingAt } from '../../reconcile/consent/consent.ts';
import type { TargetState } from '../../reconcile/target-rows.ts';
import type { Asked } from './answer.ts';
import { intentsOf } from './look.ts';

/** Who opens them. */
export const REACTION = 'region-failover';
/** One intent an origin for as long as its region is bad, whoever says so. */
const CAUSE = 'region-bad';

export interface Deciding {
  readonly state: TargetState;
  readonly origins: readonly Origin[];
  /** `source#id` of what brought the report; absent: it was the clock. */
  readonly signal: string | undefined;
  readonly at: string;
}

/** What an intent is opened with. */
interface Opening extends Pick<Deciding, 'state' | 'at'> {
  readonly signal: string;
}

/**
 * A look by the clock has no id of its own. The time since when a region is bad tells one occasion from the next, and
 * all looks of one occasion alike. Of what a person has brought back, and somebody has called bad since, a new one began
 * when they did; it goes on for as long as its intent does.
 */
function clockSignal({ health: { badSince }, votes }: RegionEvidence, { origin, stored, at }: Occasion): string {
  const released = Date.parse(stored?.releasedAt ?? '');
  const isBack = origin !== undefined && isServing(origin);
  const isNews = isBack && votes.some((vote) => vote.isBad && vote.at > released && vote.expires > Date.parse(at));
  const since = Math.max(badSince ?? -Infinity, isNews ? released : -Infinity, ...begunBy(stored, badSince));
  return since === -Infinity ? `${CLOCK}${at}` : clockWord(since);
}

/** When the occasion of an intent began that is not over; alerts may have crowded out the word of the clock. */
function begunBy(stored: Intent | undefined, badSince: number | undefined): readonly number[] {
  if (stored === undefined || isOver(stored)) {
    return [];
  }
  const told = stored.signals.flatMap(clockTime);
  const isAnew = badSince !== undefined && stored.served?.includes(clockWord(badSince)) === true;
  return told.length === 0 && isAnew ? [Date.parse(stored.openedAt)] : told;
}

function clockWord(since: number): string {
  return `${CLOCK}${new Date(since).toISOString()}`;
}

const CLOCK = 'tick#';

function clockTime(signal: string): readonly number[] {
  const time = signal.startsWith(CLOCK) ? Date.parse(signal.slice(CLOCK.length)) : NaN;
  return Number.isNaN(time) ? [] : [time];
}

interface Occasion extends Pick<Deciding, 'at'> {
  readonly origin: Origin | undefined;
  /** The intent of the last occasion. */
  readonly stored: Intent | undefined;
}

/**
 * The intents that a decision opens or lets go. Pure.
 * @returns those to store, and those whose end is the answer.
 */
export function intentsFor(
  edge: FleetEdge,
  { verdicts, evidence }: Decision,
  { state, origins, signal, at }: Deciding,
): { readonly intents: readonly Intent[]; readonly asked: readonly Asked[] } {
  const subjectsOf = (decision: FailoverVerdict['decision']): readonly string[] =>
    verdicts
      .filter((verdict) => verdict.decision === decision)
      .flatMap((verdict) => origins.filter(({ name }) => verdict.origins.includes(name)).map(({ id }) => id));
  const openingOf = (subject: string): Opening => {
    const origin = origins.find(({ id }) => id === subject);
    const stored = state.intents.get(intentKey(drainOf(subject)));
    const region = regionOf(evidence, origin?.name ?? '');
    return { state, at, signal: signal ?? clockSignal(region, { origin, stored, at }) };
  };
  const requests = [
    ...subjectsOf('drain').map((subject) => drainRequest(edge, subject, openingOf(subject))),
    ...subjectsOf('slow').map((subject) => slowRequest(edge, subject, { ...openingOf(subject), origins })),
  ];
  const openings = requests.map((request) => openIntent(state.intents.get(intentKey(request)), request, at));
  const released = subjectsOf('release').flatMap((subject) =>
    [...intentsOf(edge, state, 'out'), ...intentsOf(edge, state, 'shares')]
      .filter((intent) => intent.subject === subject || intent.cause === slowCause(subject))
      // What another reaction keeps out comes back by its own proof.
      .filter(({ by, state: at }) => 'reaction' in by && by.reaction === REACTION && at !== 'leaving')
      .map((intent) =>
        onWayBack(edge, withState(intent, 'leaving', 'recovered'), {
          wasLeaving: false,
          isWritten: isWritten(state, intent),
        }),
      ),
  );
  return {
    intents: [...openings.filter(({ change }) => change === 'write').map(({ intent }) => intent), ...released],
    asked: [...requests, ...released],
  };
}

/**
 * A released intent with the mode and the approvals that the way back takes. Pure.
 * @param wasLeaving - it had been released before, and a person asks for its end.
 * @param isWritten - something of ours stands at its subject, or is on its way there: people had agreed to it.
 */
export function onWayBack(
  { policy }: FleetEdge,
  intent: Intent,
  { wasLeaving, isWritten }: { readonly wasLeaving: boolean; readonly isWritten: boolean },
): Intent {
  if (wasLeaving && intent.mode !== 'observe') {
    // Whoever asks once more does not take the place of those who have to agree.
    return intent;
  }
  if (!wasLeaving && !isWritten && intent.mode !== 'enforce') {
    // It has never acted: nothing goes back for it, and nobody needs to agree to that.
    return { ...intent, mode: 'enforce', approvals: undefined };
  }
  const { restore: needed, withinMs } = policy.approvals;
  // A person's word is what a way back that is only observed waits for.
  const restore = wasLeaving && policy.mode.restore === 'observe' ? 'enforce' : policy.mode.restore;
  const mode = restore === 'enforce' && needed > 0 ? 'propose' : restore;
  return { ...intent, mode, approvals: needed > 0 ? { needed, withinMs } : undefined };
}

/** True if we have begun to write what the intent is about. Pure. */
export function isWritten({ lane }: TargetState, intent: Intent): boolean {
  const subjects = subjectsOf(intent);
  return lane.fields.some((field) => subjects.includes(field.subject));
}

/** True if a drain itself has been written, or its gate: weights of others' wishes may stand at the same origin. Pure. */
export function hasDrained({ lane }: TargetState, { kind, subject }: Intent): boolean {
  const isOfDrain = (group: string): boolean => group === 'enabled' || group === 'gate';
  return kind === 'out' && lane.fields.some((field) => field.subject === subject && isOfDrain(field.group));
}

function drainOf(subject: string): Pick<Intent, 'subject' | 'by' | 'cause'> {
  return { subject, by: { reaction: REACTION }, cause: CAUSE };
}

function drainRequest(edge: FleetEdge, subject: string, { state, signal, at }: Opening): IntentRequest {
  const identity = drainOf(subject);
  const stored = state.intents.get(intentKey(identity));
  // The last time is over: this one begins to count anew.
  const failed = stored?.state === 'closed' || stored?.state === 'leaving' ? undefined : stored;
  const { attempt = 0 } = (failed?.value ?? {}) as { readonly attempt?: number };
  const since = failed === undefined ? undefined : cameToNothingAt(failed);
  const isDue = since !== undefined && isBackOffOver(since, attempt, at);
  const value = {
    enabled: false,
    urgency: 'emergency',
    ...(attempt > 0 || isDue ? { attempt: attempt + (isDue ? 1 : 0) } : {}),
  };
  const needed = edge.policy.approvals.drain;
  const mode = edge.policy.mode.drain === 'enforce' && needed > 0 ? 'propose' : edge.policy.mode.drain;
  // Whoever lowers the mode later does not mean that what is out comes back.
  const hasActed = failed?.state === 'open' && isWritten(state, failed);
  return {
    ...identity,
    kind: 'out',
    value,
    mode: hasActed ? failed.mode : mode,
    reason: 'the region is bad',
    signals: [signal],
    ...(needed > 0 ? { approvals: { needed, withinMs: edge.policy.approvals.withinMs } } : {}),
    asOf: at,
  };
}

/** A drain that could not be written, or that nobody has agreed to, is tried again after 5 minutes, then 10, up to an hour. */
function isBackOffOver(since: number, attempt: number, at: string): boolean {
  const waitMs = Math.min(3_600_000, 300_000 * 2 ** attempt);
  return Date.parse(at) >= since + waitMs;
}

/** Half of its weight for a region that is slow; measured once, so that a second look does not halve it again. */
function slowRequest(
  edge: FleetEdge,
  subject: string,
  { state, origins, signal, at }: Opening & Pick<Deciding, 'origins'>,
): IntentRequest {
  const identity = { subject: edge.id, by: { reaction: REACTION }, cause: slowCause(subject) };
  const stored = state.intents.get(intentKey(identity));
  const weight = origins.find(({ id }) => id === subject)?.weight ?? 2 * MIN_WEIGHT;
  const value = { weights: { [subject]: Math.max(MIN_WEIGHT, Math.floor(weight / 2)) } };
  return {
    ...identity,
    kind: 'shares',
    value: stored === undefined || stored.state === 'closed' ? value : stored.value,
    mode: edge.policy.mode.drain,
    reason: 'the region is slow',
    signals: [signal],
    asOf: at,
  };
}

const SLOW = 'region-slow:';

function slowCause(subject: string): string {
  return `${SLOW}${subject}`;
}

/** ARM ids of the origins whose weight we lower because they are slow. Pure. */
export function slowedSubjects(edge: FleetEdge, state: TargetState): readonly string[] {
  return intentsOf(edge, state, 'shares')
    .filter((intent) => intent.state === 'open' && intent.cause.startsWith(SLOW))
    .map(({ cause }) => cause.slice(SLOW.length));
}
