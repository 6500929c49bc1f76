import type { BakeVerdict } from '../../domain/traffic/bake.ts';
import type { Origin } from '../../domain/traffic/origin.ts';
import { isServing } from '../../domain/traffic/serving.ts';
import { movesOf, type Breach, type Stride } from '../../domain/traffic/walk.ts';
import type { OutWish, PinWish, SharesWish } from '../../domain/traffic/wishes.ts';
import type { Intent } from '../../intents/intent.ts';
import { subjectsOf } from '../../intents/subjects.ts';
import type { JournalEntry, Step } from '../../reconcile/plan.ts';
import type { Look, Situation, Verdict } from '../../reconcile/target-kind.ts';
import type { Agreed } from './agreement/agree.ts';
import { DRIFT, isDone } from './agreement/begin.ts';
import { bakeOf, servedVerdict } from './baking.ts';
import { isExpired, type Folded } from './fold.ts';
import { agreeAroundPeople, milestonesOf } from './manual.ts';
import type { ObservedEdge } from './observe.ts';
import { REMOVED } from './removal/removal.ts';
import { writesOf, type EdgeChange } from './steps.ts';
import { foundMark, HALFWAY, halfwayChanges, SWAP } from './swap.ts';

/**
 * What to write so that an edge becomes what its intents want: one origin, one field group at a time, each write within
 * the rules, traffic raised before it is taken away. Pure.
 *
 * Reasons of `blocked`: docs/failover.md.
 */
export function lookAtEdge(observed: ObservedEdge, situation: Situation): Look<EdgeChange> {
  const held = heldBack(observed, situation);
  if (held !== undefined) {
    return frozen(observed, situation, held);
  }
  const { agreed, around } = agreeAroundPeople(observed, situation);
  const verdicts = verdictsOf(observed, situation, agreed);
  const strides = agreed.possible;
  const milestones = milestonesOf(strides, observed, situation);
  const { goals } = agreed.folded;
  const writes = writesOf(strides, milestones, { observed, situation, goals });
  const own = writes.map(({ step }) => withWords(step, agreed.folded.overrides, observed));
  const steps = [...around.before, ...own, ...around.after];
  const foreign = agreed.folded.drift
    .filter(({ subject }) => !situation.acting.some((intent) => subjectsOf(intent).includes(subject)))
    .map(({ subject, group }) => ({ subject, group }));
  if (observed.isBlind && strides.length === 0 && agreed.strides.length > 0) {
    return frozen(observed, situation, { reason: 'control-plane-unavailable', page: true });
  }
  // While a write is at work that nobody follows any more, what is read may not last.
  const found = observed.isTerminal ? [...agreed.folded.found, ...foundMark(observed, situation)] : [];
  const base: Look<EdgeChange> = {
    verdicts,
    steps,
    ...(foreign.length === 0 ? {} : { foreign }),
    ...(found.length === 0 ? {} : { found }),
    ...(agreed.kept === undefined ? {} : { kept: agreed.kept }),
  };
  const [first] = writes;
  const isUrgent = first?.step.isUrgent === true;
  if (observed.switches.automation === 'off' && first !== undefined) {
    return { ...frozen(observed, situation, { reason: 'gate-off', page: true }), wait: { reason: 'gate-off' } };
  }
  const drillMs = first === undefined ? drillLeft(observed, situation) : undefined;
  const isFree = isUrgent || situation.isUndoing || goesBack(strides[0], situation);
  const baking = isFree ? undefined : (bakeOf(observed, situation) ?? drillSoFar(drillMs, observed));
  if (baking?.outcome === 'baking') {
    return { ...base, wait: { ms: baking.ms, reason: 'bake' } };
  }
  // A drill ends by itself: too little to judge it by is no reason to leave a region out.
  if (baking?.outcome === 'failed' || (baking?.outcome === 'inconclusive' && drillMs === undefined)) {
    return { ...base, verdictOnStep: { outcome: baking.outcome, reason: baking.reason } };
  }
  // A raise that is sent beside a write at work would be told of a state that may not last.
  const isAlone = first !== undefined && (!isUrgent || first.step.roomFor !== undefined);
  if (isAlone && !observed.isTerminal && !('isShut' in first.change)) {
    return { ...base, wait: { ms: BUSY_MS, reason: 'busy' } };
  }
  if (drillMs !== undefined) {
    return { ...base, wait: { ms: drillMs, reason: 'drill' } };
  }
  if (around.before.length > 0 || (first === undefined && around.after.length > 0)) {
    return { ...base, ...(observed.proven === undefined ? {} : { proven: observed.proven }) };
  }
  return first === undefined ? base : { ...base, change: first.change };
}

/** A step with the rules that are overridden for it, and what slows it, so that whoever agrees to it has read them. */
function withWords(step: Step, overrides: Folded['overrides'], { routing }: ObservedEdge): Step {
  const rules = [...new Set(overrides.flatMap(({ rules: some }) => some))].toSorted();
  const isSlow = routing.hasAffinity && step.changes.some(({ group }) => group === 'weight');
  const overridden = rules.map((rule) => `${rule} is overridden`);
  return {
    ...step,
    ...(rules.length === 0 ? {} : { predicates: [...(step.predicates ?? []), ...overridden] }),
    ...(isSlow ? { warnings: ['session affinity is on: sessions stay where they began, whatever the weights'] } : {}),
  };
}

