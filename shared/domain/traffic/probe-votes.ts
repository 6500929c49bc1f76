import type { EdgeReading, OriginReading } from '../../ports/edge-readings.ts';
import { medianOf } from './judge.ts';
import { TIMED_REQUESTS } from './latency.ts';
import type { EvidencePolicy } from './policy.ts';

/** Sources that are an edge's own measurements: they speak of what it sends requests to. */
export const EDGE_SOURCES = ['edge-health', 'edge-errors', 'edge-latency'] as const;

/** What one measurement of an edge says about the region of one origin, and the numbers that it says it by. */
export interface ProbeVote {
  readonly source: (typeof EDGE_SOURCES)[number];
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
  /** Mean time of an answer, where no percentile is measured. */
  readonly averageMs?: number;
  /** In a minute. */
  readonly requests?: number;
}

/** Who is judged: name as in the reading, and canonical region. */
interface Judged {
  readonly name: string;
  readonly region: string;
}

export type ProbeLimits = Pick<EvidencePolicy, 'errorRateMax' | 'latencyFactor' | 'minRequests' | 'isRelative'>;

/** Share of failed requests up to which an origin's latency says something, where its owner names no limit of errors. */
const WELL_ERRORS = 0.05;
/** Share of an edge's requests up to which they are what trickles into an origin that is out. */
const RESIDUE = 0.01;

/** An origin's own reading, and those of the origins in other regions. */
interface Compared {
  /** Requests of all in a minute. */
  readonly total: number;
  readonly own: OriginReading;
  readonly others: readonly OriginReading[];
}

/**
 * Three votes for each origin: by the edge's probes, by errors, by latency. What is slow is said, never that something is
 * fast: an origin that fails at once is fast as well, and one that is out is asked by nobody. Pure; the order of the origins decides
 * nothing but the order of the votes.
 */
export function probeVotes(
  { origins: readings }: EdgeReading,
  origins: readonly Judged[],
  { limits, at }: { readonly limits: ProbeLimits; readonly at: number },
): readonly ProbeVote[] {
  const total = Object.values(readings).reduce((sum, { requestsPerMinute = 0 }) => sum + requestsPerMinute, 0);
  return origins.flatMap(({ name, region }) => {
    const own = readings[name] ?? {};
    const others = origins.filter((other) => other.region !== region).map((other) => readings[other.name] ?? {});
    const { healthy, errorRate, p95Ms, averageMs, requestsPerMinute: requests } = own;
    const counted = requests === undefined ? {} : { requests };
    const common = { region, isOutside: true, at };
    return [
      { source: 'edge-health' as const, ...common, ...judged(healthy === undefined ? undefined : !healthy) },
      {
        source: 'edge-errors' as const,
        ...common,
        ...judged(hasErrors({ own, others, total }, limits)),
        ...(errorRate === undefined ? {} : { errorRate }),
        ...counted,
      },
      {
        source: 'edge-latency' as const,
        ...common,
        ...(isSlow({ own, others, total }, limits) ? { isBad: true } : {}),
        ...(p95Ms === undefined ? {} : { p95Ms }),
        ...(averageMs === undefined ? {} : { averageMs }),
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
  const usual = medianOf(others.filter((other) => isEnough(other, limits)).flatMap((other) => other.errorRate ?? []));
  return usual === undefined ? undefined : errorRate - usual > most;
}

/**
 * Times the median of the others: a latency has no limit of its own, and alone it says nothing. Only origins that serve
 * well are compared, so that what is slow is told from what fails.
 */
function isSlow({ own, others, total }: Compared, limits: ProbeLimits): boolean {
  const { latencyFactor } = limits;
  // A mean says nothing beside a percentile.
  const measure = own.p95Ms === undefined ? 'averageMs' : 'p95Ms';
  const peers = others.filter((other) => servesWell(other, total, limits));
  const usual = medianOf(peers.flatMap((peer) => peer[measure] ?? []));
  const latency = own[measure];
  return (
    latency !== undefined &&
    latencyFactor !== undefined &&
    usual !== undefined &&
    servesWell(own, total, limits) &&
    latency > latencyFactor * usual
  );
}

function servesWell(
  { healthy, errorRate = 1, requestsPerMinute = 0 }: OriginReading,
  total: number,
  { errorRateMax = WELL_ERRORS, minRequests }: ProbeLimits,
): boolean {
  const isAsked = requestsPerMinute >= Math.max(minRequests, TIMED_REQUESTS) && requestsPerMinute > total * RESIDUE;
  return healthy !== false && errorRate <= errorRateMax && isAsked;
}

/** A rate of few requests is chance; how many is not known is few. */
function isEnough({ requestsPerMinute }: OriginReading, { minRequests }: ProbeLimits): boolean {
  return minRequests === 0 || (requestsPerMinute !== undefined && requestsPerMinute >= minRequests);
}
