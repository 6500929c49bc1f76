import { appendFile, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Clock } from '../../shared/ports/clock.ts';
import { clearLocks, git, GitFailure, gitText, identity } from './git.ts';

const BOT = { name: 'aks-reflex[bot]', email: 'aks-reflex[bot]@users.noreply.github.com' };
const GITHUB = { name: 'GitHub', email: 'noreply@github.com' };

const PROTECTED = 'protected-refs';
/** Runs for pushes only; the API moves refs itself. */
const PRE_RECEIVE = `#!/bin/sh
while read -r old new ref; do
  if grep -qxF "$ref" ${PROTECTED}; then
    echo "error: GH006: Protected branch update failed for $ref." >&2
    exit 1
  fi
done
`;

export interface TreeFile {
  readonly path: string;
  readonly mode: string;
  readonly sha: string;
  readonly size: number;
  readonly type: string;
}

export interface TreeChange {
  readonly path: string;
  readonly mode: string;
  /** Absent: delete. */
  readonly sha?: string;
}

/** The branch was not where the caller thought it was. */
export class HeadMoved extends Error {}

/** One bare repository on disk, by its own Git. */
export class Repository {
  readonly directory: string;
  readonly owner: string;
  readonly name: string;
  readonly #clock: Clock;

  constructor(root: string, { owner, name }: { readonly owner: string; readonly name: string }, clock: Clock) {
    this.directory = join(root, owner, `${name}.git`);
    this.owner = owner;
    this.name = name;
    this.#clock = clock;
  }

  /** Creates the repository with one commit; one that exists is opened as it is. */
  async create(branch: string, files: Readonly<Record<string, string>>): Promise<void> {
    if (await isDirectory(join(this.directory, 'refs'))) {
      await clearLocks(this.directory);
      if ((await this.headOf(branch)) !== undefined) {
        return;
      }
    }
    await mkdir(this.directory, { recursive: true });
    await git(this.directory, ['init', '--quiet', '--bare', `--initial-branch=${branch}`]);
    await git(this.directory, ['config', 'http.receivepack', 'true']);
    const changes: TreeChange[] = [];
    for (const [path, text] of Object.entries(files)) {
      changes.push({ path, mode: '100644', sha: await this.writeBlob(new TextEncoder().encode(text)) });
    }
    const tree = await this.writeTree(undefined, changes);
    const commit = await this.writeCommit({ tree, parents: [], message: 'chore: seed\n' });
    await this.moveBranch(branch, commit, undefined);
  }

  /** From now on the branch takes pull requests only: no API commit and no push. */
  async protect(branch: string): Promise<void> {
    await appendFile(join(this.directory, PROTECTED), `refs/heads/${branch}\n`);
    await mkdir(join(this.directory, 'hooks'), { recursive: true });
    await writeFile(join(this.directory, 'hooks/pre-receive'), PRE_RECEIVE, { mode: 0o755 });
  }

  async isProtected(branch: string): Promise<boolean> {
    const refs = await readFile(join(this.directory, PROTECTED), 'utf8').catch(() => '');
    return refs.split('\n').includes(`refs/heads/${branch}`);
  }

  async headOf(branch: string): Promise<string | undefined> {
    return await this.resolve(`refs/heads/${branch}^{commit}`);
  }

  async resolve(revision: string): Promise<string | undefined> {
    try {
      return await gitText(this.directory, ['rev-parse', '--verify', '--quiet', '--end-of-options', revision]);
    } catch (error) {
      if (error instanceof GitFailure) {
        return undefined;
      }
      throw error;
    }
  }

  async typeOf(sha: string): Promise<string | undefined> {
    try {
      return await gitText(this.directory, ['cat-file', '-t', sha]);
    } catch {
      return undefined;
    }
  }

  async readBlob(sha: string): Promise<Buffer> {
    return await git(this.directory, ['cat-file', 'blob', sha]);
  }

  /** Contents of those objects that are blobs, by one run of Git. */
  async readBlobs(shas: readonly string[]): Promise<ReadonlyMap<string, Buffer>> {
    const output = await git(this.directory, ['cat-file', '--batch'], { input: `${shas.join('\n')}\n` });
    const found = new Map<string, Buffer>();
    for (let at = 0; at < output.length;) {
      const newline = output.indexOf('\n', at);
      const [sha = '', type, size] = output.toString('latin1', at, newline).split(' ');
      const length = size === undefined ? -1 : Number(size);
      if (type === 'blob') {
        found.set(sha, output.subarray(newline + 1, newline + 1 + length));
      }
      at = newline + 1 + length + 1;
    }
    return found;
  }

  /** A compressed tar archive of a commit. */
  async archive(sha: string): Promise<Buffer> {
    return await git(this.directory, ['archive', '--format=tar.gz', `--prefix=${this.owner}-${this.name}/`, sha]);
  }

  async writeBlob(bytes: Uint8Array): Promise<string> {
    return await gitText(this.directory, ['hash-object', '-w', '--stdin'], { input: bytes });
  }

