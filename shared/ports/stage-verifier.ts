import type { Verification } from '../domain/image/verification.ts';
import type { VerdictOutcome } from '../domain/image/progress.ts';
import type { GitRepository } from './git-repository.ts';
import type { HostedRepository } from './hosted-repository.ts';

/** What runs in a stage, as far as a verification needs to know it. */
export interface VerifiedStage {
  /** Without tag and digest. */
  readonly image: string;
  readonly stage: string;
  readonly tag: string;
  readonly digest: string;
  /** The branch that holds the version. */
  readonly repository: GitRepository;
  readonly host: HostedRepository;
  readonly branch: string;
  /** True once the rows say since when the version is there: from then on every process has the same `since`. */
  readonly isRecorded: boolean;
  /** False in mode `observe`: nothing is started for it. */
  readonly mayAct: boolean;
  /** Commits that hold the version: ours first, then later heads, oldest first. */
  readonly commits: readonly string[];
  /** Since when it is there, ISO 8601: what was measured before says nothing of it. */
  readonly since: string;
  /** Names of the stage's clusters. */
  readonly clusters: readonly string[];
  /** How many clusters read the branch, those of other stages included. */
  readonly readers: number;
  /** Wrong answers in a row so far. */
  readonly wrong: number;
}

/** `pending`: nothing can be said yet. */
export interface VerificationAnswer {
  readonly outcome: VerdictOutcome;
  /** For people: what was seen. */
  readonly reason: string;
  readonly wrong?: number;
  /** What was started outside for it: the same text at each look, so that it is recorded once. */
  readonly started?: string;
}

/** One way to find out whether a stage took a version well. */
export interface StageVerifier<Check extends Verification = Verification> {
  readonly kind: Check['kind'];
  /**
   * Asks once; bounded in time.
   * @throws ReflexError if nobody can be asked now: that says nothing about the version.
   */
  verify(check: Check, stage: VerifiedStage): Promise<VerificationAnswer>;
}
