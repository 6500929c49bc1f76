import { NotFoundError, StaleHeadError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type {
  BranchHead,
  CommitRange,
  CommitReceipt,
  CommitRequest,
  CommitStatus,
  FileChange,
  GitRepository,
  HistoryCommit,
  TreeEntry,
} from '../../ports/git-repository.ts';
import type { BranchTip } from '../../ports/pull-requests.ts';
import { EMPTY_TREE, gitObjectId } from '../../domain/git-object.ts';
import { treeId, withEntry } from './git-tree.ts';

interface StoredCommit {
  readonly tree: string;
  readonly parent: string | undefined;
  readonly message: string;
  readonly at: string;
}

/** As long as the port's list of commits is. */
const MAX_RANGE = 250;
const MAX_HISTORY = 100;
const AUTHOR = 'aks-reflex <aks-reflex@users.noreply.github.com>';

export interface InMemoryGitOptions {
  readonly clock: Clock;
  readonly branch: string;
  readonly files: readonly FileChange[];
}

/** GitRepository in memory, with the object ids that Git itself would compute. */
export class InMemoryGitRepository implements GitRepository {
  readonly #clock: Clock;
  readonly #branches = new Map<string, string>();
  readonly #commits = new Map<string, StoredCommit>();
  readonly #trees = new Map<string, readonly TreeEntry[]>([[EMPTY_TREE, []]]);
  readonly #blobs = new Map<string, Uint8Array>();
  readonly #statuses = new Map<string, Map<string, CommitStatus>>();

  constructor({ clock, branch, files }: InMemoryGitOptions) {
    this.#clock = clock;
    const tree = this.#storeTree([], files);
    this.#branches.set(branch, this.#storeCommit({ tree, parent: undefined, message: 'Initial commit' }));
  }

  async head(branch: string): Promise<BranchHead> {
    await Promise.resolve();
    return this.#head(branch);
  }

  async treeOf(commit: string): Promise<string> {
    await Promise.resolve();
    return this.#commit(commit).tree;
  }

  async listTree(tree: string): Promise<readonly TreeEntry[]> {
    await Promise.resolve();
    const entries = this.#trees.get(tree);
    if (entries === undefined) {
      throw new NotFoundError(`tree ${tree} does not exist`);
    }
    return entries;
  }

  async readBlobs(oids: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    await Promise.resolve();
    return new Map(oids.map((oid) => [oid, this.#blob(oid).slice()]));
  }

  async commit(request: CommitRequest): Promise<CommitReceipt> {
    await Promise.resolve();
    const { commit: head, tree } = this.#head(request.branch);
    if (head !== request.expectedHead) {
      throw new StaleHeadError(request.branch);
    }
    const commit = this.#storeCommit({
      tree: this.#storeTree(this.#trees.get(tree) ?? [], request.changes),
      parent: head,
      message: request.body === '' ? request.headline : `${request.headline}\n\n${request.body}`,
    });
    this.#branches.set(request.branch, commit);
    return { commit };
  }

  async range(from: string, to: string): Promise<CommitRange> {
    await Promise.resolve();
    const [before, after] = [this.#history(from), this.#history(to)];
    const added = after.filter((commit) => !before.includes(commit)).reverse();
    const isBehind = before.some((commit) => !after.includes(commit));
    const [ahead, behind] = isBehind ? (['diverged', 'behind'] as const) : (['ahead', 'identical'] as const);
    return {
      relation: added.length > 0 ? ahead : behind,
      commits: added.slice(0, MAX_RANGE).map((commit) => ({ commit, message: this.#commit(commit).message })),
      truncated: added.length > MAX_RANGE,
    };
  }

  async history(commit: string): Promise<readonly HistoryCommit[]> {
    await Promise.resolve();
    return this.#history(commit)
      .slice(0, MAX_HISTORY)
      .map((one) => {
        const { message, parent, at } = this.#commit(one);
        return { commit: one, message, at, ...(parent === undefined ? {} : { parent }) };
      });
  }

  async statuses(commit: string): Promise<readonly CommitStatus[]> {
    await Promise.resolve();
    this.#commit(commit);
    return [...(this.#statuses.get(commit)?.values() ?? [])];
  }

  /** What CI, Flux or Argo CD would say; the newest per context stays. */
  setStatus(commit: string, status: CommitStatus): void {
    const byContext = this.#statuses.get(commit) ?? new Map<string, CommitStatus>();
    this.#statuses.set(commit, byContext.set(status.context, status));
  }

  /** Moves or creates a branch, as somebody else's push (forced or not) would. */
  setBranch(branch: string, commit: string): void {
    this.#commit(commit);
    this.#branches.set(branch, commit);
  }

  /** The newest commit of a branch with what made it; undefined if there is no such branch. */
  tipOf(branch: string): BranchTip | undefined {
    const commit = this.#branches.get(branch);
    if (commit === undefined) {
      return undefined;
    }
    const { tree, parent, message } = this.#commit(commit);
    return { commit, tree, message, parents: parent === undefined ? [] : [parent] };
  }

  /** One commit on top of another; no branch moves. @param messageFor - from the id of its tree. */
  commitOn(parent: string, changes: readonly FileChange[], messageFor: (tree: string) => string): string {
    const base = this.#trees.get(this.#commit(parent).tree) ?? [];
    const tree = this.#storeTree(base, changes);
    return this.#storeCommit({ tree, parent, message: messageFor(tree) });
  }

  /** What a commit changed against its parent; nothing that it deleted. */
  changesOf(commit: string): readonly FileChange[] {
    const { tree, parent } = this.#commit(commit);
    const before = parent === undefined ? [] : (this.#trees.get(this.#commit(parent).tree) ?? []);
    return (this.#trees.get(tree) ?? [])
      .filter(
        (entry) =>
          !before.some(({ path, oid, mode }) => path === entry.path && oid === entry.oid && mode === entry.mode),
      )
      .map(({ path, mode, oid }) => ({ path, mode: mode === '100755' ? mode : '100644', content: this.#blob(oid) }));
  }

  #head(branch: string): BranchHead {
    const commit = this.#branches.get(branch);
    if (commit === undefined) {
      throw new NotFoundError(`branch ${branch} does not exist`);
    }
    return { commit, tree: this.#commit(commit).tree };
  }

  #commit(id: string): StoredCommit {
    const commit = this.#commits.get(id);
    if (commit === undefined) {
      throw new NotFoundError(`commit ${id} does not exist`);
    }
    return commit;
  }

  #blob(oid: string): Uint8Array {
    const bytes = this.#blobs.get(oid);
    if (bytes === undefined) {
      throw new NotFoundError(`blob ${oid} does not exist`);
    }
    return bytes;
  }

  /** Newest first. */
  #history(commit: string): readonly string[] {
    const history: string[] = [];
    for (let next: string | undefined = commit; next !== undefined; next = this.#commit(next).parent) {
      history.push(next);
    }
    return history;
  }

  #storeTree(base: readonly TreeEntry[], changes: readonly FileChange[]): string {
    const entries = changes.reduce((tree, change) => withEntry(tree, this.#storeBlob(change)), base);
    const tree = treeId(entries);
    this.#trees.set(tree, entries);
    return tree;
  }

  #storeBlob({ path, mode, content }: FileChange): TreeEntry {
    const bytes = new Uint8Array(content);
    const oid = gitObjectId('blob', bytes);
    this.#blobs.set(oid, bytes);
    return { path, mode, oid, size: bytes.length };
  }

  #storeCommit(commit: Omit<StoredCommit, 'at'>): string {
    const now = this.#clock.now();
    const seconds = Math.floor(now.getTime() / 1000);
    const lines = [
      `tree ${commit.tree}`,
      ...(commit.parent === undefined ? [] : [`parent ${commit.parent}`]),
      `author ${AUTHOR} ${seconds} +0000`,
      `committer ${AUTHOR} ${seconds} +0000`,
      '',
      commit.message,
    ];
    const id = gitObjectId('commit', Buffer.from(lines.join('\n'), 'utf8'));
    this.#commits.set(id, { ...commit, at: now.toISOString() });
    return id;
  }
}
