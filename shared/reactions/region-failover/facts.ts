import type { EdgeEvidence } from '../../domain/traffic/evidence.ts';
import type { Measurement } from '../../domain/traffic/judge.ts';
import { originsCalled } from '../../domain/traffic/named-origins.ts';
import type { Origin } from '../../domain/traffic/origin.ts';
import type { EdgePolicy } from '../../domain/traffic/policy.ts';

/** What is read before a decision. Times are milliseconds since 1970. */
export interface FailoverFacts {
  readonly policy: EdgePolicy;
  readonly origins: readonly Origin[];
  /** The newest measurements, by origin name. */
  readonly measured: Readonly<Record<string, Measurement>>;
  readonly evidence: EdgeEvidence;
  /** Names of origins that our own intents hold out. */
  readonly heldOut: readonly string[];
  /** Those of them that a plan is letting in step by step, and that serve already. */
  readonly returning?: readonly string[];
  /** Names of origins that our own intents want out and a rule, people or a control plane keep in for now. */
  readonly keptIn?: readonly string[];
  /** Names of origins whose weight our own intents lower because they are slow. */
  readonly slowed?: readonly string[];
  /** Names of origins that a person has pinned. */
  readonly pinned: readonly string[];
  /** The edge cannot be acted on, whatever is said of it: the reason, and people hear of it. */
  readonly unusable?: { readonly decision: 'refuse' | 'escalate'; readonly reason: string };
  /** The region that this cell runs in, where others run elsewhere: it has no say about its own. */
  readonly ownRegion?: string;
  /** The plan that is under way, by what it does to which origins. */
  readonly moving?: { readonly from: readonly string[]; readonly isPlanned: boolean };
  readonly now: number;
}

/** What a report leads to. `reason` is one of docs/failover.md. */
export interface Verdict {
  readonly decision:
    'drain' | 'slow' | 'release' | 'undo' | 'hold' | 'ignore' | 'failstatic' | 'noop' | 'refuse' | 'escalate';
  readonly reason: string;
  readonly page: boolean;
  /** Origin names. */
  readonly origins: readonly string[];
  /** What a person needs to mend it: for the record. It may quote the sender. */
  readonly detail?: string;
}

/** The evidence afterwards, what to do about it, and when to look again although nobody says anything. */
export interface Decision {
  readonly evidence: EdgeEvidence;
  readonly verdicts: readonly Verdict[];
  readonly lookInMs?: number;
}

/** A verdict that people need not hear of. Pure. */
export function ending(decision: Verdict['decision'], reason: string, origins: readonly string[]): Verdict {
  return { decision, reason, page: false, origins };
}

/** A verdict that people are called about. Pure. */
export function paged(decision: Verdict['decision'], reason: string, origins: readonly string[]): Verdict {
  return { decision, reason, page: true, origins };
}

/** True if an origin is meant by a name of it or of its region, however that is written. Pure. */
export function isOf(origin: Pick<Origin, 'name' | 'region'>, asked: string): boolean {
  const { name, region } = origin;
  return originsCalled([{ name, region }], asked).length > 0;
}

/** The name of an origin. Pure. */
export function nameOf({ name }: Origin): string {
  return name;
}

/** True if what would be done about a slow region is done already. Pure. */
export function isSlowedAlready(
  name: string,
  { isSlow }: { readonly isSlow: boolean },
  { slowed = [], policy }: FailoverFacts,
): boolean {
  return isSlow && slowed.includes(name) && policy.evidence.latencyAction === 'halve';
}
