import { NotFoundError } from '../../errors.ts';
import type {
  BranchHead,
  CommitRange,
  CommitReceipt,
  CommitRequest,
  CommitStatus,
  CommitSummary,
  GitRepository,
  HistoryCommit,
  TreeEntry,
} from '../../ports/git-repository.ts';
import { readBlobs } from './blob-reader.ts';
import type { GitHubClient } from './client.ts';
import { toReadError } from './errors.ts';
import { commitByGraphql } from './graphql-writer.ts';
import { commitByRest } from './rest-writer.ts';
import { readTree } from './tree-reader.ts';

const PAGE = 100;
const MAX_RANGE = 250;
/** GitHub keeps 1,000 statuses per commit and context; more contexts than this are nobody's. */
const MAX_STATUS_PAGES = 10;
/** GitHub states no limit for one GraphQL request, so what is not small goes the documented way. */
const MAX_GRAPHQL_BYTES = 4 * 1024 * 1024;

export interface GitHubRepositoryOptions {
  /** `rest` for a host without GraphQL, or one whose GraphQL is down; else `auto`. */
  readonly api?: 'auto' | 'rest';
}

/** GitRepository on GitHub. Writes by one GraphQL call; by REST where that would lose a file mode or is too large. */
export class GitHubRepository implements GitRepository {
  readonly #client: GitHubClient;
  readonly #hasGraphql: boolean;
  #past: { readonly commit: string; readonly commits: readonly HistoryCommit[] } | undefined;
  readonly #repository: { readonly owner: string; readonly repo: string };

  constructor(client: GitHubClient, { api = 'auto' }: GitHubRepositoryOptions = {}) {
    this.#client = client;
    this.#hasGraphql = api === 'auto';
    this.#repository = { owner: client.owner, repo: client.repo };
  }

  async head(branch: string): Promise<BranchHead> {
    const data = await this.#read('read branch', async () => {
      const route = 'GET /repos/{owner}/{repo}/branches/{branch}';
      return (await this.#client.reader.request(route, { ...this.#repository, branch })).data;
    });
    if (data.name !== branch) {
      // GitHub redirects from a renamed branch to its new name.
      throw new NotFoundError(`branch ${branch} does not exist`);
    }
    const { sha, commit } = data.commit as { sha: string; commit?: { tree?: { sha: string } } };
    return { commit: sha, tree: commit?.tree?.sha ?? (await this.treeOf(sha)) };
  }

  async treeOf(commit: string): Promise<string> {
    return await this.#read('read commit', async () => {
      const route = 'GET /repos/{owner}/{repo}/git/commits/{commit_sha}';
      return (await this.#client.reader.request(route, { ...this.#repository, commit_sha: commit })).data.tree.sha;
    });
  }

  listTree(tree: string): Promise<readonly TreeEntry[]> {
    return readTree(this.#client, tree);
  }

  readBlobs(oids: readonly string[], commit?: string): Promise<ReadonlyMap<string, Uint8Array>> {
    return readBlobs(this.#client, oids, { byGraphql: this.#hasGraphql, commit });
  }

  async commit(request: CommitRequest): Promise<CommitReceipt> {
    if (this.#hasGraphql && fitsGraphql(request)) {
      return await commitByGraphql(this.#client, request, async () => (await this.head(request.branch)).commit);
    }
    return await commitByRest(this.#client, request, () => this.head(request.branch));
  }

  async range(from: string, to: string): Promise<CommitRange> {
    const commits: CommitSummary[] = [];
    for (let page = 1; ; page += 1) {
      const data = await this.#read('compare commits', async () => {
        const route = 'GET /repos/{owner}/{repo}/compare/{basehead}';
        const parameters = { ...this.#repository, basehead: `${from}...${to}`, per_page: PAGE, page };
        return (await this.#client.reader.request(route, parameters)).data;
      });
      commits.push(...data.commits.map(({ sha, commit }) => ({ commit: sha, message: commit.message })));
      if (commits.length >= Math.min(data.total_commits, MAX_RANGE) || data.commits.length === 0) {
        const listed = commits.slice(0, MAX_RANGE);
        return { relation: data.status, commits: listed, truncated: listed.length < data.total_commits };
      }
    }
  }

  /** A commit's history never changes: whoever asks next about the same head is answered from memory. */
  async history(commit: string): Promise<readonly HistoryCommit[]> {
    if (this.#past?.commit !== commit) {
      this.#past = { commit, commits: await this.#readHistory(commit) };
    }
    return this.#past.commits;
  }

  async #readHistory(commit: string): Promise<readonly HistoryCommit[]> {
    const data = await this.#read('list commits', async () => {
      const route = 'GET /repos/{owner}/{repo}/commits';
      return (await this.#client.reader.request(route, { ...this.#repository, sha: commit, per_page: PAGE })).data;
    });
    return data.map(({ sha, commit: { message, committer }, parents }) => {
      const [parent] = parents;
      const at = new Date(committer?.date ?? 0).toISOString();
      return { commit: sha, message, at, ...(parent === undefined ? {} : { parent: parent.sha }) };
    });
  }

  async statuses(commit: string): Promise<readonly CommitStatus[]> {
    const statuses: CommitStatus[] = [];
    for (let page = 1; page <= MAX_STATUS_PAGES; page += 1) {
      const data = await this.#read('read statuses', async () => {
        const route = 'GET /repos/{owner}/{repo}/commits/{ref}/status';
        return (await this.#client.reader.request(route, { ...this.#repository, ref: commit, per_page: PAGE, page }))
          .data;
      });
      statuses.push(...data.statuses.map(toStatus));
      if (data.statuses.length < PAGE) {
        break;
      }
    }
    return statuses;
  }

  async #read<T>(operation: string, send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (error) {
      throw toReadError(operation, error, this.#client.clock);
    }
  }
}

/** GraphQL commits are the App's own and have mode 100644. */
function fitsGraphql({ changes, author }: CommitRequest): boolean {
  const bytes = changes.reduce((sum, { content }) => sum + content.length, 0);
  return author === undefined && bytes <= MAX_GRAPHQL_BYTES && changes.every(({ mode }) => mode === '100644');
}

function toStatus(status: { context: string; state: string; description: string | null }): CommitStatus {
  const { context, state, description } = status;
  // A state that we do not know is not a success.
  const known = state === 'success' || state === 'failure' || state === 'error' ? state : 'pending';
  return { context, state: known, description: description ?? '' };
}
