import type { WorkflowRun } from '../domain/image/workflow-dispatch.ts';

export interface WorkflowRequest {
  /** File name below `.github/workflows`. */
  readonly workflow: string;
  /** Branch or tag whose version of the file runs. */
  readonly ref: string;
  readonly inputs: Readonly<Record<string, string>>;
}

export interface DispatchedRuns {
  /** Newest first, at most 100. */
  readonly runs: readonly WorkflowRun[];
  /** True if there are no others. */
  readonly isWhole: boolean;
}

/**
 * Workflows of one repository that run when they are told to.
 *
 * Common errors: NotFoundError (repository, workflow or run missing or hidden), RateLimitedError, UpstreamError (`status` 0
 * 408 or from 500: whether a dispatch was taken is unknown; any other: it was not).
 */
export interface Workflows {
  /**
   * Starts one run, once: nothing here tries again.
   * @returns the run's id, where the host tells it.
   * @throws WriteRefusedError: the host did not take it, for a reason that a retry cannot change.
   */
  dispatch(request: WorkflowRequest): Promise<{ readonly run?: number }>;
  /** One run, its newest attempt. */
  run(id: number): Promise<WorkflowRun>;
  /** The newest runs of a workflow that were dispatched. */
  dispatched(workflow: string): Promise<DispatchedRuns>;
}
