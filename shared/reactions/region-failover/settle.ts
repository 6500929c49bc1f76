import type { EdgeEvidence } from '../../domain/traffic/evidence.ts';
import type { Origin } from '../../domain/traffic/origin.ts';
import type { FailoverFacts } from './facts.ts';

/** What is known of the bad regions as a whole. */
export interface Settled {
  readonly evidence: EdgeEvidence;
  /** Regions that may be acted on now. */
  readonly bad: readonly string[];
  readonly leftMs?: number;
  readonly isOver: boolean;
  readonly isCorrelated: boolean;
}

/** Bad regions are looked at as a whole: when too many are bad at once, it is the monitor that is suspect. */
export function settle(
  evidence: EdgeEvidence,
  bad: readonly string[],
  { policy, origins, now, heldOut }: FailoverFacts,
): Settled {
  const { settleMs } = policy.evidence;
  const { settleUntil, settled = [], ...rest } = evidence;
  if (bad.length === 0) {
    return { evidence: rest, bad, isOver: false, isCorrelated: false };
  }
  // Whoever was waited for and is still bad is not waited for again: pinned, cooling down, or one of too many.
  const isNew = settleUntil !== undefined || bad.some((name) => !settled.includes(name));
  const until = settleUntil ?? (isNew ? now + settleMs : now);
  if (until > now) {
    return {
      evidence: { ...rest, settled, settleUntil: until },
      bad: [],
      leftMs: until - now,
      isOver: false,
      isCorrelated: false,
    };
  }
  const out = new Set([...bad, ...heldOut]);
  const isWhole = settleMs > 0 && bad.length > 1;
  const isTooMany = out.size / origins.length > Math.min(policy.safety.maxDrainFraction, allButOne(origins));
  // All of them at once are so whether they were waited for or not: one source may speak for the whole edge.
  const isEverywhere = bad.length > 1 && bad.length === origins.length;
  const isCorrelated = (isWhole && isTooMany) || isEverywhere;
  const known = settleMs > 0 ? { ...rest, settled: bad } : rest;
  return { evidence: known, bad, isOver: settleUntil !== undefined, isCorrelated };
}

/** All of them bad is never a matter of regions. */
function allButOne(origins: readonly Origin[]): number {
  return (origins.length - 1) / origins.length;
}
