import { findOverloads, usable, type Capacity } from './capacity.ts';
import type { Origin } from './origin.ts';
import { partialWeight } from './partial.ts';
import type { SafetyPolicy } from './policy.ts';
import { isServing, servingTier, type Division } from './serving.ts';

/** What the loss of a region is held against. */
export interface LossQuestion {
  readonly safety: SafetyPolicy;
  readonly division: Division;
  readonly capacity: ReadonlyMap<string, Capacity>;
}

/**
 * What would become of an edge that lost a region. `fits`: the others carry it, or the region serves nobody anyway.
 * `standby`: they do once origins that stand by are enabled. `partial`: not all of its traffic can move. `breaks`: the
 * drain would be refused, or the others go under.
 */
export interface Loss {
  readonly region: string;
  readonly outcome: 'fits' | 'standby' | 'partial' | 'breaks';
  /** The rule that stands in the way, in the words of the edge's rules; absent where it fits. */
  readonly reason?: string;
}

/** Binary fractions of whole numbers. */
const EPSILON = 1e-9;

/** What the loss of each region would come to, by name of the region; origins of no known region are left out. Pure. */
export function regionLosses(origins: readonly Origin[], question: LossQuestion): readonly Loss[] {
  const regions = [...new Set(origins.map(({ region }) => region))].filter((region) => region !== '');
  return regions.sort().map((region) => lossOf(origins, region, question));
}

function lossOf(origins: readonly Origin[], region: string, question: LossQuestion): Loss {
  const { safety } = question;
  const after = without(origins, region);
  const reason = brokenBy(origins, after, question);
  if (reason === undefined) {
    return { region, outcome: 'fits' };
  }
  const helped = withStandby(after, region);
  if (safety.allowStandby && brokenBy(origins, helped, question) === undefined) {
    return { region, outcome: 'standby', reason };
  }
  const isPartial = safety.allowPartial && reason === 'insufficient-capacity' && canMovePart(origins, region, question);
  return { region, outcome: isPartial ? 'partial' : 'breaks', reason };
}

function without(origins: readonly Origin[], region: string): readonly Origin[] {
  return origins.map((origin) => (origin.region === region ? { ...origin, enabled: false } : origin));
}

function withStandby(after: readonly Origin[], region: string): readonly Origin[] {
  return after.map((origin) =>
    origin.healthy === true && origin.region !== region ? { ...origin, enabled: true } : origin,
  );
}

/** The first rule that keeps the edge from going on without the region. */
function brokenBy(
  before: readonly Origin[],
  after: readonly Origin[],
  { safety, division, capacity }: LossQuestion,
): string | undefined {
  const [had, has] = [enabledCount(before), enabledCount(after)];
  const isLost = before.some(
    (origin) => isServing(origin) && after.some(({ id, enabled }) => id === origin.id && !enabled),
  );
  if (!isLost) {
    return undefined;
  }
  if (servingTier(after).length === 0) {
    return 'no-healthy-target';
  }
  if (has < safety.minEnabled && has < had) {
    return `safety-rule:atleast-${safety.minEnabled}`;
  }
  if ((after.length - has) / after.length > safety.maxDrainFraction + EPSILON && has < had) {
    return 'max-drain-fraction';
  }
  return findOverloads(after, { division, capacity, headroom: safety.headroom }).length === 0
    ? undefined
    : overloadOf(after, { safety, division, capacity });
}

/** All together may have room although the division by latency pours too much into one of them. */
function overloadOf(after: readonly Origin[], { safety, division, capacity }: LossQuestion): string {
  const room = servingTier(after).reduce((sum, { name }) => sum + usable(capacity.get(name), safety.headroom), 0);
  const load = division.by === 'weight' ? Infinity : [...division.own.values()].reduce((sum, own) => sum + own, 0);
  return load <= room + EPSILON ? 'nearest-region-overload' : 'insufficient-capacity';
}

/** Part of the traffic can be taken from a single origin alone. */
function canMovePart(
  origins: readonly Origin[],
  region: string,
  { safety, division, capacity }: LossQuestion,
): boolean {
  const [lost, ...others] = origins.filter((origin) => isServing(origin) && origin.region === region);
  const question = { division, capacity, headroom: safety.headroom };
  return lost !== undefined && others.length === 0 && partialWeight(origins, lost.name, question) !== undefined;
}

function enabledCount(origins: readonly Origin[]): number {
  return origins.filter(isServing).length;
}
