import { KeyVaultJwtSigner } from '../adapters/key-vault/jwt-signer.ts';
import {
  openGitHubCheckRuns,
  openGitHubPullRequests,
  openGitHubRepository,
  openGitHubWorkflows,
  type GitHubAppOptions,
} from '../adapters/octokit/open-repository.ts';
import { InvalidSettingError } from '../errors.ts';
import type { FleetRepository } from '../fleet/model.ts';
import type { CheckRuns } from '../ports/check-runs.ts';
import type { Clock } from '../ports/clock.ts';
import type { GitRepository } from '../ports/git-repository.ts';
import type { HostedRepository } from '../ports/hosted-repository.ts';
import type { PullRequests } from '../ports/pull-requests.ts';
import type { RowStore } from '../ports/row-store.ts';
import type { Workflows } from '../ports/workflows.ts';
import { StoredWriteBudget } from '../records/write-budget.ts';
import type { Settings } from '../settings.ts';
import { entraCredential } from './credential.ts';

/** Opens what the fleet names. */
export interface GitOpener {
  readonly repository: (repository: FleetRepository) => Promise<GitRepository>;
  readonly pullRequests: (repository: FleetRepository) => Promise<PullRequests>;
  readonly checkRuns: (repository: HostedRepository) => Promise<CheckRuns>;
  readonly workflows: (repository: HostedRepository) => Promise<Workflows>;
}

/** Opens repositories of the fleet by the GitHub App; each is opened once, a failure is tried again. */
export function gitOpener(
  { github }: Settings,
  { clock, rows }: { readonly clock: Clock; readonly rows: RowStore },
): GitOpener {
  const budget = (installation: string): StoredWriteBudget => new StoredWriteBudget({ rows, clock }, installation);
  const optionsFor = ({ apiUrl = github.apiUrl }: HostedRepository): GitHubAppOptions => ({
    ...appOptions(github, apiUrl),
    clock,
    budget,
  });
  return {
    repository: openedOnce(github.apiUrl, (one) => openGitHubRepository(one, optionsFor(one))),
    pullRequests: openedOnce(github.apiUrl, (one) => openGitHubPullRequests(one, optionsFor(one))),
    checkRuns: openedOnce(github.apiUrl, (one) => openGitHubCheckRuns(one, optionsFor(one))),
    workflows: openedOnce(github.apiUrl, (one) => openGitHubWorkflows(one, optionsFor(one))),
  };
}

function openedOnce<T>(
  usualUrl: string,
  open: (repository: HostedRepository) => Promise<T>,
): (repository: HostedRepository) => Promise<T> {
  const opened = new Map<string, Promise<T>>();
  return async (repository) => {
    const { apiUrl = usualUrl, owner, repo } = repository;
    const key = `${apiUrl}#${owner}/${repo}`.toLowerCase();
    try {
      const opening = opened.get(key) ?? open(repository);
      opened.set(key, opening);
      return await opening;
    } catch (error) {
      opened.delete(key);
      throw error;
    }
  };
}

function appOptions(github: Settings['github'], apiUrl: string): Omit<GitHubAppOptions, 'clock' | 'budget'> {
  const appId = Number(github.appId);
  if (!Number.isInteger(appId) || appId <= 0) {
    throw new InvalidSettingError('REFLEX_GITHUB_APP_ID', "expected the GitHub App's id, a number");
  }
  if (github.appKey === '') {
    throw new InvalidSettingError('REFLEX_GITHUB_APP_KEY', 'expected a PEM or a Key Vault key id');
  }
  const key = github.appKey.startsWith('https://')
    ? { signer: new KeyVaultJwtSigner(github.appKey, entraCredential()) }
    : { privateKey: github.appKey };
  return { appId, key, apiUrl, pacing: github.throttle };
}
