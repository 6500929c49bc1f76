import type { CheckResult, StageProgress, Version } from '../../domain/image/progress.ts';
import type { FleetStage } from '../../fleet/model.ts';

/** What the head shows at the places of an image in a stage: one version, or why none can be told. */
export type Standing = Version | { readonly unsettled: 'no-place' | 'mixed' | 'unknown-digest' };

/** A write of ours that put a version into a stage. */
export interface Written {
  readonly commit: string;
  /** The head that it was made on. */
  readonly before: string;
  /** When it took effect, ISO 8601. */
  readonly at: string;
  readonly isRollback: boolean;
}

/** What is known of an image in one stage. */
export interface StageFacts {
  readonly stage: FleetStage;
  readonly row: StageProgress;
  /** Absent: it could not be told this time, and nothing changes. */
  readonly standing?: Standing;
  /** The newest write of ours of what stands there, if there was one. */
  readonly written?: Written;
  /** What the verifications said just now; absent: nobody was asked. */
  readonly results?: readonly CheckResult[];
}
