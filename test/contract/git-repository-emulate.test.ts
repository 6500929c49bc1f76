import { createEmulator, type Emulator } from 'emulate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { SystemClock } from '../../shared/adapters/node/system-clock.ts';
import { createGitHubClient, type GitHubClient } from '../../shared/adapters/octokit/client.ts';
import { GitHubRepository } from '../../shared/adapters/octokit/git-repository.ts';
import type { FileChange } from '../../shared/ports/git-repository.ts';
import { CAPABILITIES, type Capability, describeGitRepository, type GitUnderTest } from './git-repository.ts';

/** GitHub as somebody else understood it: https://emulate.dev */
const LACKS: readonly Capability[] = ['graphql', 'statuses'];
const TOKEN = 'test_token_admin';

let emulator: Emulator;
let repositories = 0;

beforeAll(async () => {
  emulator = await createEmulator({ service: 'github', port: 0 });
});

afterAll(async () => {
  await emulator.close();
});

async function create(files: readonly FileChange[]): Promise<GitUnderTest> {
  const { client } = await open(files);
  return {
    repository: new GitHubRepository(client, { api: 'rest' }),
    setStatus: () => Promise.reject(new Error('no statuses here')),
  };
}

async function open(files: readonly FileChange[]): Promise<{ client: GitHubClient; head: string }> {
  const repo = `r${(repositories += 1)}`;
  const client = createGitHubClient({
    owner: 'admin',
    repo,
    auth: { kind: 'token', token: TOKEN },
    clock: new SystemClock(),
    apiUrl: emulator.url,
    pacing: false,
  });
  await client.writer.request('POST /user/repos', { name: repo, auto_init: true });
  return { client, head: await seed(client, files) };
}

/** Replaces the first commit's tree by one that holds `files` only. */
async function seed({ writer, owner, repo }: GitHubClient, files: readonly FileChange[]): Promise<string> {
  const tree = await Promise.all(
    files.map(async ({ path, mode, content }) => {
      const blob = { content: Buffer.from(content).toString('base64'), encoding: 'base64' };
      const { data } = await writer.request('POST /repos/{owner}/{repo}/git/blobs', { owner, repo, ...blob });
      return { path, mode, type: 'blob' as const, sha: data.sha };
    }),
  );
  const { data: made } = await writer.request('POST /repos/{owner}/{repo}/git/trees', { owner, repo, tree });
  const commit = { message: 'seed', tree: made.sha, parents: [] };
  const { data } = await writer.request('POST /repos/{owner}/{repo}/git/commits', { owner, repo, ...commit });
  const ref = { ref: 'heads/main', sha: data.sha, force: true };
  await writer.request('PATCH /repos/{owner}/{repo}/git/refs/{ref}', { owner, repo, ...ref });
  return data.sha;
}

describeGitRepository({ name: 'emulate', lacks: LACKS, create });

describe('emulate', () => {
  it('lacks exactly what it is known to lack', async () => {
    const missing: Capability[] = [];
    for (const [capability, route] of Object.entries(CAPABILITIES) as [Capability, string][]) {
      const { client, head } = await open([]);
      const { owner, repo } = client;
      const answer = client.reader.request(route, { owner, repo, ref: head, query: '{ viewer { login } }' });
      const status = await answer.then(
        () => 200,
        (error: unknown) => (error as { status: number }).status,
      );
      missing.push(...(status === 404 ? [capability] : []));
    }
    expect(missing).toEqual(LACKS);
  });
});