/** How long what this plan has taken out for a drill stays out: until then the plan is under way. */
function drillLeft({ origins }: ObservedEdge, { acting, journal, now }: Situation): number | undefined {
  const left = acting
    .filter((intent) => isOut(intent, origins) && journal.some((entry) => hasDrained(entry, intent.subject)))
    .map(({ openedAt, value }) => Date.parse(openedAt) + ((value as unknown as OutWish).untilMs ?? 0) - now.getTime())
    .filter((ms) => ms > 0);
  return left.length === 0 ? undefined : Math.min(...left);
}

/** A drill that nothing bakes is judged all the while by what is served. */
function drillSoFar(drillMs: number | undefined, observed: ObservedEdge): BakeVerdict | undefined {
  return drillMs === undefined ? undefined : servedVerdict(observed);
}

/** True if what comes next takes back what was done last: that does not wait for a bake. */
function goesBack(next: Stride | undefined, { journal }: Situation): boolean {
  const last = journal.findLast(
    ({ state, step }) => state === 'written' && step.changes.some(({ group }) => group !== HALFWAY),
  );
  return (
    next !== undefined &&
    last !== undefined &&
    movesOf(next).some((move) => 'enabled' in move && move.enabled && hasDrained(last, move.id))
  );
}

function hasDrained({ state, step }: JournalEntry, id: string): boolean {
  const { effect, changes } = step;
  const about = changes.filter(({ subject }) => subject === id);
  const isDrain =
    effect === SWAP
      ? about.some(({ to }) => to['enabled'] === false)
      : about.length > 0 && (effect === 'drain' || effect === 'close-gate');
  return state === 'written' && isDrain;
}

/** Until the next look at an edge that somebody's write is still at work on: one that was overtaken, or another's. */
const BUSY_MS = 5_000;

/** What keeps everything back: an edge that is not the fleet's, or of which nothing is measured. */
function heldBack(
  { missing, measured, twin }: ObservedEdge,
  { acting, now }: Situation,
): { readonly reason: string; readonly page: boolean } | undefined {
  if (acting.some((intent) => intent.kind === 'hold' && !isExpired(intent, now))) {
    return { reason: 'held', page: false };
  }
  if (missing.length > 0) {
    return { reason: 'config-error:origin-not-found', page: true };
  }
  if (twin !== undefined && twin.live === undefined) {
    return { reason: twin.fault?.reason ?? 'config-error:twin-route', page: true };
  }
  return measured === undefined ? { reason: 'no-data', page: true } : undefined;
}

/** Nothing is written and nothing is undone; what is true already stays so. */
function frozen(
  { origins }: ObservedEdge,
  { acting, leaving, journal }: Situation,
  { reason, page }: { readonly reason: string; readonly page: boolean },
): Look<EdgeChange> {
  const isBaking = journal.some(({ state }) => state === 'written') && reason === 'no-data';
  const verdicts = [...acting, ...leaving].map((intent): Verdict => {
    const isThere = intent.kind === 'hold' || (intent.state !== 'leaving' && isOut(intent, origins));
    return isThere ? { intent, outcome: 'done' } : { intent, outcome: 'blocked', reason, page: page && !isBaking };
  });
  return {
    verdicts,
    steps: [],
    wait: { reason },
    ...(isBaking ? { verdictOnStep: { outcome: 'inconclusive', reason } as const } : {}),
  };
}

function isOut({ kind, subject }: Intent, origins: readonly Origin[]): boolean {
  return kind === 'out' && origins.some((origin) => origin.id === subject && !isServing(origin));
}

/** True for what is as it is wanted while weights move, or was before they did. */
function stood({ kind, subject, value, note }: Intent, origins: readonly Origin[]): boolean {
  const origin = origins.find(({ id }) => id === subject);
  const isIn = kind === 'pin' && value['pinned'] === 'in';
  // Weights that somebody has set by hand, and that an emergency puts back, were reached before.
  return kind === 'shares'
    ? note === 'effective' || note === DRIFT
    : origin !== undefined && isServing(origin) === isIn;
}

/** True for what was drained in part, and is moved because somebody wants other weights: the drain is not what moves. */
function isPushed({ kind, subject, note }: Intent, strides: readonly Stride[], asked: readonly Intent[]): boolean {
  const isDrained = strides.flatMap(movesOf).some((move) => move.id === subject && 'enabled' in move && !move.enabled);
  const isByWeights = asked.some((one) => one.kind === 'shares');
  return kind === 'out' && note === 'effective' && !isDrained && isByWeights;
}

