/** A Log Analytics query that is true where its first row's column `done` is. */
export interface StepCondition {
  /** The workspace's id: a GUID in lower case. */
  readonly workspace: string;
  /** KQL. */
  readonly query: string;
}

/** What people do when traffic of an edge moves, as its owner has written it down. */
export interface ManualStepSettings {
  /** Of one edge, each is another. */
  readonly name: string;
  readonly title: string;
  /** Markdown. */
  readonly instruction: string;
  readonly when: 'before' | 'after';
  readonly on: 'drain' | 'restore';
  /** Names of the origins whose traffic it stands by; all if absent. */
  readonly origins?: readonly string[];
  /** Distinct people who say that it is done; 0: the evidence alone tells. */
  readonly approvals: number;
  readonly evidence?: StepCondition;
  readonly timeoutMs: number;
  readonly onTimeout: 'pause' | 'continue' | 'cancel';
}
