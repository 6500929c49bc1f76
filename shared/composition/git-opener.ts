import { KeyVaultJwtSigner } from '../adapters/key-vault/jwt-signer.ts';
import { openGitHubRepository, type GitHubAppOptions } from '../adapters/octokit/open-repository.ts';
import { InvalidSettingError } from '../errors.ts';
import type { FleetRepository } from '../fleet/model.ts';
import type { Clock } from '../ports/clock.ts';
import type { GitRepository } from '../ports/git-repository.ts';
import type { RowStore } from '../ports/row-store.ts';
import { StoredWriteBudget } from '../records/write-budget.ts';
import type { Settings } from '../settings.ts';
import { entraCredential } from './credential.ts';

/** Opens repositories of the fleet by the GitHub App; each is opened once, a failure is tried again. */
export function gitOpener(
  { github }: Settings,
  { clock, rows }: { readonly clock: Clock; readonly rows: RowStore },
): (repository: FleetRepository) => Promise<GitRepository> {
  const budget = (installation: string): StoredWriteBudget => new StoredWriteBudget({ rows, clock }, installation);
  const opened = new Map<string, Promise<GitRepository>>();
  return async (repository) => {
    const apiUrl = repository.apiUrl ?? github.apiUrl;
    const key = `${apiUrl}#${repository.owner}/${repository.repo}`.toLowerCase();
    const opening =
      opened.get(key) ?? openGitHubRepository(repository, { ...appOptions(github, apiUrl), clock, budget });
    opened.set(key, opening);
    try {
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
