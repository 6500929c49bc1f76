import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from '@octokit/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createAppKey } from '../../../../local/github/app-auth.ts';
import { LocalGitHub } from '../../../../local/github/local-github.ts';
import type { Repository } from '../../../../local/github/repository.ts';
import { serve, type Served } from '../../../../local/http/serve.ts';
import { SeededRandom } from '../../../../local/time/seeded-random.ts';
import { createGitHubClient, type GitHubClientOptions } from '../../../../shared/adapters/octokit/client.ts';
import { GitHubRepository } from '../../../../shared/adapters/octokit/git-repository.ts';
import type { Clock } from '../../../../shared/ports/clock.ts';

const PEOPLE = 'people-token';
const URL_BASE = 'https://github.test';
const run = promisify(execFile);

/** Time that a test moves on by hand; sleeping takes none. */
class HandClock implements Clock {
  ms = Date.now();
  readonly slept: number[] = [];

  now(): Date {
    return new Date(this.ms);
  }

  sleep(ms: number): Promise<void> {
    this.slept.push(ms);
    return Promise.resolve();
  }
}

let root: string;
let clock: HandClock;
let key: ReturnType<typeof createAppKey>;
let github: LocalGitHub;
let repository: Repository;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'local-github-'));
  clock = new HandClock();
  key = createAppKey();
  const app = { appId: 7, publicKeyPem: key.publicKeyPem };
  github = new LocalGitHub({ root, clock, random: new SeededRandom(1), app, peopleToken: PEOPLE });
  repository = await github.createRepository({
    owner: 'contoso',
    name: 'shop',
    branch: 'main',
    files: { 'a.yaml': '1' },
  });
  await github.createRepository({ owner: 'contoso', name: 'other', branch: 'main', files: { 'b.yaml': '2' } });
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

