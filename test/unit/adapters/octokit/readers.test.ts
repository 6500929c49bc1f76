import { createHash } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { NotFoundError, UpstreamError } from '../../../../shared/errors.ts';
import { EMPTY_TREE } from '../../../../shared/domain/git-object.ts';
import { BRANCH, branchAt, GRAPHQL, HEAD, OTHER, scriptedGitHub, TREE } from './scripted-github.ts';

const sha = (character: string): string => character.repeat(40);
const entry = (path: string, mode: string, id: string): object => ({ path, mode, sha: id, type: 'x' });
const blobId = (content: Uint8Array): string =>
  createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');

describe('head', () => {
  it('takes one request', async () => {
    const { repository, seen } = scriptedGitHub({ [BRANCH]: [branchAt(HEAD)] });
    expect(await repository.head('main')).toEqual({ commit: HEAD, tree: TREE });
    expect(seen).toHaveLength(1);
    expect(seen[0]!.authorization).toBe('token local-token');
  });

  it('does not follow a branch to its new name', async () => {
    const { repository } = scriptedGitHub({ 'GET /repos/o/r/branches/old': [branchAt(HEAD)] });
    await expect(repository.head('old')).rejects.toThrow(NotFoundError);
  });

  it.each([
    [new TypeError('fetch failed'), 0],
    [new DOMException('took too long', 'TimeoutError'), 0],
    [new DOMException('ended', 'AbortError'), 0],
    [{ status: 503, json: {} }, 503],
  ])('says that GitHub failed: %s', async (answer, status) => {
    const { repository } = scriptedGitHub({ [BRANCH]: [answer] });
    await expect(repository.head('main')).rejects.toMatchObject({ code: 'REFLEX_UPSTREAM', status, retryable: true });
  });
});

describe('listTree', () => {
  it('walks the directories of a tree that is too large for one answer', async () => {
    const whole = (id: string): string => `GET /repos/o/r/git/trees/${id}?recursive=1`;
    const flat = (id: string): string => `GET /repos/o/r/git/trees/${id}`;
    const cut = { json: { tree: [entry('a.yaml', '100644', sha('1'))], truncated: true } };
    const { repository } = scriptedGitHub({
      [whole(TREE)]: [cut],
      [flat(TREE)]: [
        {
          json: {
            tree: [
              entry('z.yaml', '100755', sha('1')),
              entry('big', '040000', sha('2')),
              entry('sub', '160000', sha('3')),
            ],
            truncated: false,
          },
        },
      ],
      [whole(sha('2'))]: [cut],
      [flat(sha('2'))]: [
        { json: { tree: [entry('in', '040000', sha('4')), entry('link', '120000', sha('5'))], truncated: false } },
      ],
      [whole(sha('4'))]: [
        { json: { tree: [entry('deep', '040000', sha('6')), entry('deep/x', '100644', sha('7'))], truncated: false } },
      ],
    });
    expect(await repository.listTree(TREE)).toEqual([
      { path: 'big/in/deep/x', mode: '100644', oid: sha('7') },
      { path: 'big/link', mode: '120000', oid: sha('5') },
      { path: 'sub', mode: '160000', oid: sha('3') },
      { path: 'z.yaml', mode: '100755', oid: sha('1') },
    ]);
  });

  it('needs no answer for the empty tree, which GitHub does not find', async () => {
    const { repository, seen } = scriptedGitHub({});
    expect(await repository.listTree(EMPTY_TREE)).toEqual([]);
    expect(seen).toEqual([]);
  });
});

describe('readBlobs', () => {
  const texts = Array.from({ length: 120 }, (_, index) => Buffer.from(`text ${index}`));
  const binary = Buffer.from([0, 1, 2]);
  const long = Buffer.from('long');
  const latin1 = Buffer.from('caf\xe9', 'latin1');
  const rest = [binary, long, latin1];
  const asRest = Object.fromEntries(
    rest.map((content) => [
      `GET /repos/o/r/git/blobs/${blobId(content)}`,
      [{ json: { encoding: 'base64', content: content.toString('base64').replace(/(.{2})/g, '$1\n') } }],
    ]),
  );
  const odd = {
    b0: { text: null, isTruncated: false },
    b1: { text: 'lo', isTruncated: true },
    b2: { text: 'café', isTruncated: false },
  };
  const answer = (from: number, to: number, shift: number): object =>
    Object.fromEntries(
      texts
        .slice(from, to)
        .map((content, index) => [`b${index + shift}`, { text: content.toString(), isTruncated: false }]),
    );

  it('asks for a hundred at a time, and by REST for what is not exact text', async () => {
    const { repository, seen } = scriptedGitHub({
      ...asRest,
      [GRAPHQL]: [
        { json: { data: { repository: { ...odd, ...answer(0, 97, 3) } } } },
        { json: { data: { repository: answer(97, 120, 0) } } },
      ],
    });
    const all = [...rest, ...texts];
    const blobs = await repository.readBlobs(all.map(blobId));
    expect(all.map((content) => blobs.get(blobId(content)))).toEqual(all.map((content) => new Uint8Array(content)));
    expect(seen.map(({ line }) => line.replace(/[0-9a-f]{40}/, 'ID'))).toEqual([
      GRAPHQL,
      GRAPHQL,
      ...rest.map(() => 'GET /repos/o/r/git/blobs/ID'),
    ]);
  });

  it('refuses a form that it cannot read', async () => {
    const { repository } = scriptedGitHub({
      [`GET /repos/o/r/git/blobs/${OTHER}`]: [{ json: { encoding: 'none', content: '' } }],
    });
    await expect(repository.readBlobs([OTHER])).rejects.toThrow(UpstreamError);
  });
});

describe('range', () => {
  const page = (count: number): object =>
    Array.from({ length: count }, (_, index) => ({ sha: sha('1'), commit: { message: `${index}` } }));
  const compare = `GET /repos/o/r/compare/${HEAD}...${OTHER}`;

  it('lists 250 commits and says that there are more', async () => {
    const answer = { json: { status: 'ahead', total_commits: 251, commits: page(100) } };
    const { repository, seen } = scriptedGitHub({ [compare]: [answer] });
    const range = await repository.range(HEAD, OTHER);
    expect(range.commits).toHaveLength(250);
    expect(range).toMatchObject({ relation: 'ahead', truncated: true });
    expect(seen).toHaveLength(3);
  });

  it('ends when GitHub lists fewer commits than it counts', async () => {
    const answers = [
      { json: { status: 'diverged', total_commits: 150, commits: page(100) } },
      { json: { status: 'diverged', total_commits: 150, commits: [] } },
    ];
    const { repository } = scriptedGitHub({ [compare]: answers });
    expect(await repository.range(HEAD, OTHER)).toMatchObject({ relation: 'diverged', truncated: true });
  });
});

describe('statuses', () => {
  it('reads page after page, and takes an unknown state for one that is not done', async () => {
    const one = { context: 'ci', state: 'odd', description: null };
    const { repository } = scriptedGitHub({
      [`GET /repos/o/r/commits/${HEAD}/status`]: [
        { json: { statuses: Array.from({ length: 100 }, () => one) } },
        { json: { statuses: [one] } },
      ],
    });
    const statuses = await repository.statuses(HEAD);
    expect(statuses).toHaveLength(101);
    expect(statuses[0]).toEqual({ context: 'ci', state: 'pending', description: '' });
  });
});
