import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from '@octokit/core';

import type { CheckRuns } from '../../ports/check-runs.ts';
import type { Clock } from '../../ports/clock.ts';
import type { GitRepository } from '../../ports/git-repository.ts';
import type { JwtSigner } from '../../ports/jwt-signer.ts';
import type { PullRequests } from '../../ports/pull-requests.ts';
import type { Workflows } from '../../ports/workflows.ts';
import type { WriteBudget } from '../../ports/write-budget.ts';
import { jwtFactory } from './app-jwt.ts';
import { GitHubCheckRuns } from './check-runs.ts';
import { createGitHubClient, PERMISSIONS, type GitHubClient, type Permissions } from './client.ts';
import { toReadError } from './errors.ts';
import { GitHubPullRequests } from './pull-requests.ts';
import { GitHubRepository } from './git-repository.ts';
import { GitHubWorkflows } from './workflows.ts';

export interface GitHubAppOptions {
  readonly appId: number;
  readonly key: { readonly privateKey: string } | { readonly signer: JwtSigner };
  readonly clock: Clock;
  readonly apiUrl: string;
  readonly pacing: boolean;
  /** The budget of an installation; GitHub counts by these. */
  readonly budget: (installation: string) => WriteBudget;
}

interface RepositoryName {
  readonly owner: string;
  readonly repo: string;
}

/**
 * Opens one repository with the App's installation on it. Ask once per repository and keep the answer.
 * @throws NotFoundError if the App is not installed there.
 */
export async function openGitHubRepository(name: RepositoryName, options: GitHubAppOptions): Promise<GitRepository> {
  return new GitHubRepository(await openClient(name, options, PERMISSIONS.commits));
}

/**
 * Opens the pull requests of one repository, with tokens of their own: whoever only commits asks for no right to them.
 * @throws NotFoundError if the App is not installed there.
 */
export async function openGitHubPullRequests(name: RepositoryName, options: GitHubAppOptions): Promise<PullRequests> {
  return new GitHubPullRequests(await openClient(name, options, PERMISSIONS.pullRequests));
}

/**
 * Opens the check runs of one repository, with tokens that may do nothing else.
 * @throws NotFoundError if the App is not installed there.
 */
export async function openGitHubCheckRuns(name: RepositoryName, options: GitHubAppOptions): Promise<CheckRuns> {
  return new GitHubCheckRuns(await openClient(name, options, PERMISSIONS.checkRuns));
}

/**
 * Opens the workflows of one repository, with tokens that may do nothing else.
 * @throws NotFoundError if the App is not installed there.
 */
export async function openGitHubWorkflows(name: RepositoryName, options: GitHubAppOptions): Promise<Workflows> {
  return new GitHubWorkflows(await openClient(name, options, PERMISSIONS.workflows));
}

async function openClient(
  { owner, repo }: RepositoryName,
  { appId, key, clock, apiUrl, pacing, budget }: GitHubAppOptions,
  permissions: Permissions,
): Promise<GitHubClient> {
  const bare = new Octokit({ baseUrl: apiUrl, userAgent: 'aks-reflex' });
  const auth = createAppAuth({
    appId,
    request: bare.request,
    ...('signer' in key ? { createJwt: jwtFactory(key.signer, clock) } : key),
  });
  try {
    const { token } = await auth({ type: 'app' });
    const { data } = await bare.request('GET /repos/{owner}/{repo}/installation', {
      owner,
      repo,
      headers: { authorization: `bearer ${token}` },
    });
    const client = { owner, repo, clock, apiUrl, pacing, budget: budget(`${apiUrl}#${data.id}`), permissions };
    return createGitHubClient({ ...client, auth: { kind: 'app', appId, installationId: data.id, key } });
  } catch (error) {
    throw toReadError(`find the installation on ${owner}/${repo}`, error, clock);
  }
}
