import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll } from 'vitest';

import { createAppKey } from '../../local/github/app-auth.ts';
import { LocalGitHub } from '../../local/github/local-github.ts';
import { SeededRandom } from '../../local/time/seeded-random.ts';
import { createGitHubClient, type GitHubClient } from '../../shared/adapters/octokit/client.ts';
import { GitHubRepository } from '../../shared/adapters/octokit/git-repository.ts';
import { SystemClock } from '../../shared/adapters/node/system-clock.ts';
import type { FileChange } from '../../shared/ports/git-repository.ts';
import { describeGitRepository, type GitUnderTest } from './git-repository.ts';

const TOKEN = 'a-token-of-people';
const clock = new SystemClock();
let root: string;
let github: LocalGitHub;
let repositories = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'local-github-'));
  const app = { appId: 1, publicKeyPem: createAppKey().publicKeyPem };
  github = new LocalGitHub({ root, clock, random: new SeededRandom(1), app, peopleToken: TOKEN });
});

afterAll(async () => {
  await rm(root, { recursive: true });
});

async function open(files: readonly FileChange[]): Promise<GitHubClient> {
  const repo = `r${(repositories += 1)}`;
  const seeded = await github.createRepository({ owner: 'contoso', name: repo, branch: 'main', files: {} });
  const changes = await Promise.all(
    files.map(async ({ path, mode, content }) => ({ path, mode, sha: await seeded.writeBlob(content) })),
  );
  const tree = await seeded.writeTree(undefined, changes);
  const commit = await seeded.writeCommit({ tree, parents: [], message: 'chore: seed\n' });
  await seeded.moveBranch('main', commit, await seeded.headOf('main'));
  return createGitHubClient({
    owner: 'contoso',
    repo,
    auth: { kind: 'token', token: TOKEN },
    clock,
    apiUrl: 'https://github.test',
    pacing: false,
    fetch: (input, init) => github.handler(new Request(input, init)),
  });
}

function createBy(api: 'auto' | 'rest'): (files: readonly FileChange[]) => Promise<GitUnderTest> {
  return async (files) => {
    const client = await open(files);
    const { owner, repo, writer } = client;
    return {
      repository: new GitHubRepository(client, { api }),
      setStatus: async (sha, { context, state, description }) => {
        const status = { owner, repo, sha, context, state, description };
        await writer.request('POST /repos/{owner}/{repo}/statuses/{sha}', status);
      },
    };
  };
}

describeGitRepository({ name: 'local GitHub by GraphQL', lacks: [], create: createBy('auto') });
describeGitRepository({ name: 'local GitHub by REST', lacks: [], create: createBy('rest') });
