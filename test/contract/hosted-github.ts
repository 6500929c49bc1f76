import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll } from 'vitest';

import { createAppKey } from '../../local/github/app-auth.ts';
import { LocalGitHub } from '../../local/github/local-github.ts';
import { SeededRandom } from '../../local/time/seeded-random.ts';
import { SystemClock } from '../../shared/adapters/node/system-clock.ts';
import type { GitHubClientOptions } from '../../shared/adapters/octokit/client.ts';

const TOKEN = 'a-token-of-people';
const URL = 'https://github.test';
const { privateKeyPem, publicKeyPem } = createAppKey();

/** The App's own sign-in. */
export const AS_APP = { kind: 'app', appId: 1, installationId: 1, key: { privateKey: privateKeyPem } } as const;
/** A person's token, which may do everything. */
export const AS_PERSON = { kind: 'token', token: TOKEN } as const;
export const OWNER = 'contoso';

type Options = Omit<GitHubClientOptions, 'auth'>;

/** A local GitHub for the tests of a file: opened before them, gone with them. */
export class HostedGitHub {
  readonly clock = new SystemClock();
  #github: LocalGitHub | undefined;
  #repositories = 0;

  constructor() {
    let root: string;
    beforeAll(async () => {
      root = await mkdtemp(join(tmpdir(), 'local-github-'));
      const app = { appId: 1, publicKeyPem };
      const random = new SeededRandom(1);
      this.#github = new LocalGitHub({ root, clock: this.clock, random, app, peopleToken: TOKEN });
    });
    afterAll(async () => {
      await rm(root, { recursive: true });
    });
  }

  get github(): LocalGitHub {
    if (this.#github === undefined) {
      throw new Error('the tests have not begun');
    }
    return this.#github;
  }

  /** Makes a repository of its own, with one commit on `main`. */
  async create(files: Readonly<Record<string, string>> = {}) {
    const repo = `r${(this.#repositories += 1)}`;
    const seeded = await this.github.createRepository({ owner: OWNER, name: repo, branch: 'main', files });
    return { repo, seeded };
  }

  /** What a client of one of the repositories is made with. */
  options(repo: string, more: Partial<Options> = {}): Options {
    return {
      ...{ owner: OWNER, repo, clock: this.clock, apiUrl: URL, pacing: false },
      fetch: (input, init) => this.github.handler(new Request(input, init)),
      ...more,
    };
  }

  /** Asks as a person, below a repository. */
  async ask(repo: string, method: string, path: string, body: object): Promise<Response> {
    const headers = { authorization: `token ${TOKEN}` };
    const url = `${URL}/repos/${OWNER}/${repo}${path}`;
    return await this.github.handler(new Request(url, { method, headers, body: JSON.stringify(body) }));
  }
}
