import { NotFoundError } from '../../errors.ts';
import type { Intent } from '../../intents/intent.ts';
import type { GitRepository } from '../../ports/git-repository.ts';
import type { ObservedPast } from './observed.ts';
import { lastCommitOf } from './reverts.ts';

/** Reads the past as far as open pushes need it: one request, and one for each earlier write that it does not show. */
export async function readPast(
  repository: GitRepository,
  head: string,
  intents: readonly Intent[],
): Promise<ObservedPast | undefined> {
  const pushes = intents.filter(({ kind }) => kind === 'image');
  if (pushes.length === 0) {
    return undefined;
  }
  const history = await repository.history(head);
  const seen = new Set(history.map(({ commit }) => commit));
  const unseen = pushes.flatMap((intent) => lastCommitOf(intent) ?? []).filter((commit) => !seen.has(commit));
  const lost: string[] = [];
  for (const commit of new Set(unseen)) {
    if (await isGone(repository, commit, head)) {
      lost.push(commit);
    }
  }
  return { history, lost };
}

async function isGone(repository: GitRepository, commit: string, head: string): Promise<boolean> {
  try {
    const { relation } = await repository.range(commit, head);
    return relation !== 'ahead' && relation !== 'identical';
  } catch (error) {
    if (error instanceof NotFoundError) {
      return true;
    }
    throw error;
  }
}
