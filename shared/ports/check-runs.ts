import type { CheckRun } from '../domain/image/check-runs.ts';

/**
 * Check runs that Apps have posted to commits of one repository.
 *
 * Common errors: NotFoundError (repository or commit missing or hidden), RateLimitedError, UpstreamError (403 or 422:
 * the right to read them was not granted).
 */
export interface CheckRuns {
  /**
   * The newest attempt of every check run of a commit.
   * @throws UpstreamError if there are more than can be listed: a failure might be among the rest.
   */
  list(commit: string): Promise<readonly CheckRun[]>;
}
