import type { EvidenceSettings } from '../domain/traffic/evidence-settings.ts';

/** What one source says about one region. Times are milliseconds since 1970. */
export interface EdgeVote {
  /** `app-gateway`, `synthetic`: votes of one source about one region are one vote, the newest. */
  readonly source: string;
  /** Region, or name of the origin, that it is about; absent: the whole group. */
  readonly region?: string;
  /** Region that it was taken in; absent: not said. */
  readonly takenIn?: string;
  /** When it was taken. */
  readonly at: number;
  readonly isBad?: boolean;
  /** It is bad for being slow alone. */
  readonly isSlow?: boolean;
  /** The public host's answer came from this origin and from no other: it serves. */
  readonly isAnswering?: true;
  /** The source was asked and has nothing to say: neither good nor bad. */
  readonly hasNoData: boolean;
  readonly requests?: number;
  /** Share of failed requests, 0 to 1. */
  readonly errorRate?: number;
  readonly p95Ms?: number;
}

/** An origin as a source sees it: its name and its canonical region. */
export interface WatchedOrigin {
  readonly name: string;
  readonly region: string;
}

/** As much of an edge as its sources need. */
export interface WatchedEdge {
  /** ARM id. */
  readonly id: string;
  readonly origins: readonly WatchedOrigin[];
  readonly evidence?: EvidenceSettings;
}

/** Somebody who can be asked about the regions of an edge, beside the edge's own measurements. */
export interface EvidenceSource {
  readonly name: string;
  /**
   * What it says now; nothing where the edge has no settings for it. What could not be asked is not there, which is no
   * good vote.
   * @throws ReflexError if it can say nothing at all.
   */
  measure(edge: WatchedEdge): Promise<readonly EdgeVote[]>;
}
