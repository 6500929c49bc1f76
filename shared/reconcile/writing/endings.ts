import { digestOf } from '../../domain/digest.ts';
import type { JsonObject } from '../../domain/json.ts';
import { intentKey, type Intent } from '../../intents/intent.ts';
import { failedOf, withState } from '../../intents/lifecycle.ts';
import { subjectsOf } from '../../intents/subjects.ts';
import { wantedAgain } from '../../intents/wanted-again.ts';
import type { AuditEntry } from '../../records/audit.ts';
import { afterFailure, afterWrite, isChanged, isWayBack } from './fields.ts';
import { afterRepeat } from '../guards/loop-guard.ts';
import { isTakenFor, leftBehind, openEntry, updateEntry, type JournalEntry, type Plan } from '../plan.ts';
import { refusalKey } from '../consent/refusals.ts';
import type { TargetKind } from '../target-kind.ts';
import type { TargetState, Transition } from '../target-rows.ts';

/** How the open write of a plan ended. `at` is ISO 8601. */
export interface Ending {
  readonly outcome: 'written' | 'failed' | 'stale' | 'refused' | 'not-written';
  readonly at: string;
  readonly evidence?: JsonObject;
  readonly note?: string;
}

/** What an ending is written down against. */
export interface EndedWrite {
  readonly state: TargetState;
  readonly plan: Plan;
  readonly channel: string;
  readonly intents: TargetKind<unknown, unknown>['intents'];
}

const HOUR_MS = 3_600_000;

/** The transition that writes down how a plan's open write ended. Pure. */
export function endingOf(ended: EndedWrite, ending: Ending): Transition {
  const { plan, channel } = ended;
  const entry = openEntry(plan);
  if (entry === undefined) {
    return {};
  }
  const { outcome, at, evidence, note } = ending;
  const closed = updateEntry(plan, {
    state: outcome,
    endedAt: at,
    ...(evidence === undefined ? {} : { evidence }),
    ...(note === undefined ? {} : { note }),
  });
  const free = { lease: { channel, lease: undefined }, clear: ['wakeAt' as const] };
  switch (outcome) {
    case 'stale':
      if (ended.intents !== 'standing' && closed.journal.slice(-MAX_STALE).filter(isStale).length === MAX_STALE) {
        return gaveUp(ended, closed, { ...ending, note: `outrun: somebody else was faster ${MAX_STALE} times` });
      }
      return { ...free, plan: plan.journal.some(isGivenUp) ? reopened(plan, entry) : closed };
    case 'not-written':
      return { ...free, plan: closed };
    case 'written':
      return ended.intents === 'once' ? onceWritten(ended, closed, ending) : stepWritten(ended, closed, entry);
    case 'refused':
    case 'failed':
      return gaveUp(ended, closed, { ...ending, note: note ?? outcome });
  }
}

/** A person must look: the target was changed in a way that a machine must not judge. Pure. */
export function parkedOf({ state, plan, channel }: EndedWrite, reason: string, at: string): Transition {
  return {
    lane: { refused: refusalKey(plan, state.intents) },
    lease: { channel, lease: undefined },
    clear: ['wakeAt', 'activePlan', 'refusedAt'],
    plan: { ...updateEntry(plan, { state: 'refused', endedAt: at, note: reason }), state: 'parked' },
    intents: servedStill(state, plan).map((intent) => withState(intent, 'blocked', reason)),
    audit: [{ kind: 'paged', at, facts: { plan: plan.id, reason } }],
  };
}

/** A step that was sent as often as it may be, and never arrived. Pure. */
export function givenUpOf(ended: EndedWrite, note: string, at: string): Transition {
  return gaveUp(ended, ended.plan, { at, note });
}

/** An emergency goes on while a write of the same plan is still at work: nobody follows that one any more. Pure. */
export function overtakenOf({ state, plan, channel }: EndedWrite, at: string): Transition {
  // It may arrive, or may not: the mark of what we had changed before is kept with both, so that it is looked at again.
  const { fields } = state.lane;
  const [ours, fresh] = split(
    openEntry(plan)?.step.changes ?? [],
    (change) => isWayBack(fields, change) || isChanged(fields, change),
  );
  return {
    lane: { fields: afterFailure(afterWrite(fields, fresh), ours) },
    lease: { channel, lease: undefined },
    clear: ['wakeAt'],
    plan: updateEntry(plan, { state: 'overtaken', endedAt: at }),
    audit: [{ kind: 'held', at, facts: { plan: plan.id, reason: 'overtaken' } }],
  };
}

