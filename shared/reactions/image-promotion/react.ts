import type { CheckResult, StageProgress } from '../../domain/image/progress.ts';
import type { Verification } from '../../domain/image/verification.ts';
import { ReflexError } from '../../errors.ts';
import type { FleetStage } from '../../fleet/model.ts';
import type { Clock } from '../../ports/clock.ts';
import type { GitRepository } from '../../ports/git-repository.ts';
import type { StageVerifier, VerificationAnswer } from '../../ports/stage-verifier.ts';

export interface Asking {
  readonly clock: Clock;
  readonly verifiers: readonly StageVerifier[];
  readonly repository: GitRepository;
  /** How many clusters read the branch. */
  readonly readers: number;
}

/** Later heads that are asked about beside our own commit: agents report the head, and the one before while it moves. */
const NEWEST_HEADS = 2;

/**
 * Asks every verification of a stage about what runs there. Who cannot be asked has said nothing: the version is as far
 * as it was.
 */
export async function askAll(
  { current, verdict }: StageProgress,
  { verify = [], clusters = [] }: FleetStage,
  { clock, verifiers, repository, readers }: Asking,
): Promise<readonly CheckResult[]> {
  const { commit = '', heads = [] } = current ?? {};
  const commits = [...new Set([commit, ...heads.slice(-NEWEST_HEADS)])];
  return await Promise.all(
    verify.map(async (check, index): Promise<CheckResult> => {
      const name = `${index}:${check.kind}`;
      const wrong = verdict.checks.find((one) => one.check === name)?.wrong ?? 0;
      const verifier = verifiers.find(({ kind }) => kind === check.kind);
      const answer = await ask(verifier, check, { repository, commits, clusters, readers, wrong });
      return { check: name, ...answer, at: clock.now().toISOString() };
    }),
  );
}

async function ask(
  verifier: StageVerifier | undefined,
  check: Verification,
  stage: Parameters<StageVerifier['verify']>[1],
): Promise<VerificationAnswer> {
  const unknown = (reason: string): VerificationAnswer => ({ outcome: 'pending', reason, wrong: stage.wrong });
  if (verifier === undefined) {
    return unknown('nobody-to-ask');
  }
  try {
    return await verifier.verify(check, stage);
  } catch (error) {
    if (error instanceof ReflexError) {
      return unknown(`not-asked: ${error.code}`);
    }
    throw error;
  }
}
