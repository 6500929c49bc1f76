import { describe, expect, it } from 'vitest';

import { InMemoryCheckRuns } from '../../shared/adapters/in-memory/check-runs.ts';
import { GitHubCheckRuns } from '../../shared/adapters/octokit/check-runs.ts';
import { createGitHubClient, PERMISSIONS } from '../../shared/adapters/octokit/client.ts';
import type { CheckRun } from '../../shared/domain/image/check-runs.ts';
import { UpstreamError } from '../../shared/errors.ts';
import { describeCheckRuns, type CheckRunsUnderTest } from './check-runs.ts';
import { AS_APP, AS_PERSON, HostedGitHub } from './hosted-github.ts';

const hosted = new HostedGitHub();

async function createLocal(): Promise<CheckRunsUnderTest & { readonly repo: string }> {
  const { repo, seeded } = await hosted.create({ a: '1' });
  const first = (await seeded.headOf('main')) ?? '';
  const tree = (await seeded.resolve(`${first}^{tree}`)) ?? '';
  const second = await seeded.writeCommit({ tree, parents: [first], message: 'second\n' });
  const options = { ...hosted.options(repo), auth: AS_APP, permissions: PERMISSIONS.checkRuns };
  return {
    repo,
    checks: new GitHubCheckRuns(createGitHubClient(options)),
    commits: [first, second],
    post: async (head_sha: string, run: CheckRun) => {
      expect((await hosted.ask(repo, 'POST', '/check-runs', { ...run, head_sha })).status).toBe(201);
    },
  };
}

describeCheckRuns('in memory', () => {
  const checks = new InMemoryCheckRuns();
  return Promise.resolve({
    checks,
    commits: ['a'.repeat(40), 'b'.repeat(40)] as const,
    post: async (commit, run) => {
      await Promise.resolve();
      checks.post(commit, run);
    },
  });
});
describeCheckRuns('local GitHub', createLocal);

describe('GitHub check runs', () => {
  it('need a right that a token for commits does not ask for', async () => {
    const { repo, commits } = await createLocal();
    const checks = new GitHubCheckRuns(createGitHubClient({ ...hosted.options(repo), auth: AS_APP }));
    await expect(checks.list(commits[0])).rejects.toThrow(UpstreamError);
  });

  it('are not told at all where some of them are not listed', async () => {
    const { repo, commits, checks } = await createLocal();
    await expect(checks.list('no-such-commit')).rejects.toThrow(UpstreamError);
    const short = createGitHubClient({
      ...hosted.options(repo, { fetch: () => Promise.resolve(Response.json({ total_count: 1_001, check_runs: [] })) }),
      auth: AS_PERSON,
    });
    await expect(new GitHubCheckRuns(short).list(commits[0])).rejects.toThrow(UpstreamError);
  });
});
