import { ALERT_SOURCE, countVotes, isCounted, type Count, type Vote } from './votes.ts';
import { lookAtHealth, wasBad, type HealthLook, type HealthPolicy } from './health.ts';
import type { RegionEvidence } from './evidence.ts';
import type { EvidencePolicy } from './policy.ts';

/** What a source measured of a region. */
export interface Measurement {
  readonly requests?: number;
  /** Share of failed requests, 0 to 1. */
  readonly errorRate?: number;
  readonly p95Ms?: number;
}

/** What a measurement says. `inconclusive`: too little was measured to say anything. */
export type MeasurementVerdict =
  | { readonly isBad: boolean; readonly isSlow?: boolean }
  /** Bad, but everywhere alike: a shared dependency or the monitor itself. */
  | { readonly isBad: false; readonly reason: 'not-regional' }
  | { readonly isBad?: never; readonly reason: string };

/**
 * Judges a measurement by the edge's limits and, where its owner wants that, by the median of the other regions. Pure.
 * @param others - the same of the other regions, as far as it is known.
 */
export function judgeMeasurement(
  measured: Measurement,
  others: readonly Measurement[],
  policy: EvidencePolicy,
): MeasurementVerdict {
  const { requests, errorRate, p95Ms } = measured;
  if (requests !== undefined && requests < policy.minRequests) {
    return { reason: `inconclusive:requests ${requests}/${policy.minRequests}` };
  }
  const errors = errorRate === undefined ? undefined : judgeErrors(errorRate, others, policy);
  const latency = p95Ms === undefined ? undefined : judgeLatency(p95Ms, others, policy);
  const said = [errors, latency].filter((verdict) => verdict !== undefined);
  return said.find(({ isBad }) => isBad) ?? said.find((verdict) => 'reason' in verdict) ?? { isBad: false };
}

function judgeErrors(errorRate: number, others: readonly Measurement[], policy: EvidencePolicy): MeasurementVerdict {
  if (policy.errorRateMax === undefined || errorRate <= policy.errorRateMax) {
    return { isBad: false };
  }
  const median = medianOf(others.flatMap((other) => other.errorRate ?? []));
  const isShared = policy.isRelative && median !== undefined && median > policy.errorRateMax;
  return isShared ? { isBad: false, reason: 'not-regional' } : { isBad: true };
}

function judgeLatency(p95Ms: number, others: readonly Measurement[], policy: EvidencePolicy): MeasurementVerdict {
  const median = medianOf(others.flatMap((other) => other.p95Ms ?? []));
  if (policy.latencyFactor === undefined || median === undefined) {
    return { isBad: false };
  }
  if (p95Ms > policy.latencyFactor * median) {
    return { isBad: true, isSlow: true };
  }
  return policy.isRelative ? { isBad: false, reason: 'not-regional' } : { isBad: false };
}

/** The middle value, or the mean of the two in the middle; undefined of nothing. Pure. */
export function medianOf(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}

/** A look at one region's votes. */
export interface RegionLook extends HealthLook {
  readonly count: Count;
  /** True if everything that is bad about it is that it is slow. */
  readonly isSlow: boolean;
  /** True if an alert counts no longer, because enough sources have called the region well since. */
  readonly isOutvoted: boolean;
}

/**
 * True if measurements of enough sources have called a region well since an alert's time. Pure.
 * @param votes - those of its region that count now.
 */
export function isContradicted(at: number, votes: readonly Vote[], quorum: number): boolean {
  return votes.filter((vote) => !vote.isBad && vote.at > at && !vote.source.startsWith(ALERT_SOURCE)).length >= quorum;
}

/**
 * Counts what is said of a region and takes its health one look further. Pure.
 *
 * An alert that is older than good votes from a quorum of other sources says nothing any more. Where one source is a
 * quorum, that holds for what was said before the alert came, and not for later: one word does not outvote another, and
 * an alert that fires goes on until it is resolved. No good vote that is older than what has driven a region out says
 * that it is back: the end of an alert would else speak for it for ever.
 */
export function judgeRegion({ votes, health }: RegionEvidence, policy: EvidencePolicy, now: number): RegionLook {
  const { quorum, sources } = policy;
  const current = votes.filter((vote) => vote.expires > now && vote.at <= now && isCounted(vote, sources));
  const isOutvoted = (vote: Vote): boolean =>
    vote.isBad &&
    vote.source.startsWith(ALERT_SOURCE) &&
    (quorum > 1 || vote.isOutvoted === true) &&
    isContradicted(vote.at, current, quorum);
  const outSince = wasBad(health) ? (health.outSince ?? -Infinity) : -Infinity;
  const counted = current.filter((vote) => !isOutvoted(vote) && (vote.isBad || vote.at >= outSince));
  const count = countVotes(counted, now);
  return {
    ...lookAtHealth(health, count, { policy: healthPolicyOf(policy), now }),
    count,
    isSlow: counted.every(({ isBad, isSlow }) => !isBad || isSlow === true),
    isOutvoted: current.some(isOutvoted),
  };
}

function healthPolicyOf(policy: EvidencePolicy): HealthPolicy {
  const { quorum, needsOutside, holdMs, recoverHoldMs, damping } = policy;
  return { quorum, needsOutside, holdMs, recoverHoldMs, ...(damping === undefined ? {} : { damping }) };
}
