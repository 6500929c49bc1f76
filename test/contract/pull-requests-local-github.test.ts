import { describe, expect, it } from 'vitest';

import { createGitHubClient, PERMISSIONS, type GitHubClient } from '../../shared/adapters/octokit/client.ts';
import { GitHubRepository } from '../../shared/adapters/octokit/git-repository.ts';
import { GitHubPullRequests } from '../../shared/adapters/octokit/pull-requests.ts';
import { RateLimitedError, WriteRefusedError } from '../../shared/errors.ts';
import type { FileChange } from '../../shared/ports/git-repository.ts';
import type { WriteBudget } from '../../shared/ports/write-budget.ts';
import { AS_APP, AS_PERSON, HostedGitHub } from './hosted-github.ts';
import { describePullRequests, type PullRequestsUnderTest } from './pull-requests.ts';

const hosted = new HostedGitHub();

async function open(files: readonly FileChange[]): Promise<GitHubClient> {
  const texts = Object.fromEntries(files.map(({ path, content }) => [path, Buffer.from(content).toString('utf8')]));
  const { repo } = await hosted.create(texts);
  return createGitHubClient({ ...hosted.options(repo), auth: AS_PERSON });
}

function createBy(api: 'auto' | 'rest'): (files: readonly FileChange[]) => Promise<PullRequestsUnderTest> {
  return async (files) => {
    const client = await open(files);
    const { owner, repo, writer } = client;
    const patch = async (pull_number: number, state: 'open' | 'closed'): Promise<void> => {
      await writer.request('PATCH /repos/{owner}/{repo}/pulls/{pull_number}', { owner, repo, pull_number, state });
    };
    return {
      repository: new GitHubRepository(client, { api }),
      pulls: new GitHubPullRequests(client, { api }),
      close: (number) => patch(number, 'closed'),
      reopen: (number) => patch(number, 'open'),
      merge: async (pull_number) => {
        await writer.request('PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge', { owner, repo, pull_number });
      },
      dressed: async (pull_number) => {
        const route = 'GET /repos/{owner}/{repo}/pulls/{pull_number}';
        const { data } = await writer.request(route, { owner, repo, pull_number });
        return {
          labels: data.labels.map(({ name }) => name),
          reviewers: [
            ...(data.requested_reviewers ?? []).map(({ login }) => login),
            ...(data.requested_teams ?? []).map(({ slug }) => `team:${slug}`),
          ],
          autoMerge: data.auto_merge?.merge_method,
        };
      },
    };
  };
}

describePullRequests({ name: 'local GitHub by GraphQL', hasAutoMerge: true, create: createBy('auto') });
describePullRequests({ name: 'local GitHub by REST', hasAutoMerge: false, create: createBy('rest') });

describe('GitHub pull requests', () => {
  const change = { path: 'a.yaml', mode: '100644' as const, content: new Uint8Array(Buffer.from('tag: v2\n')) };

  it('need a right that a token for commits does not ask for', async () => {
    const { repo } = await open([]);
    const request = { head: 'reflex/x', base: 'main', title: 't', body: '' };
    const commits = new GitHubPullRequests(createGitHubClient({ ...hosted.options(repo), auth: AS_APP }));
    const both = new GitHubPullRequests(
      createGitHubClient({ ...hosted.options(repo), auth: AS_APP, permissions: PERMISSIONS.pullRequests }),
    );
    const { commit: base } = await new GitHubRepository(
      createGitHubClient({ ...hosted.options(repo), auth: AS_APP }),
    ).head('main');
    await both.putTip({ branch: 'reflex/x', base, headline: 'h', body: '', changes: [change] });
    await expect(commits.open(request)).rejects.toThrow(WriteRefusedError);
    expect(await both.open(request)).toMatchObject({ state: 'open' });
  });

  it('are counted against the budget like commits, and by the author that is set', async () => {
    const { repo, reader } = await open([]);
    const taken: number[] = [];
    const budget: WriteBudget = {
      take: async (requests) => {
        await Promise.resolve();
        if (taken.length === 3) {
          throw new RateLimitedError('budget', 1_000);
        }
        taken.push(requests);
      },
    };
    const client = createGitHubClient({ ...hosted.options(repo, { budget }), auth: AS_PERSON });
    const pulls = new GitHubPullRequests(client);
    const { commit: base } = await new GitHubRepository(client).head('main');
    const author = { name: 'Contoso Bot', email: 'bot@contoso.example' };
    const tip = { branch: 'reflex/x', base, headline: 'h', body: '', author, changes: [change] };
    const { commit } = await pulls.putTip(tip);
    const { number } = await pulls.open({ head: 'reflex/x', base: 'main', title: 't', body: '' });
    await pulls.update(number, { title: 'u' });
    await expect(pulls.dress(number, { labels: ['l'], reviewers: [], teamReviewers: [] })).rejects.toThrow(
      RateLimitedError,
    );
    expect(taken).toEqual([3, 1, 1]);
    const route = 'GET /repos/{owner}/{repo}/git/commits/{commit_sha}';
    expect((await reader.request(route, { owner: 'contoso', repo, commit_sha: commit })).data.message).toContain('h');
  });
});
