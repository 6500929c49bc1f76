import type { Mode } from '../mode.ts';
import type { WindowText } from '../schedule/window.ts';
import type { Damping } from './damping.ts';

/** How the health of a region is judged. Times in milliseconds. */
export interface EvidencePolicy {
  /** Sources that count; all if absent. */
  readonly sources?: readonly string[];
  readonly quorum: number;
  /** One of the bad votes must come from outside of the region. */
  readonly needsOutside: boolean;
  readonly voteTtlMs: number;
  /** How long the first bad region waits for others, so that the decision is taken on the whole set. */
  readonly settleMs: number;
  readonly holdMs: number;
  readonly recoverHoldMs: number;
  readonly damping?: Damping;
  readonly cooldown?: {
    readonly ms: number;
    readonly scope: 'group' | 'region';
    /** Share of failed requests from which on it does not hold, 0 to 1. */
    readonly bypassErrorRate?: number;
  };
  readonly maxAlertAgeMs?: number;
  /** How long an alert counts from when it fired, where nobody says that it is over; for ever if absent. */
  readonly alertTtlMs?: number;
  readonly maxSkewMs?: number;
  /** Alerts of a higher number are left to people: 0 to 4. */
  readonly severityAtMost?: number;
  /** A region is bad only if it is so compared with the median of the others. */
  readonly isRelative: boolean;
  readonly minRequests: number;
  /** Share of failed requests, 0 to 1. */
  readonly errorRateMax?: number;
  /** Longest time of an answer that is well once traffic has moved: the 95th percentile where it is measured, or the mean. */
  readonly latencyMaxMs?: number;
  /** Times the median of the others. */
  readonly latencyFactor?: number;
  /** What a slow region gets instead of a drain. */
  readonly latencyAction?: 'halve';
}

/** Limits on the state that a change would leave. */
export interface SafetyPolicy {
  /** Least number of enabled origins. */
  readonly minEnabled: number;
  /** Largest share of disabled origins, 0 to 1. */
  readonly maxDrainFraction: number;
  /** Kept free, 0 to 1. */
  readonly headroom: number;
  readonly allowStandby: boolean;
  readonly allowPartial: boolean;
}

/** How planned moves go on from step to step. Times in milliseconds. */
export interface BakePolicy {
  readonly bakeMs: number;
  /** Until a write shows at the edge, and until its metrics can be read. */
  readonly propagationMs: number;
  readonly metricLagMs: number;
}

/** Times of a week, by the clocks of a zone. */
export interface PlannedWindows {
  readonly open: readonly WindowText[];
  readonly timeZone: string;
}

/** Whether traffic may move before the data has. */
export interface DataPolicy {
  readonly dataFirst: boolean;
  /** Largest replication lag. */
  readonly rpoMs?: number;
}

/** Everything that an edge's owner has said about moving its traffic. */
export interface EdgePolicy {
  readonly evidence: EvidencePolicy;
  readonly safety: SafetyPolicy;
  readonly bake: BakePolicy;
  readonly data: DataPolicy;
  readonly mode: { readonly drain: Mode; readonly restore: Mode };
  /** Distinct people, by what they agree to; `withinMs` is how long a plan waits for them. */
  readonly approvals: {
    readonly drain: number;
    readonly restore: number;
    readonly runbook: number;
    /** Where rules are overridden by name. */
    readonly override: number;
    readonly withinMs: number;
  };
  /** Weights of those that are left follow their capacity; as they are if absent. */
  readonly redistribute?: 'capacity';
  /** What the weights add up to when they are set anew; as before if absent. */
  readonly weightTotal?: number;
  /** Days on which nothing planned begins, `YYYY-MM-DD` or `MM-DD`. */
  readonly blockedDates: readonly string[];
  /** When people's planned moves and drills begin; at any time if absent. */
  readonly windows?: PlannedWindows;
  /** Undo what was written when a later step fails. */
  readonly isUndone: boolean;
}