  async listTree(tree: string, recursive: boolean): Promise<readonly TreeFile[]> {
    const args = ['ls-tree', '-z', '--long', ...(recursive ? ['-r', '-t'] : []), tree];
    const text = (await git(this.directory, args)).toString('utf8');
    return text
      .split('\0')
      .filter((line) => line !== '')
      .map((line) => {
        const tab = line.indexOf('\t');
        const [mode = '', type = '', sha = '', size = ''] = line.slice(0, tab).split(/ +/);
        return { path: line.slice(tab + 1), mode, type, sha, size: Number(size) || 0 };
      });
  }

  /** Writes a tree by an index of its own: `base` with `changes`. */
  async writeTree(base: string | undefined, changes: readonly TreeChange[]): Promise<string> {
    const index = join(this.directory, `index-${process.pid}-${Math.floor(performance.now() * 1000)}-${nextIndex()}`);
    const environment = { GIT_INDEX_FILE: index };
    try {
      await git(this.directory, ['read-tree', ...(base === undefined ? ['--empty'] : [base])], { environment });
      const lines = changes.map(({ path, mode, sha }) =>
        sha === undefined ? `0 ${'0'.repeat(40)}\t${path}` : `${mode} ${sha}\t${path}`,
      );
      await git(this.directory, ['update-index', '-z', '--index-info'], {
        environment,
        input: lines.map((line) => `${line}\0`).join(''),
      });
      return await gitText(this.directory, ['write-tree'], { environment });
    } finally {
      await rm(index, { force: true });
    }
  }

  async writeCommit({
    tree,
    parents,
    message,
    author,
  }: {
    readonly tree: string;
    readonly parents: readonly string[];
    readonly message: string;
    readonly author?: { readonly name: string; readonly email: string } | undefined;
  }): Promise<string> {
    const at = this.#clock.now();
    const args = ['commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent])];
    return await gitText(this.directory, args, {
      input: message,
      environment: identity({ ...(author ?? BOT), at }, { ...GITHUB, at }),
    });
  }

  /** Moves a branch by compare-and-swap. @throws HeadMoved */
  async moveBranch(branch: string, to: string, from: string | undefined): Promise<void> {
    try {
      await git(this.directory, ['update-ref', `refs/heads/${branch}`, to, from ?? '0'.repeat(40)]);
    } catch (error) {
      if (error instanceof GitFailure) {
        throw new HeadMoved(error.message, { cause: error });
      }
      throw error;
    }
  }

  /** Undefined for what is no commit. */
  async readCommit(
    sha: string,
  ): Promise<{ readonly tree: string; readonly parents: readonly string[]; readonly message: string } | undefined> {
    if ((await this.typeOf(sha)) !== 'commit') {
      return undefined;
    }
    const text = (await git(this.directory, ['log', '-1', '--format=%T%n%P%n%B', sha])).toString('utf8');
    const [tree = '', parents = '', ...message] = text.split('\n');
    return { tree, parents: parents.split(' ').filter((id) => id !== ''), message: message.join('\n').trimEnd() };
  }

  /** The tree of a merge; undefined where it conflicts. */
  async mergeTrees(base: string, head: string): Promise<string | undefined> {
    try {
      return await gitText(this.directory, ['merge-tree', '--write-tree', base, head]);
    } catch (error) {
      if (error instanceof GitFailure) {
        return undefined;
      }
      throw error;
    }
  }

  /** Branches whose names begin with a text, with their commits. */
  async branchesFrom(prefix: string): Promise<readonly { readonly ref: string; readonly sha: string }[]> {
    const args = ['for-each-ref', '--format=%(refname) %(objectname)', 'refs/heads/'];
    const lines = (await gitText(this.directory, args)).split('\n').filter((line) => line !== '');
    return lines
      .map((line) => ({ ref: line.slice(0, line.lastIndexOf(' ')), sha: line.slice(line.lastIndexOf(' ') + 1) }))
      .filter(({ ref }) => ref.startsWith(`refs/heads/${prefix}`));
  }

  async isAncestor(ancestor: string, commit: string): Promise<boolean> {
    try {
      await git(this.directory, ['merge-base', '--is-ancestor', ancestor, commit]);
      return true;
    } catch {
      return false;
    }
  }

  /** Commits reachable from `to` and not from `from`, oldest first. */
  async between(from: string, to: string): Promise<readonly { readonly sha: string; readonly message: string }[]> {
    const text = (await git(this.directory, ['log', '-z', '--reverse', '--format=%H%n%B', `${from}..${to}`])).toString(
      'utf8',
    );
    return text
      .split('\0')
      .filter((record) => record !== '')
      .map((record) => ({ sha: record.slice(0, 40), message: record.slice(41).trimEnd() }));
  }

  /** Newest first. */
  async newest(
    from: string,
    count: number,
  ): Promise<
    readonly {
      readonly sha: string;
      readonly at: string;
      readonly parents: readonly string[];
      readonly message: string;
    }[]
  > {
    const text = (await git(this.directory, ['log', '-z', `-${count}`, '--format=%H%n%P%n%cI%n%B', from])).toString(
      'utf8',
    );
    return text
      .split('\0')
      .filter((record) => record !== '')
      .map((record) => {
        const [sha = '', parents = '', at = '', ...message] = record.split('\n');
        return { sha, at, parents: parents.split(' ').filter(Boolean), message: message.join('\n').trimEnd() };
      });
  }
}

let indexes = 0;
function nextIndex(): number {
  indexes += 1;
  return indexes;
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
