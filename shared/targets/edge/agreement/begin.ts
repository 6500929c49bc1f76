import { dataFor } from '../../../domain/traffic/data-tier.ts';
import type { Origin } from '../../../domain/traffic/origin.ts';
import { isOverridden, type RuleBreach } from '../../../domain/traffic/safety-rules.ts';
import { isServing, loadOf } from '../../../domain/traffic/serving.ts';
import type { OutWish, SharesWish } from '../../../domain/traffic/wishes.ts';
import type { Breach } from '../../../domain/traffic/walk.ts';
import { intentKey, type Intent } from '../../../intents/intent.ts';
import { subjectsOf } from '../../../intents/subjects.ts';
import type { EdgeRouting } from '../../../ports/edge-control.ts';
import { hasBegun, MANUAL_STEP_WAITS, type FieldChange } from '../../../reconcile/plan.ts';
import type { Situation } from '../../../reconcile/target-kind.ts';
import { handSetWeights } from '../drift.ts';
import type { ObservedEdge } from '../observe.ts';
import { NOT_IN_FLEET, REMOVED } from '../removal/removal.ts';
import { PREPARE, swapFault } from '../swap.ts';
import { QUIET_RULES } from './quiet.ts';

/** Why an intent may not begin; undefined if it may, or if what it wants is so already. Pure. */
export function mayBegin(intent: Intent, observed: ObservedEdge, situation: Situation): Breach | undefined {
  if (intent.kind === 'pin' || intent.kind === 'hold') {
    return undefined;
  }
  if (intent.kind === REMOVED) {
    return frozen(intent, observed, situation);
  }
  const stranger = member(intent, observed);
  if (stranger !== undefined || isDone(intent, observed.origins)) {
    return stranger;
  }
  const overrides = (intent.value as { readonly overrides?: readonly string[] }).overrides ?? [];
  const quiet = isBound(intent, situation) ? QUIET_RULES : [];
  return [theirs, gate, frozen, ...quiet, data, people, weights, said, swap]
    .map((rule) => rule(intent, observed, situation))
    .find((breach) => breach !== undefined && !isOverridden(breach, overrides));
}

/**
 * What of an intent that may not begin is so already: weights that an earlier plan has set. It stays so, since what keeps
 * the rest back asks for quiet and for no write the other way. Pure.
 */
export function begunPart(intent: Intent, origins: readonly Origin[]): Intent | undefined {
  if (intent.kind !== 'shares') {
    return undefined;
  }
  const { weights } = sharesOf(intent);
  const begun = Object.entries(weights).filter(([id, weight]) =>
    origins.some((origin) => origin.id === id && origin.weight === weight),
  );
  return begun.length === 0 ? undefined : { ...intent, value: { ...intent.value, weights: Object.fromEntries(begun) } };
}

/** What shares want. Pure. */
export function sharesOf({ value }: Pick<Intent, 'value'>): SharesWish {
  return value as unknown as SharesWish;
}

/** True if what an intent wants is so already. Pure. */
export function isDone({ kind, subject, value }: Intent, origins: readonly Origin[]): boolean {
  if (kind === 'shares') {
    return Object.entries(sharesOf({ value }).weights).every(([id, weight]) =>
      origins.some((one) => one.id === id && one.weight === weight),
    );
  }
  return origins.some((origin) => origin.id === subject && !isServing(origin));
}

/** What the fleet no longer names is left as it is. Pure. */
export function member({ subject }: Intent, { edge }: ObservedEdge): Breach | undefined {
  return subject === edge.id || edge.origins.some(({ id }) => id === subject)
    ? undefined
    : { reason: NOT_IN_FLEET, page: true };
}

/** Why what somebody else has set stays. */
export const DRIFT = 'drift';

/** Weights that somebody else has set where ours stood are theirs until people ask for weights anew. */
function theirs(intent: Intent, { origins }: ObservedEdge, situation: Situation): Breach | undefined {
  const { kind, openedAt } = intent;
  const weights = kind === 'shares' ? sharesOf(intent).weights : {};
  const isTheirs = handSetWeights(origins, situation).some(
    ({ subject, writtenAt = '' }) => subject in weights && openedAt <= writtenAt,
  );
  return isTheirs ? { reason: DRIFT, page: true } : undefined;
}

