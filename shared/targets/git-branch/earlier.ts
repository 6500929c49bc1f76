import { NotFoundError } from '../../errors.ts';
import type { Rollback } from '../../domain/image/placement.ts';
import type { Intent } from '../../intents/intent.ts';
import type { GitRepository, TreeEntry } from '../../ports/git-repository.ts';

/** Texts of files as they stood at earlier commits, by commit and path. */
export type EarlierTexts = ReadonlyMap<string, ReadonlyMap<string, string>>;

/**
 * Reads what stood in some files before the commits that are to be undone. A commit that is gone (its branch was
 * rewritten) has no texts, and what would restore them is planned anew.
 *
 * @param entries - the files at the head.
 */
export async function readEarlier(
  repository: GitRepository,
  intents: readonly Intent[],
  entries: readonly TreeEntry[],
): Promise<EarlierTexts> {
  const commits = new Set(
    intents.flatMap(({ kind, value }) => (kind === 'rollback' ? ((value as Rollback).before ?? []) : [])),
  );
  const earlier = new Map<string, ReadonlyMap<string, string>>();
  for (const commit of commits) {
    earlier.set(commit, await textsAt(repository, commit, entries));
  }
  return earlier;
}

async function textsAt(
  repository: GitRepository,
  commit: string,
  entries: readonly TreeEntry[],
): Promise<ReadonlyMap<string, string>> {
  try {
    const now = new Map(entries.map((entry) => [entry.path, entry]));
    const changed = (await repository.listTree(await repository.treeOf(commit))).filter(({ path, oid, mode }) => {
      const there = now.get(path);
      return there !== undefined && there.oid !== oid && there.mode === mode;
    });
    const blobs = await repository.readBlobs(changed.map(({ oid }) => oid));
    return new Map(
      changed.map(({ path, oid }) => [path, new TextDecoder('utf-8', { ignoreBOM: true }).decode(blobs.get(oid))]),
    );
  } catch (error) {
    if (error instanceof NotFoundError) {
      return new Map();
    }
    throw error;
  }
}
