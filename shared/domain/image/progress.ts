import { sha256 } from '../digest.ts';
import { placementSubject } from './placement.ts';

/** An image's version in one stage. */
export interface Version {
  readonly tag: string;
  readonly digest: string;
}

/** What the head of the branch says that a stage runs. */
export interface Running extends Version {
  /** The commit that put it there, where we wrote it; else the head at which it was first seen. */
  readonly commit: string;
  /** The head that our commit was made on: what stood there before. */
  readonly before?: string;
  /** When it was first seen there, ISO 8601. */
  readonly at: string;
  /** Somebody else wrote it. */
  readonly isForeign: boolean;
  /** We went back to it: if it fails as well, the next one back is a person's choice. */
  readonly isRollback: boolean;
  /** Heads that held it, oldest first, newest eight: what others say of one of them is said of it. */
  readonly heads: readonly string[];
}

/** `pending`: nothing is known yet. `inconclusive`: nothing was known in time; it is asked again, and nothing follows. */
export type VerdictOutcome = 'pending' | 'pass' | 'fail' | 'inconclusive';

/** What one verification said last. */
export interface CheckResult {
  /** Its place in the stage's list and its kind: `0:commitStatus`. */
  readonly check: string;
  readonly outcome: VerdictOutcome;
  readonly reason: string;
  /** When it was asked last, ISO 8601. */
  readonly at: string;
  /** Wrong answers in a row. */
  readonly wrong?: number;
  /** What was started outside for it, and is recorded. */
  readonly started?: string;
}

/** What all verifications of a stage say together of what it runs. */
export interface Verdict {
  readonly outcome: VerdictOutcome;
  readonly reason: string;
  /** Since when it is so, ISO 8601. */
  readonly at: string;
  readonly checks: readonly CheckResult[];
}

/** A version that has passed in a stage. */
export interface GoodVersion extends Version {
  /** When it passed, ISO 8601. */
  readonly at: string;
}

export type HoldCause = 'verification' | 'revert' | 'person' | 'closed-pull-request';

/** A digest that is not to be written to a stage, nor promoted from it. */
export interface HeldVersion extends Version {
  readonly cause: HoldCause;
  /** ISO 8601. */
  readonly at: string;
  /** What happened, for people. */
  readonly reason: string;
  /** Of ours, that put it there; of a revert. */
  readonly commit?: string;
}

/**
 * The row of one image in one stage, in the partition of its branch. Whoever changes it loads the target, and saves
 * it as one of a transition's `facts`: the branch's head guards it.
 */
export interface StageProgress {
  readonly schema: 1;
  readonly image: string;
  readonly stage: string;
  /** Absent while the head shows no version, or several: see `unsettled`. */
  readonly current?: Running;
  /** Why there is no `current`: `no-place`, `mixed`, `unknown-digest`. */
  readonly unsettled?: string;
  readonly verdict: Verdict;
  /** Since when `current` has passed, ISO 8601: the soak counts from there. */
  readonly since?: string;
  /** What ran before `current`, and what was known of it then. */
  readonly previous?: Running & { readonly outcome: VerdictOutcome };
  /** Newest first; see `MAX_GOOD`. */
  readonly good: readonly GoodVersion[];
  readonly held: readonly HeldVersion[];
  /** Holds that somebody has let go of: what has failed here may come once more. */
  readonly released: readonly { readonly digest: string; readonly at: string }[];
  /** Versions that were replaced before their soak was over since one last got through, and since when, ISO 8601. */
  readonly starved?: { readonly count: number; readonly since: string };
  /** When the row was written last, ISO 8601. */
  readonly at: string;
}

/** Versions that are kept for rollbacks. */
export const MAX_GOOD = 10;
const MAX_HELD = 50;
const MAX_RELEASED = 10;
const PREFIX = 'stage|';
/** Longest key that a row store takes; a longer one ends with its digest. */
const MAX_KEY = 200;
const READABLE = 130;

/** Keys of all rows of progress in a partition start with this. */
export const PROGRESS_ROWS = PREFIX;

/** Row key of an image in a stage. */
export function progressKey(place: { readonly image: string; readonly stage: string }): string {
  const key = `${PREFIX}${placementSubject(place)}`;
  return key.length <= MAX_KEY ? key : `${key.slice(0, READABLE)}|${sha256(key)}`;
}

/** What is known of an image in a stage that nobody has looked at. */
export function newProgress({ image, stage }: Pick<StageProgress, 'image' | 'stage'>, now: string): StageProgress {
  return { schema: 1, image, stage, verdict: unverified(now), good: [], held: [], released: [], at: now };
}

/** The hold that keeps a digest out of a stage, if there is one. */
export function holdOn({ held }: Pick<StageProgress, 'held'>, digest: string): HeldVersion | undefined {
  return held.find((one) => one.digest === digest);
}

/** The row with one more digest held; one that is held already keeps its first cause. */
export function withHold<R extends Pick<StageProgress, 'held'>>(row: R, held: HeldVersion): R {
  return holdOn(row, held.digest) === undefined ? { ...row, held: [...row.held, held].slice(-MAX_HELD) } : row;
}

/** The row without the hold on a digest: it may be promoted to the stage once more. @param now - ISO 8601. */
export function withoutHold(row: StageProgress, digest: string, now: string): StageProgress {
  if (holdOn(row, digest) === undefined) {
    return row;
  }
  const released = [...row.released.filter((one) => one.digest !== digest), { digest, at: now }];
  return { ...row, held: row.held.filter((one) => one.digest !== digest), released: released.slice(-MAX_RELEASED) };
}

/** The row after a version has passed: the newest of the good ones. */
export function withGood(row: StageProgress, good: GoodVersion): StageProgress {
  const others = row.good.filter(({ digest }) => digest !== good.digest);
  return { ...row, good: [good, ...others].slice(0, MAX_GOOD) };
}

/** The verdict on something of which nothing is known yet. */
export function unverified(now: string): Verdict {
  return { outcome: 'pending', reason: 'not-verified-yet', at: now, checks: [] };
}
