/** A Log Analytics query that is true where its first row's column `done` is. */
export interface LogCondition {
  readonly kind: 'logs';
  /** The workspace's id: a GUID in lower case. */
  readonly workspace: string;
  /** KQL. */
  readonly query: string;
}

/** A metric of an Azure resource that is true where every series' newest whole minute is within the limits. */
export interface MetricCondition {
  readonly kind: 'metric';
  /** ARM id, lower case. */
  readonly resource: string;
  readonly metric: string;
  readonly aggregation: 'average' | 'total' | 'maximum';
  /** Both ends count. */
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** A question that must turn true before a step of people's counts as done. */
export type StepCondition = LogCondition | MetricCondition;

/** What people do when traffic of an edge moves, as its owner has written it down. */
export interface ManualStepSettings {
  readonly name: string;
  readonly title: string;
  /** Markdown. */
  readonly instruction: string;
  readonly when: 'before' | 'after';
  readonly on: 'drain' | 'restore';
  /** Names of the origins whose traffic it stands by; all if absent. */
  readonly origins?: readonly string[];
  /** Distinct people who say that it is done. */
  readonly approvals: number;
  readonly evidence?: StepCondition;
  readonly timeoutMs: number;
  readonly onTimeout: 'page' | 'continue' | 'cancel';
}
