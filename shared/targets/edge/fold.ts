import { isSameJson, type JsonObject } from '../../domain/json.ts';
import type { Goal } from '../../domain/traffic/moves.ts';
import type { Origin } from '../../domain/traffic/origin.ts';
import type { OutWish, PinWish, SharesWish } from '../../domain/traffic/wishes.ts';
import { intentKey, type Intent } from '../../intents/intent.ts';
import type { Field, Situation } from '../../reconcile/target-kind.ts';
import { overridesOf, type Override } from './agreement/overrides.ts';
import { driftOf, isOurs, liveGroups, markOf, type Drift } from './drift.ts';

/** Everything that the open intents want of an edge, over what stood there before. */
export interface Folded {
  /** By origin id. */
  readonly goals: ReadonlyMap<string, Goal>;
  /** Intents that lose to a stronger one, with the reason. */
  readonly shadowed: ReadonlyMap<Intent, string>;
  readonly drift: readonly Drift[];
  /** What a write of this plan has left although it was said to have failed. */
  readonly found: readonly Pick<Field, 'subject' | 'group' | 'written'>[];
  /** Rules that the intents' askers have overridden, each for what it asks for. */
  readonly overrides: readonly Override[];
}

interface Asked extends Pick<Situation, 'acting' | 'leaving' | 'fields' | 'journal' | 'now'> {
  /** True if the origins have gates: an emergency then needs no write to the control plane. */
  readonly hasGates?: boolean;
  /** Origins that the fleet no longer names: nobody's weights reach them. */
  readonly removed?: ReadonlySet<string>;
}

/**
 * Folds an edge's intents over its baseline: pins, then drains, then shares. Pure; the order of the intents does not
 * matter.
 *
 * What we have changed and nobody wants any more goes back to its baseline, but only where the value is still ours.
 */
export function foldEdge(origins: readonly Origin[], asked: Asked): Folded {
  const shadowed = new Map<Intent, string>();
  const weights = sharesOf(asked.acting, shadowed);
  const goals = origins.map((origin): [string, Goal] => {
    const about = asked.acting.filter(({ subject }) => subject === origin.id);
    return [
      origin.id,
      goalOf(
        origin,
        { ...asked, about, share: asked.removed?.has(origin.id) === true ? undefined : weights.get(origin.id) },
        shadowed,
      ),
    ];
  });
  return {
    goals: new Map(goals),
    shadowed,
    drift: origins.flatMap((origin) => driftOf(origin, asked)),
    found: origins.flatMap((origin) => foundOf(origin, asked)),
    overrides: overridesOf(asked.acting),
  };
}

/** The newest word on each origin's weight; a wish of which nothing is left loses. */
function sharesOf(acting: readonly Intent[], shadowed: Map<Intent, string>): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const intent of acting.filter(({ kind }) => kind === 'shares').toSorted(byNews)) {
    const fresh = Object.entries((intent.value as unknown as SharesWish).weights).filter(([id]) => !weights.has(id));
    fresh.forEach(([id, weight]) => weights.set(id, weight));
    if (fresh.length === 0) {
      shadowed.set(intent, 'shadowed-by:shares');
    }
  }
  return weights;
}

interface About extends Asked {
  readonly about: readonly Intent[];
  readonly share: number | undefined;
}

function goalOf(origin: Origin, asked: About, shadowed: Map<Intent, string>): Goal {
  const { about, share, leaving } = asked;
  const pin = newest(
    about.filter((intent) => intent.kind === 'pin' && !isExpired(intent, asked.now)),
    shadowed,
    'pin',
  );
  const outs = about.filter(({ kind }) => kind === 'out');
  const weight = share ?? Number(restored(origin, 'weight', { weight: origin.weight }, asked)['weight']);
  if (pin !== undefined) {
    const isIn = (pin.value as unknown as PinWish).pinned === 'in';
    outs.forEach((intent) => shadowed.set(intent, 'pinned'));
    const open = isIn && asked.hasGates === true ? { isShut: false } : {};
    return { enabled: isIn, ...open, weight, via: [], isUrgent: false };
  }
  if (outs.length > 0) {
    const wishes = outs.toSorted(byNews).map(({ value }) => value as unknown as OutWish);
    const isUrgent = wishes.some(({ urgency }) => urgency === 'emergency');
    const via = isUrgent ? [] : (wishes.find((wish) => wish.via !== undefined)?.via ?? []);
    const isByGate = isUrgent || wishes.every(({ through }) => through === 'gate');
    if (isByGate && asked.hasGates === true && origin.enabled) {
      return { enabled: true, isShut: true, weight: origin.weight, via: [], isUrgent };
    }
    // An emergency is one write: the weight stays where a ramp has left it.
    return { enabled: false, weight: isUrgent ? origin.weight : weight, via, isUrgent };
  }
  const enabled = restored(origin, 'enabled', { enabled: origin.enabled }, asked)['enabled'] === true;
  const back = leaving
    .filter(({ subject, kind }) => subject === origin.id && kind === 'out')
    .toSorted(byNews)
    .map(({ value }) => (value as unknown as OutWish).back)
    .find((steps) => steps !== undefined);
  const shut = { isShut: origin.isShut ?? false };
  const gate = asked.hasGates === true ? { isShut: restored(origin, 'gate', shut, asked)['isShut'] === true } : {};
  return { enabled, ...gate, weight, via: back ?? [], isUrgent: false };
}

/** A person's word that has run out. Pure. */
export function isExpired({ value }: Intent, now: Date): boolean {
  const { until } = value as unknown as PinWish;
  return until !== undefined && Date.parse(until) <= now.getTime();
}

/** The newest of several of one kind; the others lose to it. Ties go to the smaller cause. */
function newest(intents: readonly Intent[], shadowed: Map<Intent, string>, by: string): Intent | undefined {
  const [winner, ...losers] = intents.toSorted(byNews);
  losers.forEach((intent) => shadowed.set(intent, `shadowed-by:${by}`));
  return winner;
}

/** The value that a group has when nobody wants anything of it. */
function restored(origin: Origin, group: string, live: JsonObject, { fields, journal }: Asked): JsonObject {
  const field = markOf(origin.id, group, fields);
  return field !== undefined && isOurs(field, live, journal) ? field.baseline : live;
}

function foundOf(origin: Origin, { fields, journal }: Asked): Folded['found'] {
  return liveGroups(origin).flatMap(([group, live]) => {
    const field = markOf(origin.id, group, fields);
    const isNews = field !== undefined && (field.attempted !== undefined || !isSameJson(field.written, live));
    return isNews && isOurs(field, live, journal) ? [{ subject: origin.id, group, written: live }] : [];
  });
}

/** Newest first; ties go to the smaller cause. */
function byNews(a: Intent, b: Intent): number {
  return text(b.asOf, a.asOf) || text(a.cause, b.cause) || text(intentKey(a), intentKey(b));
}

function text(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
