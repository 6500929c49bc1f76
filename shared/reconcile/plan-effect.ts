/**
 * What tells whether the edge has a move: requests at what was moved, what the survivors answer, who answers the public
 * host. DNS answers stand for requests where the edge sees none: they tell whom it names, and nothing of what those who were
 * named answer.
 */
export type EffectMeasure = 'requests' | 'dns-answers' | 'errors' | 'latency' | 'public-host';

/** What was measured when it was found out; what was not measured is not there. */
export interface EffectNumbers {
  /** Parts of the requests by name of the origin, 0 to 1. */
  readonly shares?: Readonly<Record<string, number>>;
  /** Parts of the DNS answers, likewise: whoever got one sends requests by it until it expires. */
  readonly dnsShares?: Readonly<Record<string, number>>;
  /** Share of failed requests of the whole edge, 0 to 1. */
  readonly errorRate?: number;
  /** How long the slowest of those that serve takes to answer, in milliseconds. */
  readonly latencyMs?: number;
}

/**
 * What the data plane shows of a plan that is done. `waiting`: it may not have it yet. `unknown`: nothing tells.
 * `overtaken`: another plan has begun, and what is measured is of both.
 */
export interface PlanEffect {
  readonly state: 'waiting' | 'effective' | 'not-effective' | 'unknown' | 'overtaken';
  /** Until when it may take, while it is waited for; ISO 8601. */
  readonly until?: string;
  /** When it was found out, ISO 8601. */
  readonly at?: string;
  /** What was measured that tells; absent where nothing was found out. */
  readonly by?: readonly EffectMeasure[];
  readonly numbers?: EffectNumbers;
}
