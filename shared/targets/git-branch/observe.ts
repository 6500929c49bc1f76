import { matchesGlob } from '../../domain/glob.ts';
import type { Placement } from '../../domain/image/placement.ts';
import { repositoryWord, wordHash } from '../../domain/image/words.ts';
import type { Intent } from '../../intents/intent.ts';
import type { GitRepository, TreeEntry } from '../../ports/git-repository.ts';
import { readEarlier } from './earlier.ts';
import { isHold } from './fold.ts';
import { whyNotWritable } from './forbidden.ts';
import type { ObservedBranch, ObservedFile } from './observed.ts';
import { readPast } from './read-past.ts';
import type { TreeIndex } from './tree-index.ts';

const YAML_OR_JSON = /\.(ya?ml|json)$|(^|\/)Kustomization$/;
/** Larger files are generated ones; reading them costs more than any hand-kept manifest is worth. */
const MAX_FILE_BYTES = 1024 * 1024;

export interface BranchReader {
  readonly repository: GitRepository;
  readonly branch: string;
  /** Fleet files in this repository, which nothing may write. */
  readonly fleetFiles: readonly string[];
  /** Why an image may not be written to a stage now, by the fleet's windows and freezes. */
  readonly closedTo?: ((placement: Pick<Placement, 'image' | 'stage'>) => string | undefined) | undefined;
  readonly index: TreeIndex;
  /** Names the branch in its index. */
  readonly key: string;
}

/**
 * Reads the head, its tree, and the texts of those files under the intents' globs that name one of their images. Never
 * clones. Links and submodules are not followed.
 */
export async function observeBranch(reader: BranchReader, wishes: readonly Intent[]): Promise<ObservedBranch> {
  const intents = wishes.filter((intent) => !isHold(intent));
  const { repository, branch, index } = reader;
  const head = await repository.head(branch);
  const placements = intents.map(({ value }) => value as Placement);
  const isCovered = coverage(placements.flatMap(({ paths }) => paths));
  const warnings: string[] = [];
  const tree = await index.tree(reader, head);
  const entries = tree.filter((entry) => YAML_OR_JSON.test(entry.path) && isCovered(entry.path));
  const readable = entries.filter((entry) => isReadable(entry, reader.fleetFiles, warnings));
  const hasKeys = coverage(placements.flatMap(({ keys = {} }) => Object.keys(keys)));
  const contents = await index.texts(reader, {
    commit: head.commit,
    oids: readable.map(({ oid }) => oid),
    words: [...new Set(placements.map(({ image }) => wordHash(repositoryWord(image))))],
    always: new Set(readable.filter(({ path }) => hasKeys(path)).map(({ oid }) => oid)),
  });
  const files = readable.flatMap(({ path, mode, oid }): ObservedFile[] => {
    const text = contents.get(oid);
    if (!contents.has(oid)) {
      return [];
    }
    if (text === undefined) {
      warnings.push(`${path}: not UTF-8 text`);
      return [];
    }
    return [{ path, mode: mode === '100755' ? mode : '100644', text }];
  });
  const closed = intents.flatMap(({ subject, value }): readonly (readonly [string, string])[] => {
    const why = reader.closedTo?.(value as Placement);
    return why === undefined ? [] : [[subject, why]];
  });
  const earlier = await readEarlier(repository, intents, readable);
  const past = await readPast(repository, head.commit, intents);
  const found = { head: head.commit, files, warnings, closed: Object.fromEntries(closed), earlier };
  return past === undefined ? found : { ...found, past };
}

/** Tells whether a path lies under one of some globs. */
function coverage(globs: readonly string[]): (path: string) => boolean {
  const distinct = [...new Set(globs)];
  return (path) => distinct.some((glob) => matchesGlob(path, glob));
}

function isReadable(entry: TreeEntry, fleetFiles: readonly string[], warnings: string[]): boolean {
  const why = whyNotRead(entry) ?? whyNotWritable(entry.path, fleetFiles);
  if (why !== undefined) {
    warnings.push(`${entry.path}: ${why}`);
  }
  return why === undefined;
}

function whyNotRead({ mode, size = 0 }: TreeEntry): string | undefined {
  if (mode === '120000' || mode === '160000') {
    return mode === '120000' ? 'a symbolic link is not followed' : 'a submodule is not followed';
  }
  return size > MAX_FILE_BYTES ? `larger than ${MAX_FILE_BYTES} bytes` : undefined;
}
