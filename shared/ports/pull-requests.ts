import type { CommitReceipt, FileChange } from './git-repository.ts';

/** A pull request of one head branch into one base branch. */
export interface PullRequest {
  readonly number: number;
  readonly state: 'open' | 'closed' | 'merged';
  readonly title: string;
  /** Markdown; empty if there is none. */
  readonly body: string;
  /** Page for people, where the host has one. */
  readonly url?: string;
  /** ISO 8601; absent while it is open. */
  readonly closedAt?: string;
  /** The commit by which it came onto its base; of merged ones. */
  readonly mergedAs?: string;
}

/** The newest commit of a head branch. */
export interface BranchTip {
  readonly commit: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
}

/** A head branch as it is to be: one commit on top of `base`. */
export interface TipRequest {
  readonly branch: string;
  /** Commit of the base branch that the changes were computed from. */
  readonly base: string;
  /** Where the branch is now; absent: it must not exist. */
  readonly expected?: string;
  /** First line, without line break. */
  readonly headline: string;
  /** The rest; the trailer `Reflex-Tree: TREE` is put after it, by which a tip shows that nobody has changed it. */
  readonly body: string;
  /** The App's own name if absent, and only then does GitHub sign. */
  readonly author?: { readonly name: string; readonly email: string };
  /** At least one; paths are distinct. */
  readonly changes: readonly FileChange[];
}

export interface NewPullRequest {
  readonly head: string;
  readonly base: string;
  readonly title: string;
  readonly body: string;
}

/** What a pull request gets once, beside its text. */
export interface Dressing {
  readonly labels: readonly string[];
  /** Logins. */
  readonly reviewers: readonly string[];
  /** Slugs of teams of the repository's owner. */
  readonly teamReviewers: readonly string[];
  readonly autoMerge?: 'merge' | 'squash' | 'rebase';
}

/**
 * Pull requests of a hosted Git repository.
 *
 * Common errors: NotFoundError, RateLimitedError, UpstreamError (`status` 0: no answer, the outcome of a write is
 * unknown), WriteRefusedError (a rule of the host, a missing permission, a reviewer who cannot review).
 */
export interface PullRequests {
  /** Newest first, at most 100, in any state. */
  list(branches: { readonly head: string; readonly base: string }): Promise<readonly PullRequest[]>;
  /** Undefined if there is no such branch. */
  tip(branch: string): Promise<BranchTip | undefined>;
  /**
   * Puts a head branch at one new commit, whatever stood there: the compare-and-swap is on `expected`.
   * @throws StaleHeadError if the branch is elsewhere; nothing was moved.
   */
  putTip(request: TipRequest): Promise<CommitReceipt>;
  /** Opens one, or finds the one that is open already and leaves its text alone. */
  open(request: NewPullRequest): Promise<PullRequest>;
  /** @returns how it stands afterwards: somebody may have closed or merged it in the meantime. */
  update(
    number: number,
    change: { readonly title?: string; readonly body?: string; readonly state?: 'closed' },
  ): Promise<PullRequest>;
  /** Adds labels, asks for reviews, switches auto-merge on. Again is the same. */
  dress(number: number, dressing: Dressing): Promise<void>;
}

/** The trailer that `putTip` puts last. */
export function treeTrailer(tree: string): string {
  return `Reflex-Tree: ${tree}`;
}
