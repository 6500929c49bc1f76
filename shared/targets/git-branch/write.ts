import { matchesGlob } from '../../domain/glob.ts';
import type { CommitSettings } from '../../domain/image/writing-settings.ts';
import { ForbiddenPathError, ReflexError, StaleHeadError } from '../../errors.ts';
import type { Intent } from '../../intents/intent.ts';
import type { GitRepository } from '../../ports/git-repository.ts';
import type { Sending, Settlement, WriteResult } from '../../reconcile/target-kind.ts';
import { whyNotWritable } from './forbidden.ts';
import { commitText, planTrailers } from './message.ts';
import type { BranchChange } from './change.ts';

export interface BranchWriter {
  readonly repository: GitRepository;
  readonly branch: string;
  readonly fleetFiles: readonly string[];
  readonly recordLink: (planId: string) => string;
  readonly commits?: CommitSettings;
}

/**
 * Makes the one commit of a step, conditioned on the head that was observed.
 * @throws the adapter's error when the outcome is unknown or the service asked to wait.
 */
export async function writeCommit(
  writer: BranchWriter,
  { planId, precondition }: Sending,
  { change, serves }: { readonly change: BranchChange; readonly serves: readonly Intent[] },
): Promise<WriteResult> {
  const { repository, branch, fleetFiles, recordLink, commits } = writer;
  try {
    for (const { path } of change.files) {
      refuseForbidden(path, change.paths, fleetFiles);
    }
    const { commit, url } = await repository.commit({
      branch,
      expectedHead: precondition,
      ...commitText(change.placements, { planId, serves, recordLink: recordLink(planId), commits }),
      ...(commits?.author === undefined ? {} : { author: commits.author }),
      changes: change.files.map(({ path, mode, text }) => ({ path, mode, content: new TextEncoder().encode(text) })),
    });
    return { outcome: 'written', evidence: { commit, ...(url === undefined ? {} : { url }) } };
  } catch (error) {
    if (error instanceof StaleHeadError) {
      return { outcome: 'stale' };
    }
    if (error instanceof ReflexError && !error.retryable) {
      return { outcome: 'refused', code: error.code, reason: error.message };
    }
    throw error;
  }
}

/** Looks for the plan's trailer between the head that the write was conditioned on and the head now. */
export async function settleCommit(
  { repository, branch }: BranchWriter,
  { planId, precondition }: Sending,
): Promise<Settlement> {
  const head = await repository.head(branch);
  if (head.commit === precondition) {
    return { outcome: 'not-written' };
  }
  const { relation, commits, truncated } = await repository.range(precondition, head.commit);
  if (relation !== 'ahead') {
    return { outcome: 'rewritten', reason: `branch-rewritten: ${branch} no longer holds ${precondition}` };
  }
  const ours = commits.find(({ message }) => planTrailers(message).includes(planId));
  if (ours !== undefined) {
    return { outcome: 'written', evidence: { commit: ours.commit, found: 'trailer' } };
  }
  // A commit that a page hides is not a commit that was not made; the content decides at the next look.
  return truncated
    ? {
        outcome: 'rewritten',
        reason: `more than ${commits.length} commits since ${precondition}: look for ${planId} by hand`,
      }
    : { outcome: 'not-written' };
}

/** @throws ForbiddenPathError for a path that must not be written, or lies outside all of `globs`. */
export function refuseForbidden(path: string, globs: readonly string[], fleetFiles: readonly string[]): void {
  const why = whyNotWritable(path, fleetFiles);
  if (why !== undefined) {
    throw new ForbiddenPathError(path, why);
  }
  if (!globs.some((glob) => matchesGlob(path, glob))) {
    throw new ForbiddenPathError(path, 'outside the paths of every stage that is being written');
  }
}
