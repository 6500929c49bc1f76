import { findOverloads, usable, type Capacity, type Overload } from '../../domain/traffic/capacity.ts';
import type { Origin } from '../../domain/traffic/origin.ts';
import type { SafetyPolicy } from '../../domain/traffic/policy.ts';
import { isOverridden, type RuleBreach } from '../../domain/traffic/safety-rules.ts';
import { isServing, servingTier, type Division } from '../../domain/traffic/serving.ts';
import type { Breach } from '../../domain/traffic/walk.ts';

/** What the rules are held against beside the origins. */
export interface RuleFacts {
  readonly safety: SafetyPolicy;
  readonly division: Division;
  readonly capacity: ReadonlyMap<string, Capacity>;
  /** Rules that people have overridden by name. */
  readonly overrides: readonly string[];
  /** Ids of the origins that evidence drives out: called bad, whether or not anybody still says so. */
  readonly condemned: ReadonlySet<string>;
}

/**
 * The first rule that the way from one state to another breaks, or breaks worse than before. Pure.
 *
 * A step towards a limit passes even where the limit is still broken, or nobody could be restored; that one healthy
 * origin serves has no such exemption.
 *
 * @param before - with the origins that are changed taken for healthy: a drain is judged by what it takes away.
 */
export function findBreach(before: readonly Origin[], after: readonly Origin[], facts: RuleFacts): Breach | undefined {
  const absolute = brokenBase(before, after);
  if (absolute !== undefined) {
    const isAsked = facts.overrides.some((name) => name === absolute.reason);
    return isAsked ? { reason: `non-overridable:${absolute.reason}`, page: false } : absolute;
  }
  return [brokenWord, brokenCount, brokenFraction, brokenCapacity]
    .map((rule) => rule(before, after, facts))
    .find((breach) => breach !== undefined && !isOverridden(breach, facts.overrides));
}

/** True if an origin that serves would no longer: who goes back may give everything, and take away as anybody else may. Pure. */
export function takesAway(before: readonly Origin[], after: readonly Origin[]): boolean {
  return before.some(
    (origin) => isServing(origin) && after.some(({ id, ...rest }) => id === origin.id && !isServing(rest)),
  );
}

function brokenBase(before: readonly Origin[], after: readonly Origin[]): RuleBreach | undefined {
  const enabled = after.filter(isServing);
  if (enabled.length === 0) {
    return { reason: 'last-enabled', page: true };
  }
  // Who is well by hearsay may come back beside others, and is nobody to leave alone with all of it.
  const isProven = ({ isHearsay }: Origin): boolean => isHearsay !== true || !takesAway(before, after);
  if (enabled.some((origin) => origin.healthy === true && isProven(origin))) {
    return undefined;
  }
  if (enabled.some(({ healthy }) => healthy !== false)) {
    return { reason: 'target-health-unknown', page: false };
  }
  const isTaken = after.some(
    (origin) =>
      !isServing(origin) && origin.healthy === true && before.some((was) => was.id === origin.id && isServing(was)),
  );
  return { reason: isTaken ? 'last-healthy' : 'no-healthy-target', page: true };
}

/**
 * What nobody calls bad is not taken away while everybody who would stay is called bad: for minutes a metric goes on to
 * show the last good probes of a region that is down.
 */
function brokenWord(
  before: readonly Origin[],
  after: readonly Origin[],
  { condemned }: RuleFacts,
): RuleBreach | undefined {
  const isCalledBad = (origin: Origin): boolean => origin.isCalledBad === true || condemned.has(origin.id);
  const isTaken = ({ id }: Origin): boolean => before.some((was) => was.id === id && isServing(was));
  const isLost = after.some(
    (origin) => !isServing(origin) && isTaken(origin) && origin.healthy !== false && !isCalledBad(origin),
  );
  const isLeft = servingTier(after).some((origin) => origin.isHearsay !== true && !isCalledBad(origin));
  return isLost && !isLeft ? { reason: 'targets-called-bad', page: false } : undefined;
}

function brokenCount(
  before: readonly Origin[],
  after: readonly Origin[],
  { safety }: RuleFacts,
): RuleBreach | undefined {
  const [had, has] = [enabledCount(before), enabledCount(after)];
  return has < safety.minEnabled && has < had
    ? { reason: `safety-rule:atleast-${safety.minEnabled}`, page: false }
    : undefined;
}

function brokenFraction(
  before: readonly Origin[],
  after: readonly Origin[],
  { safety }: RuleFacts,
): RuleBreach | undefined {
  const [had, has] = [enabledCount(before), enabledCount(after)];
  const drained = (after.length - has) / after.length;
  return drained > safety.maxDrainFraction + EPSILON && has < had
    ? { reason: 'max-drain-fraction', page: true }
    : undefined;
}

function brokenCapacity(before: readonly Origin[], after: readonly Origin[], facts: RuleFacts): RuleBreach | undefined {
  const { division, capacity, safety } = facts;
  const question = { division, capacity, headroom: safety.headroom };
  const had = new Map(findOverloads(before, question).map(({ name, load }) => [name, load]));
  // Where nobody who serves is well, whoever comes back is better than that, even if it is too small for all.
  if (before.every((origin) => !isServing(origin) || origin.healthy === false) && !takesAway(before, after)) {
    return undefined;
  }
  const worse = findOverloads(after, question).filter(({ name, load }) => load > (had.get(name) ?? 0) + EPSILON);
  if (worse.length === 0) {
    return undefined;
  }
  const load = totalLoad(division);
  const room = servingTier(after).reduce((sum, { name }) => sum + usable(capacity.get(name), safety.headroom), 0);
  // All together have room: it is the division by latency that pours too much into one of them.
  return division.by === 'latency' && load <= room + EPSILON
    ? { reason: 'nearest-region-overload', page: false }
    : { reason: 'insufficient-capacity', page: true, advice: adviceOn(worse, capacity) };
}

/** What people may do whom capacity keeps from moving traffic: add it, or shed load. */
function adviceOn(overloads: readonly Overload[], capacity: RuleFacts['capacity']): string {
  const each = overloads.map(({ name, load, usable: room }) =>
    capacity.has(name)
      ? `${name} would get ${inWords(load)} requests a second and may get ${inWords(room, Math.floor)}: add room for ${inWords(load - room)} there or shed as many`
      : `${name} would get ${inWords(load)} requests a second and its capacity is not known`,
  );
  return `${each.join('; ')}.`;
}

function inWords(rate: number, round: (value: number) => number = Math.ceil): string {
  return String(round(rate * 10) / 10);
}

function totalLoad(division: Division): number {
  return division.by === 'weight' ? division.load : [...division.own.values()].reduce((sum, load) => sum + load, 0);
}

/** Binary fractions of whole numbers. */
const EPSILON = 1e-9;

function enabledCount(origins: readonly Origin[]): number {
  return origins.filter(isServing).length;
}