function ask(
  path: string,
  {
    method = 'GET',
    token = PEOPLE,
    body,
    headers = {},
  }: { method?: string; token?: string; body?: object; headers?: Record<string, string> } = {},
): Promise<Response> {
  return github.handler(
    new Request(`${URL_BASE}${path}`, {
      method,
      headers: { ...headers, ...(token === '' ? {} : { authorization: `token ${token}` }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  );
}

function open(auth: GitHubClientOptions['auth'], repo = 'shop', api: 'auto' | 'rest' = 'auto'): GitHubRepository {
  const fetch: typeof globalThis.fetch = (input, init) => github.handler(new Request(input, init));
  const client = createGitHubClient({ owner: 'contoso', repo, auth, clock, apiUrl: URL_BASE, pacing: false, fetch });
  return new GitHubRepository(client, { api });
}

const asPerson = { kind: 'token', token: PEOPLE } as const;

async function installationToken(
  options: { repositoryNames?: string[]; permissions?: Record<string, string> } = {},
  privateKey = key.privateKeyPem,
): Promise<string> {
  const fetch = (input: string, init: RequestInit): Promise<Response> => github.handler(new Request(input, init));
  const { request } = new Octokit({ baseUrl: URL_BASE, request: { fetch } });
  const auth = createAppAuth({ appId: 7, privateKey, installationId: 1, request });
  return (await auth({ type: 'installation', ...options })).token;
}

function commitRequest(head: string, content: string): Parameters<GitHubRepository['commit']>[0] {
  const changes = [{ path: 'a.yaml', mode: '100644' as const, content: new TextEncoder().encode(content) }];
  return { branch: 'main', expectedHead: head, headline: 'chore: change', body: '', changes };
}

describe('the App', () => {
  it('gets a token for an hour, for its repositories, with its permissions', async () => {
    const token = await installationToken({ repositoryNames: ['shop'], permissions: { contents: 'read' } });
    expect((await ask('/repos/contoso/shop', { token })).status).toBe(200);
    expect((await ask('/repos/contoso/other', { token })).status).toBe(404);
    const blob = await ask('/repos/contoso/shop/git/blobs', { token, method: 'POST', body: { content: 'x' } });
    expect(blob.status).toBe(403);
    clock.ms += 3_600_001;
    expect((await ask('/repos/contoso/shop', { token })).status).toBe(401);
  });

  it('may not write with permissions that do not say so', async () => {
    const token = await installationToken({ permissions: { metadata: 'read' } });
    const blob = await ask('/repos/contoso/shop/git/blobs', { token, method: 'POST', body: { content: 'x' } });
    expect(blob.status).toBe(403);
  });

  it('is refused with the key of another', async () => {
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
      type: 'pkcs1',
      format: 'pem',
    });
    await expect(installationToken({}, String(other))).rejects.toMatchObject({ status: 401 });
  });

  it.each([
    ['nothing', '', 401],
    ['any token', 'ghs_made_up', 401],
    ['a JWT in the place of a token', 'a.b.c', 401],
  ])('cannot read with %s', async (_, token, status) => {
    expect((await ask('/repos/contoso/shop', { token })).status).toBe(status);
  });

  it('cannot read with a JWT of another algorithm', async () => {
    const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
    const at = Math.floor(clock.ms / 1000);
    const none = `${encode({ alg: 'none' })}.${encode({ iss: 7, iat: at, exp: at + 60 })}.`;
    expect((await ask('/app', { token: none })).status).toBe(401);
  });
});

describe('git itself', () => {
  let served: Served;

  beforeEach(async () => {
    served = await serve(github.handler);
  });

  afterEach(async () => {
    await served.close();
  });

  async function git(...args: readonly string[]): Promise<string> {
    const environment = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_TERMINAL_PROMPT: '0' };
    const identity = ['-c', 'user.name=p', '-c', 'user.email=p@example.com'];
    const { stdout } = await run('git', [...identity, ...args], { env: environment, cwd: root });
    return stdout.trim();
  }

  async function cloneAndChange(): Promise<string> {
    const url = `${served.url}/contoso/shop.git`;
    await git('clone', '--quiet', url, 'clone');
    expect(await readFile(join(root, 'clone/a.yaml'), 'utf8')).toBe('1');
    await writeFile(join(root, 'clone/a.yaml'), '2');
    await git('-C', 'clone', 'commit', '--quiet', '-am', 'chore: by hand');
    return url.replace('http://', `http://person:${PEOPLE}@`);
  }

  it('clones without credentials and pushes with them', async () => {
    const url = await cloneAndChange();
    await expect(git('-C', 'clone', 'push', '--quiet', 'origin', 'main')).rejects.toThrow();
    await git('-C', 'clone', 'push', '--quiet', url, 'main');
    expect(await repository.headOf('main')).toBe(await git('-C', 'clone', 'rev-parse', 'HEAD'));
  });

  it('may not push with a token that is for another repository', async () => {
    const url = await cloneAndChange();
    const token = await installationToken({ repositoryNames: ['other'], permissions: { contents: 'write' } });
    await expect(git('-C', 'clone', 'push', '--quiet', url.replace(PEOPLE, token), 'main')).rejects.toThrow();
  });

  it('may not push to a protected branch, and neither may the API commit to it', async () => {
    const url = await cloneAndChange();
    const before = await repository.headOf('main');
    await repository.protect('main');
    await expect(git('-C', 'clone', 'push', '--quiet', url, 'main')).rejects.toThrow(/GH006/);
    await git('-C', 'clone', 'push', '--quiet', url, 'main:refs/heads/side');
    for (const api of ['auto', 'rest'] as const) {
      const opened = open(asPerson, 'shop', api);
      await expect(opened.commit(commitRequest(before ?? '', '3'))).rejects.toMatchObject({
        code: 'REFLEX_WRITE_REFUSED',
      });
    }
    expect(await repository.headOf('main')).toBe(before);
  });
});

describe('what goes wrong on demand', () => {
  const faults = '/_local/faults';

  it('is switched by whoever holds the token of people', async () => {
    expect((await ask(faults, { token: 'x' })).status).toBe(401);
    const set = await ask(faults, { method: 'POST', body: { path: '^/repos/contoso/shop$', status: 503, times: 1 } });
    expect(set.status).toBe(201);
    expect([(await ask('/repos/contoso/shop')).status, (await ask('/repos/contoso/shop')).status]).toEqual([503, 200]);
    expect((await ask('/repos/contoso/other')).status).toBe(200);
    const { requests } = (await (await ask(faults)).json()) as { requests: Record<string, number> };
    expect(requests).toEqual({ 'GET /repos/contoso/other': 1, 'GET /repos/contoso/shop': 2 });
  });

  it.each([{ status: 500 }, { path: '(' }, { path: '/', status: 200 }, { path: '/', odd: 1 }])(
    'refuses %j',
    async (body) => {
      expect((await ask(faults, { method: 'POST', body })).status).toBe(422);
    },
  );

  it('is slowness, by route, until it is cleared', async () => {
    await ask(faults, { method: 'POST', body: { path: '/shop', latencyMs: 700 } });
    await ask('/repos/contoso/shop');
    await ask('/repos/contoso/other');
    expect((await ask(faults, { method: 'DELETE' })).status).toBe(204);
    await ask('/repos/contoso/shop');
    expect(clock.slept).toEqual([700]);
  });

  it('is an answer that is lost after the commit was made', async () => {
    const head = (await repository.headOf('main')) ?? '';
    github.faults.add({ path: '^/graphql$', status: 502, applied: true, times: 1 });
    await expect(open(asPerson).commit(commitRequest(head, '2'))).rejects.toMatchObject({ code: 'REFLEX_UPSTREAM' });
    expect(await repository.headOf('main')).not.toBe(head);
  });

  it('is a secondary limit', async () => {
    github.faults.add({
      path: '/git/trees',
      status: 403,
      headers: { 'retry-after': '60' },
      message: 'You have exceeded a secondary rate limit.',
    });
    await expect(open(asPerson).listTree('0'.repeat(40))).rejects.toMatchObject({
      code: 'REFLEX_RATE_LIMITED',
      retryAfterMs: 60_000,
    });
  });

  it('is no primary limit for whoever asks again for what has not changed', async () => {
    github.limit.perHour = 2;
    const repository = open(asPerson);
    const first = await repository.head('main');
    for (let look = 0; look < 20; look += 1) {
      expect(await repository.head('main')).toEqual(first);
    }
  });

  it('is the primary limit, until the hour is over', async () => {
    github.limit.perHour = 2;
    await ask('/repos/contoso/shop');
    const last = await ask('/repos/contoso/shop');
    expect(last.headers.get('x-ratelimit-remaining')).toBe('0');
    const refused = await ask('/repos/contoso/shop');
    expect([refused.status, ((await refused.json()) as { message: string }).message]).toEqual([
      403,
      expect.stringContaining('rate limit exceeded'),
    ]);
    expect(Number(refused.headers.get('x-ratelimit-reset')) * 1000).toBeGreaterThan(clock.ms);
    await expect(open(asPerson).head('main')).rejects.toMatchObject({ code: 'REFLEX_RATE_LIMITED' });
    clock.ms += 3_600_000;
    expect((await ask('/repos/contoso/shop')).status).toBe(200);
  });
});

describe('the REST API', () => {
  it('answers 304 to whoever holds the answer already', async () => {
    const etag = (await ask('/repos/contoso/shop')).headers.get('etag') ?? '';
    const known = await ask('/repos/contoso/shop', { headers: { 'if-none-match': etag } });
    expect([known.status, await known.text()]).toEqual([304, '']);
  });

  it('refuses a push that is no fast-forward, and moves no branch', async () => {
    const head = (await repository.headOf('main')) ?? '';
    const opened = open(asPerson, 'shop', 'rest');
    await opened.commit(commitRequest(head, '2'));
    const { sha } = (await (
      await ask('/repos/contoso/shop/git/commits', {
        method: 'POST',
        body: { message: 'm', tree: await repository.resolve(`${head}^{tree}`), parents: [head] },
      })
    ).json()) as { sha: string };
    const moved = await ask('/repos/contoso/shop/git/refs/heads/main', { method: 'PATCH', body: { sha } });
    expect([moved.status, ((await moved.json()) as { message: string }).message]).toEqual([
      422,
      'Update is not a fast forward',
    ]);
  });

  it.each([
    ['GET', '/repos/contoso/shop/branches/nowhere', undefined, 404],
    ['GET', '/repos/contoso/nobody', undefined, 404],
    ['GET', '/repos/contoso/shop/unheard-of', undefined, 404],
    ['POST', `/repos/contoso/shop/statuses/${'0'.repeat(40)}`, { state: 'success' }, 422],
    ['POST', '/repos/contoso/shop/git/trees', { base_tree: '0'.repeat(40), tree: [] }, 422],
    ['PATCH', '/repos/contoso/shop/git/refs/heads/nowhere', { sha: '0'.repeat(40) }, 422],
  ])('%s %s', async (method, path, body, status) => {
    expect((await ask(path, { method, ...(body === undefined ? {} : { body }) })).status).toBe(status);
  });

  it('answers 400 to what is no JSON, and to a path that is none', async () => {
    const send = (path: string): Promise<Response> =>
      github.handler(
        new Request(`${URL_BASE}${path}`, { method: 'POST', body: '{', headers: { authorization: `token ${PEOPLE}` } }),
      );
    const statuses = [await send('/graphql'), await send('/repos/contoso/shop/git/trees'), await send('/%E0%A4%A')];
    expect(statuses.map(({ status }) => status)).toEqual([400, 400, 400]);
  });

  it('takes statuses of commits that are there, and combines them', async () => {
    const head = (await repository.headOf('main')) ?? '';
    const set = (state: string, context: string): Promise<Response> =>
      ask(`/repos/contoso/shop/statuses/${head}`, { method: 'POST', body: { state, context } });
    expect((await set('perhaps', 'a')).status).toBe(422);
    const state = async (): Promise<string> =>
      ((await (await ask('/repos/contoso/shop/commits/main/status')).json()) as { state: string }).state;
    expect(await state()).toBe('pending');
    await set('success', 'a');
    expect(await state()).toBe('success');
    await set('error', 'b');
    expect(await state()).toBe('failure');
    expect(await (await ask('/repos/contoso/shop/commits/main/statuses?per_page=1')).json()).toMatchObject([
      { context: 'b' },
    ]);
  });
});

describe('many writers', () => {
  it('make a linear history in which nothing is lost', async () => {
    const writers = 8;
    const write = async (index: number): Promise<void> => {
      const opened = open(asPerson, 'shop', index % 2 === 0 ? 'auto' : 'rest');
      for (;;) {
        const { commit } = await opened.head('main');
        const changes = [{ path: `w${index}.yaml`, mode: '100644' as const, content: new TextEncoder().encode('x') }];
        const made = await opened.commit({ ...commitRequest(commit, ''), changes }).catch((error: unknown) => error);
        if (!(made instanceof Error)) {
          return;
        }
        expect(made).toMatchObject({ code: 'REFLEX_STALE_HEAD' });
      }
    };
    await Promise.all(Array.from({ length: writers }, (_, index) => write(index)));
    const { tree, commit } = await open(asPerson).head('main');
    expect((await open(asPerson).listTree(tree)).map(({ path }) => path)).toHaveLength(writers + 1);
    const first = await repository.resolve(`${commit}~${writers}`);
    expect((await repository.between(first ?? '', commit)).length).toBe(writers);
  });
});
