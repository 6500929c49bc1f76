import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createAppKey } from '../../local/github/app-auth.ts';
import { LocalGitHub } from '../../local/github/local-github.ts';
import { SeededRandom } from '../../local/time/seeded-random.ts';
import { InMemoryCheckRuns } from '../../shared/adapters/in-memory/check-runs.ts';
import { SystemClock } from '../../shared/adapters/node/system-clock.ts';
import { GitHubCheckRuns } from '../../shared/adapters/octokit/check-runs.ts';
import { createGitHubClient, PERMISSIONS, type GitHubClientOptions } from '../../shared/adapters/octokit/client.ts';
import type { CheckRun } from '../../shared/domain/image/check-runs.ts';
import { UpstreamError } from '../../shared/errors.ts';
import { describeCheckRuns, type CheckRunsUnderTest } from './check-runs.ts';

const TOKEN = 'a-token-of-people';
const clock = new SystemClock();
const { privateKeyPem, publicKeyPem } = createAppKey();
let root: string;
let github: LocalGitHub;
let repositories = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'local-github-'));
  const app = { appId: 1, publicKeyPem };
  github = new LocalGitHub({ root, clock, random: new SeededRandom(1), app, peopleToken: TOKEN });
});

afterAll(async () => {
  await rm(root, { recursive: true });
});

function options(repo: string): Omit<GitHubClientOptions, 'auth'> {
  return {
    ...{ owner: 'contoso', repo, clock, apiUrl: 'https://github.test', pacing: false },
    fetch: (input, init) => github.handler(new Request(input, init)),
  };
}

async function createLocal(): Promise<CheckRunsUnderTest> {
  const repo = `c${(repositories += 1)}`;
  const seeded = await github.createRepository({ owner: 'contoso', name: repo, branch: 'main', files: { a: '1' } });
  const first = (await seeded.headOf('main')) ?? '';
  const tree = (await seeded.resolve(`${first}^{tree}`)) ?? '';
  const second = await seeded.writeCommit({ tree, parents: [first], message: 'second\n' });
  const auth = { kind: 'app', appId: 1, installationId: 1, key: { privateKey: privateKeyPem } } as const;
  return {
    checks: new GitHubCheckRuns(createGitHubClient({ ...options(repo), auth, permissions: PERMISSIONS.checkRuns })),
    commits: [first, second],
    post: async (head_sha: string, run: CheckRun) => {
      const headers = { authorization: `token ${TOKEN}` };
      const body = JSON.stringify({ ...run, head_sha });
      const url = `https://github.test/repos/contoso/${repo}/check-runs`;
      expect((await github.handler(new Request(url, { method: 'POST', headers, body }))).status).toBe(201);
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
    const { commits } = await createLocal();
    const auth = { kind: 'app', appId: 1, installationId: 1, key: { privateKey: privateKeyPem } } as const;
    const checks = new GitHubCheckRuns(createGitHubClient({ ...options(`c${repositories}`), auth }));
    await expect(checks.list(commits[0])).rejects.toThrow(UpstreamError);
  });

  it('are not told at all where some of them are not listed', async () => {
    const { commits, checks } = await createLocal();
    await expect(checks.list('no-such-commit')).rejects.toThrow(UpstreamError);
    const short = createGitHubClient({
      ...options(`c${repositories}`),
      auth: { kind: 'token', token: TOKEN },
      fetch: () => Promise.resolve(Response.json({ total_count: 1_001, check_runs: [] })),
    });
    await expect(new GitHubCheckRuns(short).list(commits[0])).rejects.toThrow(UpstreamError);
  });
});
