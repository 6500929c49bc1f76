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
  /** The public host's answer came from there. */
  readonly isAnswering?: true;
  /**
   * What an alert was made of, by the name of the source that measures the same: `edge-health`. Whoever sees the same
   * thing from the same place is one source for a quorum, however many rules there are.
   */
  readonly sees?: string;
  /** Name of the alert's rule. */
  readonly rule?: string;
  /** An alert that enough newer good votes had outvoted before it came. */
  readonly isOutvoted?: true;
}

/** Stands for every alert in a list of sources. */
const ALL_ALERTS = 'alerts';

/**
 * True if a vote's source is one of those that count, in any letters: by its own name; an alert by what it sees, by its
 * rule, or by `alerts`. Pure.
 * @param sources - absent: all count.
 */
export function isCounted(
  { source, sees, rule }: Pick<Vote, 'source' | 'sees' | 'rule'>,
  sources: readonly string[] | undefined,
): boolean {
  if (sources === undefined) {
    return true;
  }
  const names = source.startsWith(ALERT_SOURCE) ? [ALL_ALERTS, sees, rule] : [source];
  const counted = new Set(sources.map((name) => name.toLowerCase()));
  return names.some((name) => name !== undefined && counted.has(name.toLowerCase()));
}

/** The votes that count now, by what they see. */
export interface Count {
  /** Things of which somebody says that they are bad. */
  readonly bad: number;
  /** Things of which everybody says that they are well. */
  readonly good: number;
  readonly hasOutsideBad: boolean;
  /** When the oldest of the bad ones was taken; absent without one. */
  readonly badSince?: number;
}

/**
 * One vote a source: the newest that has not expired; of two at the same instant the bad one. Sources that see the same
 * count as one, which is bad while any of them says so. Pure; the order of the votes does not matter. No vote is no
 * data: neither good nor bad.
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
  const bad = counted.filter(({ isBad }) => isBad);
  const badThings = new Set(bad.map(thingOf));
  const goodThings = new Set(counted.map(thingOf).filter((thing) => !badThings.has(thing)));
  return {
    bad: badThings.size,
    good: goodThings.size,
    hasOutsideBad: bad.some(({ isOutside }) => isOutside),
    ...(bad.length === 0 ? {} : { badSince: Math.min(...bad.map(({ at }) => at)) }),
  };
}

function thingOf({ source, sees }: Vote): string {
  return sees ?? source;
}
