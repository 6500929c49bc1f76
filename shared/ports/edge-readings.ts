/** What is measured of one origin. Absent is not known: never healthy, never 0. */
export interface OriginReading {
  /** What the edge's own probes say. */
  readonly healthy?: boolean;
  /** Requests a second that it can safely carry now: ready nodes times the declared rate of one. */
  readonly capacity?: number;
  /** Requests a second that are nearest to it, where latency decides. */
  readonly own?: number;
  /** The origin whose requests it takes when that one does not serve, where latency decides. */
  readonly takesFrom?: readonly string[];
  /** Share of failed requests, 0 to 1. */
  readonly errorRate?: number;
  readonly p95Ms?: number;
  /** Mean time of an answer, where no percentile is measured. */
  readonly averageMs?: number;
  readonly requestsPerMinute?: number;
  /** How often a minute it was named, where the edge answers names and never sees a request. */
  readonly dnsAnswersPerMinute?: number;
  /** As of the edge, where it depends on the origin that would be drained. */
  readonly replicationLagMs?: number;
  readonly promotion?: Promotion;
}

/** How far a data tier's replica is with becoming the one that is written to. */
type Promotion = 'done' | 'failed' | 'waiting';

/** What is measured of an edge at one time. */
export interface EdgeReading {
  /** End of what was measured, in milliseconds since 1970: a vote from it is no younger. Absent: the time of the read. */
  readonly asOf?: number;
  /** Since when requests were counted, likewise. Absent: what was counted is of the time of the read. */
  readonly since?: number;
  /** Requests a second in all. */
  readonly load: number;
  /** By name of the origin. */
  readonly origins: Readonly<Record<string, OriginReading>>;
  /** What the edge has served in the newest whole window. */
  readonly served?: { readonly requests: number; readonly errorRate: number; readonly p95Ms?: number };
  /** DNS answers of all origins together, where the edge gives those alone, and since when they were counted, likewise. */
  readonly dnsAnswers?: { readonly count: number; readonly since: number };
  /** How far the data tier's replica is behind, in milliseconds. */
  readonly replicationLagMs?: number;
  /** How far the data tier is with becoming the one that is written to, where somebody or something sees to that. */
  readonly promotion?: Promotion;
}

/** What can be asked about an edge beside its control plane. */
export interface EdgeReadings {
  /**
   * @param edge - ARM id of the origin group or profile, lower case.
   * @returns undefined when there is no data: not a zero, not a "healthy".
   * @throws RateLimitedError, UpstreamError.
   */
  read(edge: string): Promise<EdgeReading | undefined>;
}
