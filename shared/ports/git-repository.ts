/** A branch's tip. Object ids are 40 lower-case hex digits. */
export interface BranchHead {
  readonly commit: string;
  readonly tree: string;
}

/** One entry of a tree, at any depth. */
export interface TreeEntry {
  /** Repository path with `/`, no leading slash. */
  readonly path: string;
  /** `100644` and `100755` are files, `120000` a symbolic link, `160000` a submodule; trees are not listed. */
  readonly mode: '100644' | '100755' | '120000' | '160000';
  readonly oid: string;
  /** Bytes, where the host tells. */
  readonly size?: number;
}

/** A whole new content for one existing or new file; mode `100644` unless it says otherwise. */
export interface FileChange {
  readonly path: string;
  readonly content: Uint8Array;
  readonly mode: '100644' | '100755';
}

export interface CommitRequest {
  readonly branch: string;
  /** The commit that the changes were computed from. */
  readonly expectedHead: string;
  /** First line, without line break. */
  readonly headline: string;
  /** The rest, Git trailers last; may be empty. */
  readonly body: string;
  /** The App's own name if absent, and only then does GitHub sign. */
  readonly author?: { readonly name: string; readonly email: string };
  /** At least one; paths are distinct. */
  readonly changes: readonly FileChange[];
}

export interface CommitReceipt {
  readonly commit: string;
  /** Page for people, where the host has one. */
  readonly url?: string;
}

export interface CommitSummary {
  readonly commit: string;
  readonly message: string;
}

/** A commit of a branch's history. */
export interface HistoryCommit extends CommitSummary {
  /** What it was made on: the first parent; absent for the first commit. */
  readonly parent?: string;
  /** When it was committed, ISO 8601. */
  readonly at: string;
}

/** How `to` relates to `from`; `commits` are those reachable from `to` only, oldest first, at most 250. */
export interface CommitRange {
  readonly relation: 'identical' | 'ahead' | 'behind' | 'diverged';
  readonly commits: readonly CommitSummary[];
  /** True if there are more commits than were listed. */
  readonly truncated: boolean;
}

/** What somebody (CI, Flux, Argo CD) says of one commit. The newest per `context` counts. */
export interface CommitStatus {
  readonly context: string;
  readonly state: 'pending' | 'success' | 'failure' | 'error';
  readonly description: string;
}

/**
 * A hosted Git repository that a GitOps agent reads, changed without a clone.
 *
 * Common errors: NotFoundError (repository, branch or object missing or hidden), RateLimitedError, UpstreamError
 * (`status` 0: no answer, the outcome of a write is unknown).
 */
export interface GitRepository {
  head(branch: string): Promise<BranchHead>;
  /** The tree of a commit. */
  treeOf(commit: string): Promise<string>;
  /** Every file, link and submodule of a tree, in byte order of the path. */
  listTree(tree: string): Promise<readonly TreeEntry[]>;
  /**
   * Contents by object id; every id asked for is in the answer.
   * @param commit - one that holds most of them, and little else: a host may then send all of it at once.
   */
  readBlobs(oids: readonly string[], commit?: string): Promise<ReadonlyMap<string, Uint8Array>>;
  /**
   * Makes one commit, or none.
   * @throws StaleHeadError if the branch is not at `expectedHead`; nothing was written.
   * @throws WriteRefusedError if a rule of the host forbids it.
   */
  commit(request: CommitRequest): Promise<CommitReceipt>;
  range(from: string, to: string): Promise<CommitRange>;
  /** The newest 100 commits that are reachable from a commit, itself included, newest first. */
  history(commit: string): Promise<readonly HistoryCommit[]>;
  statuses(commit: string): Promise<readonly CommitStatus[]>;
}
