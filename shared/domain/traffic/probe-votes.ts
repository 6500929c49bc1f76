import type { EdgeReading, OriginReading } from '../../ports/edge-readings.ts';
import { medianOf } from './judge.ts';
import type { EvidencePolicy } from './policy.ts';

/** What one measurement of an edge says about the region of one origin, and the numbers that it says it by. */
export interface ProbeVote {
  readonly source: 'edge-health' | 'edge-errors' | 'edge-latency';
  readonly region: string;
  /** Absent: there is no data, or too little of it, or the policy names no limit. That is no good vote. */
  readonly isBad?: boolean;
  /** An edge measures from its own places, so always from outside of the region. */
  readonly isOutside: boolean;
  /** When it was measured, in milliseconds since 1970. */
  readonly at: number;
  /** Share of failed requests, 0 to 1. */
  readonly errorRate?: number;
  readonly p95Ms?: number;
  /** In a minute. */
  readonly requests?: number;
}

/** Who is judged: name as in the reading, and canonical region. */
interface Judged {
  readonly name: string;
  readonly region: string;
}

export type ProbeLimits = Pick<EvidencePolicy, 'errorRateMax' | 'latencyFactor' | 'minRequests' | 'isRelative'>;

/** An origin's own reading, and those of the origins in other regions. */
interface Compared {
  readonly own: OriginReading;
  readonly others: readonly OriginReading[];
}

/**
 * Three votes for each origin: by the edge's probes, by errors, by latency. Pure; the order of the origins decides
 * nothing but the order of the votes.
 */
export function probeVotes(
  { origins: readings }: EdgeReading,
  origins: readonly Judged[],
  { limits, at }: { readonly limits: ProbeLimits; readonly at: number },
): readonly ProbeVote[] {
  return origins.flatMap(({ name, region }) => {
    const own = readings[name] ?? {};
    const others = origins.filter((other) => other.region !== region).map((other) => readings[other.name] ?? {});
    const { healthy, errorRate, p95Ms, requestsPerMinute: requests } = own;
    const counted = requests === undefined ? {} : { requests };
    const common = { region, isOutside: true, at };
    return [
      { source: 'edge-health' as const, ...common, ...judged(healthy === undefined ? undefined : !healthy) },
      {
        source: 'edge-errors' as const,
        ...common,
        ...judged(hasErrors({ own, others }, limits)),
        ...(errorRate === undefined ? {} : { errorRate }),
        ...counted,
      },
      {
        source: 'edge-latency' as const,
        ...common,
        ...judged(isSlow({ own, others }, limits)),
        ...(p95Ms === undefined ? {} : { p95Ms }),
        ...counted,
      },
    ];
  });
}

function judged(isBad: boolean | undefined): { readonly isBad?: boolean } {
  return isBad === undefined ? {} : { isBad };
}

/** Errors above the limit; where regions are compared, that much above the median of the others. */
function hasErrors({ own, others }: Compared, limits: ProbeLimits): boolean | undefined {
  const { errorRateMax: most, isRelative } = limits;
  const { errorRate } = own;
  if (errorRate === undefined || most === undefined || !isEnough(own, limits)) {
    return undefined;
  }
  if (errorRate <= most || !isRelative) {
    return errorRate > most;
  }
  const usual = medianOf(known(others, 'errorRate', limits));
  return usual === undefined ? undefined : errorRate - usual > most;
}

/** Times the median of the others: a latency has no limit of its own, and alone it says nothing. */
function isSlow({ own, others }: Compared, limits: ProbeLimits): boolean | undefined {
  const { latencyFactor } = limits;
  // A mean says nothing beside a percentile.
  const measure = own.p95Ms === undefined ? 'averageMs' : 'p95Ms';
  const usual = medianOf(known(others, measure, limits));
  const latency = own[measure];
  return latency === undefined || latencyFactor === undefined || usual === undefined || !isEnough(own, limits)
    ? undefined
    : latency > latencyFactor * usual;
}

function known(
  readings: readonly OriginReading[],
  value: 'errorRate' | 'p95Ms' | 'averageMs',
  limits: ProbeLimits,
): readonly number[] {
  return readings.filter((reading) => isEnough(reading, limits)).flatMap((reading) => reading[value] ?? []);
}

/** A rate of few requests is chance; how many is not known is few. */
function isEnough({ requestsPerMinute }: OriginReading, { minRequests }: ProbeLimits): boolean {
  return minRequests === 0 || (requestsPerMinute !== undefined && requestsPerMinute >= minRequests);
}
