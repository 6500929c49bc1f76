import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from '@octokit/core';

import type { Clock } from '../../ports/clock.ts';
import type { GitRepository } from '../../ports/git-repository.ts';
import type { JwtSigner } from '../../ports/jwt-signer.ts';
import type { WriteBudget } from '../../ports/write-budget.ts';
import { jwtFactory } from './app-jwt.ts';
import { createGitHubClient } from './client.ts';
import { toReadError } from './errors.ts';
import { GitHubRepository } from './git-repository.ts';

export interface GitHubAppOptions {
  readonly appId: number;
  readonly key: { readonly privateKey: string } | { readonly signer: JwtSigner };
  readonly clock: Clock;
  readonly apiUrl: string;
  readonly pacing: boolean;
  /** The budget of an installation; GitHub counts by these. */
  readonly budget: (installation: string) => WriteBudget;
}

/**
 * Opens one repository with the App's installation on it. Ask once per repository and keep the answer.
 * @throws NotFoundError if the App is not installed there.
 */
export async function openGitHubRepository(
  { owner, repo }: { readonly owner: string; readonly repo: string },
  { appId, key, clock, apiUrl, pacing, budget }: GitHubAppOptions,
): Promise<GitRepository> {
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
    const client = { owner, repo, clock, apiUrl, pacing, budget: budget(`${apiUrl}#${data.id}`) };
    return new GitHubRepository(
      createGitHubClient({ ...client, auth: { kind: 'app', appId, installationId: data.id, key } }),
    );
  } catch (error) {
    throw toReadError(`find the installation on ${owner}/${repo}`, error, clock);
  }
}
