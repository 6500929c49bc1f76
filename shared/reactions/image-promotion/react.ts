import type { CheckResult, StageProgress } from '../../domain/image/progress.ts';
import type { Verification } from '../../domain/image/verification.ts';
import { RateLimitedError, ReflexError } from '../../errors.ts';
import type { FleetStage } from '../../fleet/model.ts';
import type { Clock } from '../../ports/clock.ts';
import type { GitRepository } from '../../ports/git-repository.ts';
import type { HostedRepository } from '../../ports/hosted-repository.ts';
import type { StageVerifier, VerificationAnswer, VerifiedStage } from '../../ports/stage-verifier.ts';

export interface Asking {
  readonly clock: Clock;
  readonly verifiers: readonly StageVerifier[];
  readonly repository: GitRepository;
  readonly host: HostedRepository & { readonly branch: string };
  /** False in mode `observe`. */
  readonly mayAct: boolean;
  /** How many clusters read the branch. */
  readonly readers: number;
}

/** Later heads that are asked about beside our own commit: agents report the head, and the one before while it moves. */
const NEWEST_HEADS = 2;

/**
 * Asks the verifications of a stage about what runs there, in their order: one is asked when all before it have passed,
 * so that a probe does not praise the version that is still being replaced. Who cannot be asked has said nothing.
 *
 * @param isRecorded - true if an earlier look has written down what runs there.
 */
export async function askAll(
  { image, stage, current, verdict }: StageProgress,
  { verify = [], clusters = [] }: FleetStage,
  { clock, verifiers, repository, host, mayAct, readers }: Asking,
  isRecorded: boolean,
): Promise<readonly CheckResult[]> {
  const { commit = '', heads = [], at: since = '', tag = '', digest = '' } = current ?? {};
  const commits = [...new Set([commit, ...heads.slice(-NEWEST_HEADS)])];
  const place = { image, stage, repository, host, branch: host.branch, clusters, readers, mayAct };
  const about = { ...place, tag, digest, commits, since, isRecorded };
  const results: CheckResult[] = [];
  for (const [index, check] of verify.entries()) {
    const name = `${index}:${check.kind}`;
    const { wrong = 0, started } = verdict.checks.find((one) => one.check === name) ?? {};
    const earlier = results.find(({ outcome }) => outcome !== 'pass');
    const verifier = verifiers.find(({ kind }) => kind === check.kind);
    const answer: VerificationAnswer =
      earlier === undefined
        ? await ask(verifier, check, { ...about, wrong })
        : { outcome: 'pending', reason: `waits-for: ${earlier.check}`, wrong };
    results.push({
      check: name,
      ...(started === undefined ? {} : { started }),
      ...answer,
      at: clock.now().toISOString(),
    });
  }
  return results;
}

async function ask(
  verifier: StageVerifier | undefined,
  check: Verification,
  stage: VerifiedStage,
): Promise<VerificationAnswer> {
  const unknown = (reason: string): VerificationAnswer => ({ outcome: 'pending', reason, wrong: stage.wrong });
  if (verifier === undefined) {
    return unknown('nobody-to-ask');
  }
  try {
    return await verifier.verify(check, stage);
  } catch (error) {
    if (error instanceof ReflexError) {
      // A wait is another one at each look, and the row is not to be written for that.
      const why = error instanceof RateLimitedError ? '' : `: ${error.message}`;
      return unknown(`not-asked: ${error.code}${why}`);
    }
    throw error;
  }
}
