import type { TreeEntry } from '../../ports/git-repository.ts';
import { comparePaths, EMPTY_TREE } from '../../domain/git-object.ts';
import { inParallel } from '../in-parallel.ts';
import type { GitHubClient } from './client.ts';
import { toReadError } from './errors.ts';

const WIDTH = 8;

interface HostEntry {
  readonly path: string;
  readonly mode: string;
  readonly sha: string;
  readonly size?: number;
}

interface HostTree {
  readonly entries: readonly HostEntry[];
  readonly truncated: boolean;
}

/**
 * Every file, link and submodule of a tree, in byte order of the path.
 * A tree above GitHub's limit (100,000 entries or 7 MB: https://docs.github.com/rest/git/trees#get-a-tree) is walked
 * directory by directory.
 */
export async function readTree(client: GitHubClient, tree: string): Promise<readonly TreeEntry[]> {
  if (tree === EMPTY_TREE) {
    return [];
  }
  const entries = await walk(client, tree, '');
  return [...entries].sort((a, b) => comparePaths(a.path, b.path));
}

async function walk(client: GitHubClient, tree: string, folder: string): Promise<readonly TreeEntry[]> {
  const whole = await fetchTree(client, tree, true);
  if (!whole.truncated) {
    return files(whole.entries, folder);
  }
  const { entries } = await fetchTree(client, tree, false);
  const folders = entries.filter(({ mode }) => mode === '040000');
  const below = await inParallel(folders, WIDTH, ({ sha, path }) => walk(client, sha, `${folder}${path}/`));
  return [...files(entries, folder), ...below.flat()];
}

function files(entries: readonly HostEntry[], folder: string): readonly TreeEntry[] {
  return entries.flatMap(({ path, mode, sha, size }) =>
    isFileMode(mode) ? [{ path: folder + path, mode, oid: sha, ...(size === undefined ? {} : { size }) }] : [],
  );
}

function isFileMode(mode: string): mode is TreeEntry['mode'] {
  return mode === '100644' || mode === '100755' || mode === '120000' || mode === '160000';
}

async function fetchTree(client: GitHubClient, tree: string, recursive: boolean): Promise<HostTree> {
  try {
    const { data } = await client.reader.request('GET /repos/{owner}/{repo}/git/trees/{tree_sha}', {
      owner: client.owner,
      repo: client.repo,
      tree_sha: tree,
      ...(recursive ? { recursive: '1' } : {}),
    });
    return { entries: data.tree, truncated: data.truncated };
  } catch (error) {
    throw toReadError('read tree', error, client.clock);
  }
}
