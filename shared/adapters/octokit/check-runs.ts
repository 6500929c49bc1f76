import type { CheckRun } from '../../domain/image/check-runs.ts';
import { UpstreamError } from '../../errors.ts';
import type { CheckRuns } from '../../ports/check-runs.ts';
import type { GitHubClient } from './client.ts';
import { toReadError } from './errors.ts';

const PAGE = 100;
/** GitHub lists those of the newest 1,000 suites of a commit: https://docs.github.com/rest/checks/runs#list-check-runs-for-a-git-reference */
const MAX_PAGES = 10;

/** CheckRuns on GitHub. */
export class GitHubCheckRuns implements CheckRuns {
  readonly #client: GitHubClient;

  constructor(client: GitHubClient) {
    this.#client = client;
  }

  async list(commit: string): Promise<readonly CheckRun[]> {
    const runs: CheckRun[] = [];
    for (let page = 1; page <= MAX_PAGES; page += 1) {
      const { total, found } = await this.#page(commit, page);
      runs.push(...found);
      if (runs.length >= total) {
        return runs;
      }
      if (found.length === 0) {
        break;
      }
    }
    throw new UpstreamError(`read check runs of ${commit}: more than can be listed`, 502);
  }

  async #page(commit: string, page: number): Promise<{ readonly total: number; readonly found: readonly CheckRun[] }> {
    const { owner, repo, reader, clock } = this.#client;
    try {
      const route = 'GET /repos/{owner}/{repo}/commits/{ref}/check-runs';
      const query = { owner, repo, ref: commit, filter: 'latest', per_page: PAGE, page } as const;
      const { data } = await reader.request(route, query);
      return { total: data.total_count, found: data.check_runs.map(toCheckRun) };
    } catch (error) {
      throw toReadError('read check runs', error, clock);
    }
  }
}

interface HostCheckRun {
  readonly name: string;
  readonly status: string;
  readonly conclusion: string | null;
  readonly app: { readonly slug?: string } | null;
  readonly check_suite: { readonly id: number } | null;
}

function toCheckRun({ name, status, conclusion, app, check_suite: suite }: Readonly<HostCheckRun>): CheckRun {
  return {
    ...{ name, app: app?.slug ?? '', suite: suite?.id ?? 0, status },
    ...(conclusion === null ? {} : { conclusion }),
  };
}
