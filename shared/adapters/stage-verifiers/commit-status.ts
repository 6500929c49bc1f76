import { judgeStatuses } from '../../domain/image/commit-statuses.ts';
import type { CommitStatusCheck } from '../../domain/image/verification.ts';
import type { StageVerifier, VerificationAnswer, VerifiedStage } from '../../ports/stage-verifier.ts';

/** Reads what Flux, Argo CD or CI have posted to the commits that hold a version. */
export class CommitStatusVerifier implements StageVerifier<CommitStatusCheck> {
  readonly kind = 'commitStatus';

  async verify(
    { contexts }: CommitStatusCheck,
    { repository, commits, clusters, readers }: VerifiedStage,
  ): Promise<VerificationAnswer> {
    const statuses = await Promise.all(commits.map((commit) => repository.statuses(commit)));
    return judgeStatuses(statuses, { contexts, clusters, readers });
  }
}