/** True for weights that people had reached, and that an emergency needs as they were: nobody's plan. */
function isPutBack({ kind, note }: Intent, { isPressed }: Situation): boolean {
  return kind === 'shares' && isPressed === true && note === DRIFT;
}

/** Whoever asks for the gate wants no write to the control plane. */
function gate({ value }: Intent, { hasGates }: ObservedEdge): Breach | undefined {
  return (value as unknown as OutWish).through === 'gate' && !hasGates
    ? { reason: 'config-error:no-gate', page: true }
    : undefined;
}

/** In a freeze nothing moves but what its owner has excepted: drains in an emergency, restores. Pure. */
export function frozen(intent: Intent, { edge }: ObservedEdge, situation: Situation): RuleBreach | undefined {
  const { state, kind, value } = intent;
  const day = situation.now.toISOString().slice(0, 10);
  const isEmergency = (value as unknown as OutWish).urgency === 'emergency' || isPutBack(intent, situation);
  const needed = state === 'leaving' || kind === REMOVED ? 'restore' : isEmergency ? 'drain' : undefined;
  const isFrozen = (edge.freezes ?? []).some(
    ({ from, to, except }) => from <= day && day <= to && (needed === undefined || !except.includes(needed)),
  );
  return isFrozen && !isUnderWay(intent, situation)
    ? { reason: 'freeze', page: isEmergency && state !== 'leaving' }
    : undefined;
}

/** Planned moves and drills wait for quiet; an emergency never does, and what has begun goes on. */
function isBound(intent: Intent, situation: Situation): boolean {
  const isPlanned = intent.kind === 'shares' || (intent.value as unknown as OutWish).urgency !== 'emergency';
  return isPlanned && !isUnderWay(intent, situation) && !isPutBack(intent, situation);
}

/**
 * True if the plan under way is for it as well, and has moved traffic or asked people to act: a group that is only being
 * prepared serves nobody. What is wanted besides has not begun because of it.
 */
function isUnderWay(intent: Intent, { journal, underWay = [] }: Situation): boolean {
  const moved = journal.filter((entry) => entry.step.effect !== PREPARE && hasBegun([entry]));
  const isOwn = underWay.includes(intentKey(intent));
  return moved.some(({ step }) => isOwn || step.changes.some((change) => isPartOf(change, intent)));
}

/** True for a change that leads to what an intent wants; the weights of a drained origin may be somebody else's. */
function isPartOf({ subject, group, to }: FieldChange, intent: Intent): boolean {
  const isAbout = subjectsOf(intent).includes(subject);
  const isAnyWeight = intent.kind !== 'out' || intent.state === 'leaving';
  return isAbout && (isAnyWeight || group !== 'weight' || stepsOf(intent).includes(Number(to['weight'])));
}

/** The weights that a drain goes by, there and back. */
function stepsOf({ value }: Intent): readonly number[] {
  const { via = [], back = [] } = value as unknown as Partial<OutWish>;
  return [...via, ...back];
}

/** Traffic does not move before the data has, where the edge's owner wants that. */
function data({ kind, subject }: Intent, { edge, origins, measured }: ObservedEdge): RuleBreach | undefined {
  const { rpoMs, dataFirst } = edge.policy.data;
  if (kind !== 'out') {
    return undefined;
  }
  const name = origins.find(({ id }) => id === subject)?.name ?? '';
  const { replicationLagMs: lagMs, promotion } = measured === undefined ? {} : dataFor(name, measured);
  if (dataFirst && promotion === 'failed') {
    return { reason: 'data-step-failed', page: true };
  }
  // Who leaves where the data has not come to loses it: what is not known is no permission. A replica that has been
  // promoted follows nobody any more: it has no lag to tell.
  const isPromoted = dataFirst && promotion === 'done';
  if (rpoMs !== undefined && lagMs === undefined && !isPromoted) {
    return { reason: `replication-lag unknown, rpo ${rpoMs / 1000}s`, page: true };
  }
  if (rpoMs !== undefined && lagMs !== undefined && lagMs > rpoMs) {
    return { reason: `replication-lag ${lagMs / 1000}s > rpo ${rpoMs / 1000}s`, page: false };
  }
  if (!dataFirst || isPromoted) {
    return undefined;
  }
  return promotion === undefined
    ? { reason: 'data-step-waits unknown', page: true }
    : { reason: 'data-step-waits', page: false };
}

