import { spawn } from 'node:child_process';
import { join } from 'node:path';

import { createAppKey } from '../local/github/app-auth.ts';
import { LocalGitHub } from '../local/github/local-github.ts';
import { SeededRandom } from '../local/time/seeded-random.ts';
import { SystemClock } from '../shared/adapters/node/system-clock.ts';
import { createGitHubClient } from '../shared/adapters/octokit/client.ts';
import { GitHubRepository } from '../shared/adapters/octokit/git-repository.ts';

const TOKEN = 'bench';
const AUTHOR = ['-c', 'user.name=bench', '-c', 'user.email=bench@example.org'];

/** A repository on a local Git host, as the product and as the Git binary reach it. */
export interface BenchRepository {
  readonly repository: GitHubRepository;
  /** How often the Git host's API was asked. */
  readonly host: { requests: number };
  /** The bare repository. */
  readonly directory: string;
}

/**
 * Creates a repository of what `fill` writes into a working copy.
 * @param root - an empty directory; all of it lies below.
 */
export async function createBenchRepository(
  root: string,
  fill: (work: string) => Promise<void>,
): Promise<BenchRepository> {
  const clock = new SystemClock();
  const app = { appId: 1, publicKeyPem: createAppKey().publicKeyPem };
  const github = new LocalGitHub({ root, clock, random: new SeededRandom(1), app, peopleToken: TOKEN });
  const { directory } = await github.createRepository({ owner: 'contoso', name: 'big', branch: 'main', files: {} });
  const work = join(root, 'work');
  await git(root, ['clone', '--quiet', directory, 'work']);
  await fill(work);
  await commitAndPush(work);
  const host = { requests: 0 };
  const client = createGitHubClient({
    owner: 'contoso',
    repo: 'big',
    auth: { kind: 'token', token: TOKEN },
    clock,
    apiUrl: 'https://github.test',
    pacing: false,
    fetch: async (input, init) => {
      host.requests += 1;
      return await github.handler(new Request(input, init));
    },
  });
  return { repository: new GitHubRepository(client), host, directory };
}

/** Commits all that a working copy holds, and pushes it to `main`. */
export async function commitAndPush(work: string): Promise<void> {
  await git(work, ['-c', 'core.compression=0', 'add', '.']);
  await git(work, [...AUTHOR, 'commit', '--quiet', '-m', 'bench']);
  await git(work, ['push', '--quiet', 'origin', 'HEAD:main']);
}

/** Runs Git. @throws Error if it fails. */
export async function git(directory: string, args: readonly string[]): Promise<void> {
  const child = spawn('git', ['-c', 'safe.directory=*', '-C', directory, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const status = await new Promise((resolve) => child.once('exit', resolve));
  if (status !== 0) {
    throw new Error(`git ${args[0] ?? ''} ended with ${String(status)}`);
  }
}

/** Milliseconds of some work. */
export async function timed(run: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await run();
  return performance.now() - began;
}
