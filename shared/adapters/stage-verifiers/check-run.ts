import { statusesOfRuns } from '../../domain/image/check-runs.ts';
import { judgeStatuses } from '../../domain/image/commit-statuses.ts';
import type { CheckRunCheck } from '../../domain/image/verification.ts';
import type { CheckRuns } from '../../ports/check-runs.ts';
import type { HostedRepository } from '../../ports/hosted-repository.ts';
import type { StageVerifier, VerificationAnswer, VerifiedStage } from '../../ports/stage-verifier.ts';

/** Reads the check runs on the commits that hold a version. */
export class CheckRunVerifier implements StageVerifier<CheckRunCheck> {
  readonly kind = 'checkRun';
  readonly #open: (host: HostedRepository) => Promise<CheckRuns>;

  /** @param open - opens the check runs of a repository, with the right to read them. */
  constructor(open: (host: HostedRepository) => Promise<CheckRuns>) {
    this.#open = open;
  }

  async verify(
    { names, app }: CheckRunCheck,
    { host, commits, clusters, readers }: VerifiedStage,
  ): Promise<VerificationAnswer> {
    const checks = await this.#open(host);
    const runs = await Promise.all(commits.map((commit) => checks.list(commit)));
    const statuses = runs.map((one) => statusesOfRuns(one, app));
    return judgeStatuses(statuses, { contexts: names, clusters, readers });
  }
}