function split<T>(all: readonly T[], isFirst: (one: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [all.filter(isFirst), all.filter((one) => !isFirst(one))];
}

/** As often may somebody else be faster, one after another, before people hear of it: a busy branch has 20 writers. */
const MAX_STALE = 30;

function isStale({ state }: JournalEntry): boolean {
  return state === 'stale';
}

function isGivenUp({ state }: JournalEntry): boolean {
  return state === 'not-written';
}

/**
 * An earlier send, given up as not written, may have arrived after all and be what made this one stale: the entry stays
 * open from the first precondition on, and the next look reads what happened.
 */
function reopened(plan: Plan, entry: JournalEntry): Plan {
  return updateEntry(plan, {
    precondition: plan.journal.find(({ step }) => step.manual === undefined)?.precondition ?? entry.precondition,
  });
}

/** One write made all served intents true: they are closed, and the plan is done. */
function onceWritten({ state, plan, channel }: EndedWrite, closed: Plan, { at, evidence = {} }: Ending): Transition {
  const facts = { plan: plan.id, revision: plan.revision, evidence };
  return {
    lane: { recent: recentWith(state, at) },
    lease: { channel, lease: undefined },
    clear: ['wakeAt', 'activePlan'],
    plan: { ...closed, state: 'done' },
    intents: servedStill(state, plan).map((intent) => ({
      ...withState(intent, 'closed', 'written'),
      evidence: facts,
    })),
    audit: entriesFor(plan, 'acted', { at, facts }),
  };
}

/** When this hour's writes took effect. */
function recentWith({ lane }: TargetState, at: string): readonly string[] {
  return [...(lane.recent ?? []).filter((one) => Date.parse(one) > Date.parse(at) - HOUR_MS), at];
}

/** One step of several: the next look says what is left. */
function stepWritten({ state, channel }: EndedWrite, closed: Plan, { step, fence }: JournalEntry): Transition {
  const { evidence = {}, endedAt: at = '' } = closed.journal.at(-1) ?? {};
  const { title, from, to } = step;
  return {
    lane: {
      fields: afterWrite(state.lane.fields, step.changes, at),
      recent: recentWith(state, at),
      repeats: afterRepeat(state.lane.repeats ?? {}, step.changes, at),
      lastWrites: { ...state.lane.lastWrites, ...Object.fromEntries(step.changes.map(({ subject }) => [subject, at])) },
    },
    lease: { channel, lease: undefined },
    clear: ['wakeAt'],
    plan: closed,
    audit: [{ kind: 'acted', at, facts: { plan: closed.id, fence, step: { title, from, to }, evidence } }],
  };
}

/**
 * The service refused a step, or failed at it. What the plan's intents want is not tried again; if something of it was
 * written already, the fold without them is the way back.
 */
function gaveUp(ended: EndedWrite, closed: Plan, { at, note = '' }: Pick<Ending, 'at' | 'note'>): Transition {
  const { state, plan, channel, intents: life } = ended;
  const facts = { plan: plan.id, revision: plan.revision, note };
  const isStanding = life === 'standing';
  const page = (reason: string): AuditEntry => ({ kind: 'paged', at, facts: { ...facts, reason } });
  const audit = entriesFor(plan, 'refused', { at, facts });
  const last = closed.journal.at(-1);
  const lane = last?.state === 'failed' ? { fields: afterFailure(state.lane.fields, last.step.changes) } : {};
  const base = { lane, lease: { channel, lease: undefined }, clear: ['wakeAt' as const] };
  const passing = last === undefined ? [] : passingBy(state, plan, last);
  if (isStanding && passing.length > 0) {
    // An emergency that went ahead of this plan went wrong: that is not the plan's fault, and it goes on.
    const failed = passing.map((intent) => failedOf(intent, note, at));
    return { ...base, plan: closed, intents: failed, audit: [...audit, page(note)] };
  }
  // What the service had taken may have left something, however it ended.
  const hasWritten = closed.journal.some(({ state: earlier }) => earlier === 'written' || earlier === 'failed');
  const isUndone = plan.journal.at(-1)?.step.onFailure === 'back';
  if (isStanding && (plan.state === 'going-back' || (hasWritten && !isUndone))) {
    const reason = plan.state === 'going-back' ? 'way-back-failed' : note;
    return { ...base, plan: { ...closed, state: 'parked', note: reason }, audit: [...audit, page(reason)] };
  }
  const isTurned = isStanding && hasWritten;
  const served = servedStill(state, plan);
  const left = leftBehind([...state.intents.values()], plan).filter((intent) => !served.includes(intent));
  const again = isTurned ? wantedOut(ended, closed, { at, note }) : [];
  const changed = [
    ...served.map((intent) => (isStanding ? failedOf(intent, note, at) : withState(intent, 'blocked', note))),
    ...left.map((intent) => withState(intent, 'leaving', note)),
    ...again,
  ];
  // What was turned around before, and fails again, is wanted out and leaves no longer.
  const intents = [...new Map(changed.map((intent) => [intentKey(intent), intent])).values()];
  // What is tried again after a while, and refused again, is told once.
  const key = refusalKey(plan, state.intents);
  const isKnown = !isStanding && state.lane.refused === key;
  const told = [...audit, ...openedEntries(again), ...(isKnown ? [] : [page(note)])];
  return isTurned
    ? { ...base, plan: { ...closed, state: 'going-back', note }, intents, audit: told }
    : {
        ...base,
        lane: { ...lane, refused: key, ...(isStanding ? {} : { refusedAt: at }) },
        clear: ['wakeAt', 'activePlan'],
        plan: { ...closed, state: 'refused', note },
        intents,
        audit: told,
      };
}

function entriesFor(
  plan: Plan,
  kind: 'acted' | 'refused',
  { at, facts }: { readonly at: string; readonly facts: JsonObject },
): readonly AuditEntry[] {
  const step = plan.steps.map(({ title, from, to }) => ({ title, from, to }));
  return plan.serves.map(({ subject, signals }) => ({ kind, at, facts: { subject, signals, ...facts, step } }));
}

/** True for what a plan serves, or takes out again on its way back. Pure. */
export function isOwnWish(intent: Intent, { id, serves }: Pick<Plan, 'id' | 'serves'>): boolean {
  const again = [cancelCause(id), WAY_BACK_FAILED.cause];
  return again.some((cause) => intent.cause.startsWith(cause)) || serves.some(({ key }) => key === intentKey(intent));
}

/** The occasion on which a plan's way back was cancelled. Pure. */
export function cancelCause(plan: string): string {
  return `cancelled:${plan}`;
}

/** Those for whom an urgent step was taken in the name of a plan that is not theirs. */
function passingBy({ intents }: TargetState, plan: Plan, { step }: JournalEntry): readonly Intent[] {
  return step.isUrgent !== true
    ? []
    : [...intents.values()].filter(
        (intent) =>
          isTakenFor(step, intent) &&
          (intent.state === 'open' || intent.state === 'blocked') &&
          !isOwnWish(intent, plan),
      );
}

/** Who wants out again what a way back that went wrong was to bring in: until a person lets go of it. */
const WAY_BACK_FAILED = { by: { reaction: 'way-back' }, cause: 'way-back-failed' } as const;

/**
 * What the step that went wrong was bringing back, wanted out again: without that the fold would bring it back the sooner.
 * What other steps have brought back stays.
 */
function wantedOut(
  { state, plan }: EndedWrite,
  { journal }: Plan,
  { at, note = '' }: Pick<Ending, 'at' | 'note'>,
): readonly Intent[] {
  const about = new Set(journal.at(-1)?.step.changes.map(({ subject }) => subject));
  const all = returnedBy(state, plan);
  const returned = all.filter((one) => subjectsOf(one).some((subject) => about.has(subject)));
  // What prepares, or follows, or is people's to do, is there for all of it.
  return wantedAgain(returned.length > 0 ? returned : all, { ...WAY_BACK_FAILED, reason: note, at });
}

/** The records of what is wanted again. Pure. */
export function openedEntries(intents: readonly Intent[]): readonly AuditEntry[] {
  return intents.map(({ subject, by, cause, value, mode, reason, openedAt: at }) => ({
    kind: 'intent-opened',
    at,
    facts: { subject, ...('person' in by ? { by: by.person } : {}), cause, value, mode, reason },
  }));
}

/** What a plan was to bring back, or has brought back already; nobody has asked for it anew since. Pure. */
export function returnedBy(
  { intents }: Pick<TargetState, 'intents'>,
  { returns = [] }: Pick<Plan, 'returns'>,
): readonly Intent[] {
  return returns.flatMap((key) => {
    const intent = intents.get(key);
    const isReturned = intent?.state === 'leaving' || (intent?.state === 'closed' && intent.note === 'released');
    return intent !== undefined && isReturned ? [intent] : [];
  });
}

/** The intents of a plan that nobody has replaced or closed since it was made, but for those that it found done. Pure. */
export function servedStill(state: Pick<TargetState, 'intents'>, plan: Plan): readonly Intent[] {
  return plan.serves.flatMap(({ key, value, stood }) => {
    const intent = stood === true ? undefined : state.intents.get(key);
    return intent !== undefined && intent.state !== 'closed' && digestOf(intent.value) === value ? [intent] : [];
  });
}
