import { UpstreamError, WriteRefusedError } from '../../errors.ts';
import type { CommitReceipt } from '../../ports/git-repository.ts';
import type {
  BranchTip,
  Dressing,
  NewPullRequest,
  PullRequest,
  PullRequests,
  TipRequest,
} from '../../ports/pull-requests.ts';
import type { GitHubClient } from './client.ts';
import { isRefusal, toReadError, toWriteError } from './errors.ts';
import { graphql } from './graphql.ts';
import { putTip } from './tip-writer.ts';

/** GitHub's largest page; a head branch has one pull request at a time, so these are the newest hundred of its life. */
const PAGE = 100;
const AUTO_MERGE = `mutation ($input: EnablePullRequestAutoMergeInput!) {
  enablePullRequestAutoMerge(input: $input) { clientMutationId }
}`;

interface HostPullRequest {
  readonly number: number;
  readonly node_id: string;
  readonly state: string;
  readonly title: string;
  readonly body: string | null;
  readonly html_url?: string;
  readonly closed_at: string | null;
  readonly merged_at: string | null;
  /** Of an open one it is a commit for tests, on no branch. */
  readonly merge_commit_sha?: string | null;
}

/** PullRequests on GitHub. */
export class GitHubPullRequests implements PullRequests {
  readonly #client: GitHubClient;
  readonly #hasGraphql: boolean;
  readonly #repository: { readonly owner: string; readonly repo: string };

  constructor(client: GitHubClient, { api = 'auto' }: { readonly api?: 'auto' | 'rest' } = {}) {
    this.#client = client;
    this.#hasGraphql = api === 'auto';
    this.#repository = { owner: client.owner, repo: client.repo };
  }

  async list({ head, base }: { readonly head: string; readonly base: string }): Promise<readonly PullRequest[]> {
    const found = await this.#read('list pull requests', async () => {
      const query = {
        head: `${this.#client.owner}:${head}`,
        base,
        state: 'all',
        sort: 'created',
        direction: 'desc',
      } as const;
      return (
        await this.#client.reader.request('GET /repos/{owner}/{repo}/pulls', {
          ...this.#repository,
          ...query,
          per_page: PAGE,
        })
      ).data;
    });
    return found.map(toPullRequest);
  }

  async tip(branch: string): Promise<BranchTip | undefined> {
    const commit = await this.#commitOf(branch);
    if (commit === undefined) {
      return undefined;
    }
    const { tree, parents, message } = await this.#read('read commit', async () => {
      const route = 'GET /repos/{owner}/{repo}/git/commits/{commit_sha}';
      return (await this.#client.reader.request(route, { ...this.#repository, commit_sha: commit })).data;
    });
    return { commit, tree: tree.sha, parents: parents.map(({ sha }) => sha), message };
  }

  async putTip(request: TipRequest): Promise<CommitReceipt> {
    const writer = { client: this.#client, hasGraphql: this.#hasGraphql };
    return await putTip({ ...writer, commitOf: (branch) => this.#commitOf(branch) }, request);
  }

  async open(request: NewPullRequest): Promise<PullRequest> {
    await this.#client.budget.take(1);
    try {
      const route = 'POST /repos/{owner}/{repo}/pulls';
      const { data } = await this.#client.writer.request(route, { ...this.#repository, ...request });
      return toPullRequest(data);
    } catch (error) {
      // GitHub takes one open pull request for two branches; a refusal with none there has another reason.
      const there = isRefusal(error) ? (await this.list(request)).find(({ state }) => state === 'open') : undefined;
      if (there !== undefined) {
        return there;
      }
      throw toWriteError('open pull request', error, this.#client.clock);
    }
  }

  async update(number: number, change: Parameters<PullRequests['update']>[1]): Promise<PullRequest> {
    return await this.#write('update pull request', async () => {
      const route = 'PATCH /repos/{owner}/{repo}/pulls/{pull_number}';
      const { data } = await this.#client.writer.request(route, {
        ...this.#repository,
        pull_number: number,
        ...change,
      });
      return toPullRequest(data);
    });
  }

  async dress(number: number, { labels, reviewers, teamReviewers, autoMerge }: Dressing): Promise<void> {
    const { writer } = this.#client;
    if (labels.length > 0) {
      await this.#write('label pull request', async () => {
        const route = 'POST /repos/{owner}/{repo}/issues/{issue_number}/labels';
        await writer.request(route, { ...this.#repository, issue_number: number, labels: [...labels] });
      });
    }
    if (reviewers.length + teamReviewers.length > 0) {
      await this.#write('ask for reviews', async () => {
        await writer.request('POST /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers', {
          ...this.#repository,
          pull_number: number,
          reviewers: [...reviewers],
          team_reviewers: [...teamReviewers],
        });
      });
    }
    if (autoMerge !== undefined) {
      await this.#enableAutoMerge(number, autoMerge);
    }
  }

  async #enableAutoMerge(number: number, method: NonNullable<Dressing['autoMerge']>): Promise<void> {
    const operation = 'switch auto-merge on';
    if (!this.#hasGraphql) {
      throw new WriteRefusedError(`${operation}: the host has no GraphQL`);
    }
    const { node_id: pullRequestId } = await this.#read('read pull request', async () => {
      const route = 'GET /repos/{owner}/{repo}/pulls/{pull_number}';
      return (await this.#client.reader.request(route, { ...this.#repository, pull_number: number })).data;
    });
    await this.#write(operation, async () => {
      const { errors } = await graphql(this.#client, {
        octokit: this.#client.writer,
        operation,
        query: AUTO_MERGE,
        variables: { input: { pullRequestId, mergeMethod: method.toUpperCase() } },
      });
      if (errors.length > 0) {
        throw new WriteRefusedError(`${operation}: ${errors.map(({ message }) => message).join('; ')}`);
      }
    });
  }

  async #commitOf(branch: string): Promise<string | undefined> {
    return await this.#read('read branch', async () => {
      // Refs whose names begin with this one: of a missing branch that is an empty list and no 404 to tell apart.
      const route = 'GET /repos/{owner}/{repo}/git/matching-refs/{ref}';
      const { data } = await this.#client.reader.request(route, { ...this.#repository, ref: `heads/${branch}` });
      return data.find(({ ref }) => ref === `refs/heads/${branch}`)?.object.sha;
    });
  }

  async #read<T>(operation: string, send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (error) {
      throw toReadError(operation, error, this.#client.clock);
    }
  }

  async #write<T>(operation: string, send: () => Promise<T>): Promise<T> {
    await this.#client.budget.take(1);
    try {
      return await send();
    } catch (error) {
      throw toWriteError(operation, error, this.#client.clock);
    }
  }
}

function toPullRequest(host: Readonly<HostPullRequest>): PullRequest {
  const { number, state, title, body, html_url: url, closed_at: closedAt, merged_at: mergedAt } = host;
  const mergedAs = mergedAt === null ? undefined : (host.merge_commit_sha ?? undefined);
  if (typeof number !== 'number') {
    throw new UpstreamError('read pull request', 0);
  }
  const isOpen = state === 'open';
  return {
    number,
    state: isOpen ? 'open' : mergedAt === null ? 'closed' : 'merged',
    title,
    body: body ?? '',
    ...(url === undefined ? {} : { url }),
    ...(closedAt === null ? {} : { closedAt }),
    ...(mergedAs === undefined ? {} : { mergedAs }),
  };
}