function verdictsOf(observed: ObservedEdge, situation: Situation, agreed: Agreed): readonly Verdict[] {
  const { acting, leaving, fields, journal, now } = situation;
  const { folded, blocked, notes, strides } = agreed;
  // What a swap has moved is not there before all routes have followed.
  const halfway = halfwayChanges(observed, situation).filter(({ group }) => group !== HALFWAY);
  const moving = [
    ...strides.flatMap(movesOf).map((move) => ({ id: move.id, isWeight: 'weight' in move })),
    ...halfway.map(({ subject, group }) => ({ id: subject, isWeight: group === 'weight' })),
  ];
  const isChanging = ({ kind, subject, value }: Intent): boolean => {
    if (kind === REMOVED) {
      return moving.some(({ id }) => id === subject || subject === observed.edge.id);
    }
    const { weights } = kind === 'shares' ? (value as unknown as SharesWish) : { weights: {} };
    return moving.some(({ id, isWeight }) => id === subject || (isWeight && id in weights));
  };
  const isRaced = journal.at(-1)?.state === 'stale';
  const told = acting.map((intent): Verdict => {
    if ((intent.kind === 'pin' || intent.kind === 'hold') && isExpired(intent, now)) {
      return { intent, outcome: 'gone' };
    }
    const breach = blocked.get(intent);
    if (breach !== undefined) {
      const reason = isRaced ? 'state-changed' : breach.reason;
      const advice = isRaced || breach.advice === undefined ? {} : { advice: breach.advice };
      return { intent, outcome: 'blocked', reason, page: isRaced || breach.page, ...advice };
    }
    const shadow = folded.shadowed.get(intent);
    if (shadow !== undefined) {
      return { intent, outcome: 'shadowed', reason: shadow, page: shadow === 'pinned' && isSick(intent, observed) };
    }
    // Weights are reached when all that moves with them has moved, and stay reached whatever moves later.
    const isOpen =
      isChanging(intent) || (intent.kind === 'shares' && moving.length > 0 && !isDone(intent, observed.origins));
    const note = notes.get(intent);
    if (isOpen) {
      const asked = acting.filter((one) => isChanging(one) && !stood(one, observed.origins));
      const isStanding = stood(intent, observed.origins) || isPushed(intent, strides, asked);
      const stands = isStanding ? ({ stands: true } as const) : {};
      return { intent, outcome: 'act', ...stands, ...(note === undefined ? {} : { reason: note, page: true }) };
    }
    if (intent.kind === REMOVED) {
      const keptBack = wayBackKept(intent, observed, agreed);
      return keptBack === undefined ? { intent, outcome: 'gone' } : { intent, outcome: 'blocked', ...keptBack };
    }
    const reason = note ?? whyNothing(intent, fields);
    return { intent, outcome: 'done', ...(reason === undefined ? {} : { reason }) };
  });
  const left = leaving.map((intent): Verdict => {
    const breach = blocked.get(intent);
    if (breach !== undefined) {
      return { intent, outcome: 'blocked', ...breach };
    }
    if (isChanging(intent)) {
      return { intent, outcome: 'act' };
    }
    const isPinned = intent.kind === 'out' && isOut(intent, observed.origins) && isPinnedOut(intent, acting, now);
    return isPinned ? { intent, outcome: 'blocked', reason: 'pinned' } : { intent, outcome: 'gone' };
  });
  return [...told, ...left.filter(({ outcome }) => outcome !== 'act')];
}

/** Why what has left the fleet is not back although nothing is written: others need it where it is, or may still move it. */
function wayBackKept(
  { subject }: Intent,
  { edge, origins, isTerminal }: ObservedEdge,
  { folded, kept, eased }: Agreed,
): Breach | undefined {
  const isBack = origins
    .filter(({ id }) => id === subject || subject === edge.id)
    .every(({ id, enabled, weight, isShut = false }) => {
      const goal = folded.goals.get(id);
      return (
        goal === undefined || (goal.enabled === enabled && goal.weight === weight && (goal.isShut ?? isShut) === isShut)
      );
    });
  const busy = { reason: 'busy', page: false };
  // A write that was overtaken may still arrive.
  return kept ?? (isBack ? (isTerminal ? undefined : busy) : { ...(eased ?? busy), page: false });
}

/** What makes a wish true that we have never written anything for. */
function whyNothing(intent: Intent, fields: Situation['fields']): string | undefined {
  const { kind } = intent;
  const isOurs = subjectsOf(intent).some((id) => fields.some(({ subject }) => subject === id));
  const why = kind === 'out' ? 'already-drained' : kind === 'shares' ? 'verified' : undefined;
  return isOurs ? undefined : why;
}

/** True if a person keeps an origin out, whatever else has kept it out before. */
function isPinnedOut({ subject }: Intent, acting: readonly Intent[], now: Date): boolean {
  return acting.some(
    (intent) =>
      intent.subject === subject &&
      intent.kind === 'pin' &&
      (intent.value as unknown as PinWish).pinned === 'out' &&
      !isExpired(intent, now),
  );
}

/** True if a pin keeps traffic at an origin whose probes fail. */
function isSick({ subject }: Intent, { origins }: ObservedEdge): boolean {
  return origins.some(({ id, enabled, healthy }) => id === subject && enabled && healthy === false);
}
