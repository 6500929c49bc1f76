/** Where something was read. Lines count from 1. */
export interface Origin {
  readonly file: string;
  readonly line: number;
  /** `ImagePolicy`, `Application`, `marker`... */
  readonly kind: string;
  readonly name: string;
}

/** `note`: good to know, nothing is lost. `unequal`: was not translated, and a person must look at it. */
export interface Remark extends Origin {
  readonly severity: 'note' | 'unequal';
  readonly text: string;
}

/** A branch of a repository on GitHub; without `github` the files do not say which. */
export interface RepositoryDraft {
  /** `owner/name` */
  readonly github?: string;
  readonly branch?: string;
  /** Of GitHub Enterprise Server. */
  readonly apiUrl?: string;
}

export interface StageDraft {
  readonly name: string;
  /** Glob within the repository. */
  readonly path: string;
  readonly write: 'commit' | 'pull-request';
}

/** `policy` of an image rule, as a fleet file writes it; the fleet's own schema says later whether it is one. */
export type PolicyDraft = Readonly<Record<string, unknown>>;

/** One image that another tool keeps up to date in one repository. */
export interface Draft {
  readonly origin: Origin;
  /** Without tag. */
  readonly image: string;
  readonly policy: PolicyDraft;
  readonly isSuspended: boolean;
  readonly repository: RepositoryDraft;
  readonly stages: readonly StageDraft[];
  /** Files that are known to be written; empty where the other tool finds them by itself. */
  readonly files: readonly string[];
}

/** What was made of a set of files. */
export interface Reading {
  readonly drafts: readonly Draft[];
  readonly remarks: readonly Remark[];
}

/** Drafts of one image, policy and repository. */
export interface RuleDraft extends Draft {
  readonly origins: readonly Origin[];
}
