import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createAppKey } from '../../../../local/github/app-auth.ts';
import { LocalGitHub } from '../../../../local/github/local-github.ts';
import { SeededRandom } from '../../../../local/time/seeded-random.ts';
import { VirtualClock } from '../../../../local/time/virtual-clock.ts';
import { createGitHubClient } from '../../../../shared/adapters/octokit/client.ts';
import { GitHubRepository } from '../../../../shared/adapters/octokit/git-repository.ts';
import { tarFiles } from '../../../../shared/adapters/octokit/tar-files.ts';

const TOKEN = 'a-token-of-people';
const FILES = {
  'a.yaml': 'a: 1\n',
  'empty.yaml': '',
  [`${'long/'.repeat(40)}name.yaml`]: 'x'.repeat(2000),
  'left-out.yaml': 'left: out\n',
  'changed.yaml': 'id: $Format:%H$\n',
  '.gitattributes': 'left-out.yaml export-ignore\nchanged.yaml export-subst\n',
};

describe('contents out of the archive of a commit', () => {
  let root: string;
  let github: LocalGitHub;
  let paths: string[] = [];
  let brokenBy: ((path: string) => Response | undefined) | undefined;
  let repository: GitHubRepository;
  let expected: ReadonlyMap<string, string>;
  let commit = '';

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'archive-'));
    const clock = new VirtualClock();
    const app = { appId: 1, publicKeyPem: createAppKey().publicKeyPem };
    github = new LocalGitHub({ root, clock, random: new SeededRandom(1), app, peopleToken: TOKEN });
    await github.createRepository({ owner: 'contoso', name: 'gitops', branch: 'main', files: FILES });
    const client = createGitHubClient({
      owner: 'contoso',
      repo: 'gitops',
      auth: { kind: 'token', token: TOKEN },
      clock,
      apiUrl: 'https://github.test',
      pacing: false,
      fetch: async (input, init) => {
        const request = new Request(input, init);
        const { pathname } = new URL(request.url);
        paths.push(pathname);
        return brokenBy?.(pathname) ?? (await github.handler(request));
      },
    });
    repository = new GitHubRepository(client);
    const head = await repository.head('main');
    ({ commit } = head);
    const entries = await repository.listTree(head.tree);
    expected = new Map(entries.map(({ path, oid }) => [oid, (FILES as Record<string, string>)[path] ?? '']));
  });

  afterAll(async () => {
    await rm(root, { recursive: true, force: true });
  });

  async function read(): Promise<ReadonlyMap<string, string>> {
    paths = [];
    const blobs = await repository.readBlobs([...expected.keys()], commit);
    return new Map([...expected.keys()].map((oid) => [oid, new TextDecoder().decode(blobs.get(oid))]));
  }

  it('come in one request, and what it leaves out or changes in a query', async () => {
    expect(await read()).toEqual(expected);
    expect(paths).toEqual([expect.stringMatching(/\/tarball\/[0-9a-f]{40}$/), '/graphql']);
  });

  it.each([
    ['is no archive', new Response('not a tar file')],
    ['is not there', new Response('{}', { status: 404 })],
  ])('come by queries where the answer %s', async (_, answer) => {
    brokenBy = (path) => (path.includes('/tarball/') ? answer : undefined);
    expect(await read()).toEqual(expected);
    expect(paths.at(-1)).toBe('/graphql');
    brokenBy = undefined;
  });

  it('end where the bytes end', () => {
    const header = new Uint8Array(512);
    header.set(new TextEncoder().encode('00000001750'), 124);
    header[156] = '0'.charCodeAt(0);
    expect([...tarFiles(new Uint8Array([...header, 1, 2, 3]))]).toEqual([]);
    expect([...tarFiles(new Uint8Array(100))]).toEqual([]);
  });
});
