/** Prefix of the sources that are alerts: they hold until they are resolved. */
export const ALERT_SOURCE = 'alert:';

/** What one source says about one region. Times are milliseconds since 1970. */
export interface Vote {
  /** `afd-probe`, `synthetic`, an alert rule: sources that see the same thing count as one. */
  readonly source: string;
  readonly isBad: boolean;
  /** When it was taken, by the source's clock. */
  readonly at: number;
  /** From then on it says nothing any more. */
  readonly expires: number;
  /** True if it was taken outside of the region that it speaks of. */
  readonly isOutside: boolean;
  /** True if it is bad for being slow alone. */
  readonly isSlow?: boolean;
}

/** The votes that count now. */
export interface Count {
  readonly bad: number;
  readonly good: number;
  readonly hasOutsideBad: boolean;
  /** When the oldest of the bad ones was taken; absent without one. */
  readonly badSince?: number;
}

/**
 * One vote a source: the newest that has not expired; of two at the same instant the bad one. Pure; the order of the
 * votes does not matter. No vote is no data: neither good nor bad.
 */
export function countVotes(votes: readonly Vote[], now: number): Count {
  const newest = new Map<string, Vote>();
  for (const vote of votes) {
    const held = newest.get(vote.source);
    const isNewer = held === undefined || vote.at > held.at || (vote.at === held.at && vote.isBad);
    if (vote.expires > now && vote.at <= now && isNewer) {
      newest.set(vote.source, vote);
    }
  }
  const counted = [...newest.values()];
  const [bad, good] = [counted.filter(({ isBad }) => isBad), counted.filter(({ isBad }) => !isBad)];
  return {
    bad: bad.length,
    good: good.length,
    hasOutsideBad: bad.some(({ isOutside }) => isOutside),
    ...(bad.length === 0 ? {} : { badSince: Math.min(...bad.map(({ at }) => at)) }),
  };
}