/** Nobody's traffic moves before people have done what they are asked for. Pure. */
export function people({ subject }: Intent, { awaited }: ObservedEdge): RuleBreach | undefined {
  return awaited?.includes(subject) === true ? { reason: MANUAL_STEP_WAITS, page: false } : undefined;
}

/** A shift by weights where weights mean nothing would be a write without effect. */
function weights(intent: Intent, { routing, origins }: ObservedEdge): RuleBreach | undefined {
  const { kind, subject, value } = intent;
  const needsWeights = kind === 'shares' || ((value as unknown as OutWish).via ?? []).length > 0;
  const enabled = origins.filter((origin) => origin.enabled);
  if (!needsWeights || enabled.length < 2) {
    return undefined;
  }
  const moved = enabled.filter(({ id, weight }) =>
    kind === 'shares' ? (sharesOf(intent).weights[id] ?? weight) !== weight : id === subject,
  );
  // What is left to change serves nobody at present.
  if (moved.length === 0) {
    return undefined;
  }
  // Weights divide what one tier gets: alone in its tier an origin has all of it, whatever its weight.
  const isShared = moved.some((origin) =>
    enabled.some(({ id, priority }) => id !== origin.id && priority === origin.priority),
  );
  return areWeightsEffective(routing) && isShared ? undefined : { reason: 'weights-ineffective', page: false };
}

/**
 * While an origin that serves is called bad by enough, whatever its probes say, people take no other one out by plan, and
 * give it no larger a part by weights. What stands already, or has begun, is not judged again.
 */
function said(intent: Intent, { origins }: ObservedEdge, situation: Situation): RuleBreach | undefined {
  const { kind, by, value, subject, note } = intent;
  if (!('person' in by) || situation.isUndoing || note === 'effective' || isUnderWay(intent, situation)) {
    return undefined;
  }
  const marked = origins.filter((origin) => isServing(origin) && origin.isCalledBad === true);
  const isPlannedOut = kind === 'out' && value['urgency'] !== 'emergency' && !marked.some(({ id }) => id === subject);
  const isGiven = kind === 'shares' && isGivenMore(origins, marked, sharesOf({ value }));
  return (isPlannedOut && marked.length > 0) || isGiven ? { reason: 'targets-called-bad', page: false } : undefined;
}

function isGivenMore(origins: readonly Origin[], some: readonly Origin[], { weights: wanted }: SharesWish): boolean {
  const after = origins.map((origin) => ({ ...origin, weight: wanted[origin.id] ?? origin.weight }));
  const [had, has] = [origins, after].map((all) => loadOf(all, { by: 'weight', load: 1 }));
  return some.some(({ name }) => (has?.get(name) ?? 0) > (had?.get(name) ?? 0));
}

/** Whoever gave the edge a twin wants several weights to move at once, and not one by one because the twin is amiss. */
function swap(intent: Intent, observed: ObservedEdge, situation: Situation): Breach | undefined {
  const { origins } = observed;
  const { weights: wanted } = intent.kind === 'shares' ? sharesOf(intent) : { weights: {} };
  const moved = Object.entries(wanted).filter(([id, weight]) =>
    origins.some((origin) => origin.id === id && origin.weight !== weight),
  );
  return moved.length > 1 ? swapFault(observed, situation) : undefined;
}

function areWeightsEffective({ method, latencySensitivityMs }: EdgeRouting): boolean {
  return method === 'weight' || (method === 'latency-then-weight' && latencySensitivityMs !== 0);
}
