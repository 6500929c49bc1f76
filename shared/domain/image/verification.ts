/** Statuses on our commit, or on a later one that still holds our value, from every cluster of the stage. */
export interface CommitStatusCheck {
  readonly kind: 'commitStatus';
  /** Globs over contexts; with `{cluster}` one for each cluster. Empty: those of Flux and Argo CD. */
  readonly contexts: readonly string[];
  readonly timeoutMs: number;
}

/** Check runs on our commit, or on a later one that still holds our value. */
export interface CheckRunCheck {
  readonly kind: 'checkRun';
  /** Globs over names, at least one; with `{cluster}` one for each cluster. */
  readonly names: readonly string[];
  /** Slug of the App whose check runs are heard; anybody's if absent. */
  readonly app?: string;
  readonly timeoutMs: number;
}

/** A workflow of the GitOps repository, dispatched once for a version in a stage, whose run must succeed. */
export interface WorkflowCheck {
  readonly kind: 'workflow';
  /** File name below `.github/workflows`. */
  readonly file: string;
  /** Branch or tag whose version of the file runs; the GitOps branch if absent. */
  readonly ref?: string;
  /** Inputs beside those that tell it of the version. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/** A request that must be answered as it should, again and again. */
export interface HttpCheck {
  readonly kind: 'http';
  readonly url: string;
  readonly status: number;
  /** Answers in a row that make it a failure. */
  readonly failures: number;
  readonly timeoutMs: number;
}

/** A metric of an Azure resource that must stay within a limit. */
export interface MetricCheck {
  readonly kind: 'metric';
  /** ARM id. */
  readonly resourceId: string;
  readonly metric: string;
  readonly aggregation: 'average' | 'total' | 'maximum';
  /** How far back it is looked at, in minutes. */
  readonly minutes: number;
  /** Minutes with data that are needed for any answer but inconclusive. */
  readonly minData: number;
  /** Largest and smallest value that pass, over all those minutes: the mean, of totals the sum, of maxima the largest. */
  readonly max?: number;
  readonly min?: number;
  readonly timeoutMs: number;
}

/** A Log Analytics query whose rows must stay within a limit. */
export interface LogsCheck {
  readonly kind: 'logs';
  /** The workspace's id: a GUID in lower case. */
  readonly workspace: string;
  /** KQL: rows with `value`, and `samples`, how many records it is made of. */
  readonly query: string;
  /** How far back it is looked at, in minutes, and never beyond when the version came. */
  readonly minutes: number;
  /** Samples that each row needs for any answer but inconclusive. */
  readonly minData: number;
  /** Largest and smallest value that pass. */
  readonly max?: number;
  readonly min?: number;
  readonly timeoutMs: number;
}

/** What proves that a stage took a version well. `timeoutMs`: after that long without an answer it is inconclusive. */
export type Verification = CommitStatusCheck | CheckRunCheck | WorkflowCheck | HttpCheck | MetricCheck | LogsCheck;
