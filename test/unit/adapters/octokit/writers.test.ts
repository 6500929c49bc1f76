import { describe, expect, it } from 'vitest';

import {
  NotFoundError,
  RateLimitedError,
  type ReflexError,
  StaleHeadError,
  UpstreamError,
  WriteRefusedError,
} from '../../../../shared/errors.ts';
import { BRANCH, branchAt, GRAPHQL, HEAD, OTHER, REQUEST, scriptedGitHub } from './scripted-github.ts';

const PATCH = 'PATCH /repos/o/r/git/refs/heads%2Fmain';
const OBJECTS = {
  'POST /repos/o/r/git/trees': [{ status: 201, json: { sha: 'd'.repeat(40) } }],
  'POST /repos/o/r/git/blobs': [{ status: 201, json: { sha: 'e'.repeat(40) } }],
  'POST /repos/o/r/git/commits': [{ status: 201, json: { sha: OTHER, html_url: 'https://github.example/c' } }],
};

async function failureOf(work: Promise<unknown>): Promise<ReflexError> {
  return (await work.then(
    () => new Error('it worked'),
    (error: unknown) => error,
  )) as ReflexError;
}

function graphqlErrors(...errors: object[]): { json: unknown } {
  return { json: { data: { createCommitOnBranch: null }, errors } };
}

describe('writing by GraphQL', () => {
  it('sends one mutation with the expected head', async () => {
    const commit = { oid: OTHER, url: 'https://github.example/c' };
    const { repository, seen } = scriptedGitHub({
      [GRAPHQL]: [{ json: { data: { createCommitOnBranch: { commit } } } }],
    });
    expect(await repository.commit({ ...REQUEST, body: 'Reflex-Event: 1' })).toEqual({
      commit: OTHER,
      url: commit.url,
    });
    expect(seen.map(({ line }) => line)).toEqual([GRAPHQL]);
    expect(seen[0]!.body).toMatchObject({
      variables: {
        input: {
          branch: { repositoryNameWithOwner: 'o/r', branchName: 'main' },
          message: { headline: 'chore: change', body: 'Reflex-Event: 1' },
          expectedHeadOid: HEAD,
          fileChanges: { additions: [{ path: 'a.yaml', contents: Buffer.from('tag: v2\n').toString('base64') }] },
        },
      },
    });
  });

  it('sends nothing while there is no room for a request that creates content', async () => {
    const asked: number[] = [];
    const budget = {
      take: (requests: number): Promise<void> => {
        asked.push(requests);
        return Promise.reject(new RateLimitedError('full', 5_000));
      },
    };
    const { repository, seen } = scriptedGitHub({}, { budget });
    expect(await failureOf(repository.commit(REQUEST))).toMatchObject({ retryAfterMs: 5_000 });
    const byRest = scriptedGitHub({ [BRANCH]: [branchAt(HEAD)] }, { budget, api: 'rest' });
    const binary = { path: 'b.bin', mode: '100644', content: Buffer.from([0, 1]) } as const;
    const two = { ...REQUEST, changes: [...REQUEST.changes, binary] };
    expect(await failureOf(byRest.repository.commit(two))).toBeInstanceOf(RateLimitedError);
    expect([seen, byRest.seen.map(({ line }) => line), asked]).toEqual([[], [BRANCH], [1, 4]]);
  });

  it('finds the GraphQL address of GitHub Enterprise beside its REST address', async () => {
    const { repository, seen } = scriptedGitHub({}, { apiUrl: 'https://ghe.example/api/v3' });
    await failureOf(repository.commit(REQUEST));
    expect(seen[0]!.line).toBe('POST https://ghe.example/api/graphql');
  });

  it.each([
    ['STALE_DATA', HEAD, StaleHeadError],
    ['UNPROCESSABLE', OTHER, StaleHeadError],
    ['UNPROCESSABLE', HEAD, WriteRefusedError],
    ['FORBIDDEN', HEAD, WriteRefusedError],
    ['NOT_FOUND', HEAD, NotFoundError],
    ['INTERNAL', HEAD, UpstreamError],
  ])('maps %s, with the branch at %s', async (type, head, expected) => {
    const { repository } = scriptedGitHub({
      [GRAPHQL]: [graphqlErrors({ type, message: 'no' })],
      [BRANCH]: [branchAt(head)],
    });
    expect(await failureOf(repository.commit(REQUEST))).toBeInstanceOf(expected);
  });

  it('refuses for good what the host does not know', async () => {
    const error = { message: "Field doesn't exist", extensions: { code: 'undefinedField' } };
    const { repository } = scriptedGitHub({ [GRAPHQL]: [graphqlErrors(error)], [BRANCH]: [branchAt(HEAD)] });
    expect(await failureOf(repository.commit(REQUEST))).toBeInstanceOf(WriteRefusedError);
  });

  it.each([
    ['no answer', new TypeError('fetch failed'), 0],
    ['a failure told in words only', graphqlErrors({ message: 'Something went wrong while executing your query.' }), 0],
    ['an answer that tells nothing', { json: {} }, 0],
    ['a gateway that gave up', { status: 502, json: {} }, 502],
  ])('sends once and does not know the outcome after %s', async (_, answer, status) => {
    const { repository, seen } = scriptedGitHub({ [GRAPHQL]: [answer] }, { pacing: true });
    const failure = await failureOf(repository.commit(REQUEST));
    expect(failure).toMatchObject({ code: 'REFLEX_UPSTREAM', status, retryable: true });
    expect(seen).toHaveLength(1);
  });

  it.each([true, false])('hands on the rate limit of GraphQL (pacing %s)', async (pacing) => {
    const { clock } = scriptedGitHub({});
    const reset = String(clock.now().getTime() / 1000 + 90);
    const answer = {
      ...graphqlErrors({ type: 'RATE_LIMITED', message: 'no' }),
      headers: { 'x-ratelimit-reset': reset },
    };
    const { repository, seen } = scriptedGitHub({ [GRAPHQL]: [answer] }, { pacing });
    expect(await failureOf(repository.commit(REQUEST))).toMatchObject({
      code: 'REFLEX_RATE_LIMITED',
      retryAfterMs: 90_000,
    });
    expect(seen).toHaveLength(1);
  });

  it.each([
    ['a secondary limit', 403, { 'retry-after': '7' }, 'secondary rate limit', 7_000],
    ['a secondary limit without a number', 403, {}, 'You have exceeded a secondary rate limit', 60_000],
    [
      'a primary limit',
      403,
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1767600010' },
      'API rate limit',
      10_000,
    ],
    ['too many requests', 429, { 'retry-after': '3' }, 'slow down', 3_000],
  ])('hands on %s with its own number', async (_, status, headers, message, retryAfterMs) => {
    const answer = { status, headers: headers as Record<string, string>, json: { message } };
    const { repository } = scriptedGitHub({ [GRAPHQL]: [answer] });
    const failure = await failureOf(repository.commit(REQUEST));
    expect(failure).toBeInstanceOf(RateLimitedError);
    expect(failure).toMatchObject({ retryAfterMs });
  });

  it.each([
    [422, OTHER, StaleHeadError],
    [409, OTHER, StaleHeadError],
    [422, HEAD, WriteRefusedError],
  ])('asks the branch why HTTP %d came, with the branch at %s', async (status, head, expected) => {
    const { repository } = scriptedGitHub({
      [GRAPHQL]: [{ status, json: { message: 'no' } }],
      [BRANCH]: [branchAt(head)],
    });
    expect(await failureOf(repository.commit(REQUEST))).toBeInstanceOf(expected);
  });

  it('refuses for good when the app lacks the permission', async () => {
    const answer = { status: 403, json: { message: 'Resource not accessible by integration' } };
    const { repository } = scriptedGitHub({ [GRAPHQL]: [answer] });
    expect(await failureOf(repository.commit(REQUEST))).toBeInstanceOf(WriteRefusedError);
  });

  it('asks for another token once when the first is refused', async () => {
    const commit = { oid: OTHER, url: 'u' };
    const refused = { status: 401, json: { message: 'Bad credentials' } };
    const { repository, seen } = scriptedGitHub({
      [GRAPHQL]: [refused, { json: { data: { createCommitOnBranch: { commit } } } }],
    });
    expect((await repository.commit(REQUEST)).commit).toBe(OTHER);
    expect(seen).toHaveLength(2);
    const { repository: hopeless, seen: tries } = scriptedGitHub({ [GRAPHQL]: [refused] });
    expect(await failureOf(hopeless.commit(REQUEST))).toBeInstanceOf(WriteRefusedError);
    expect(tries).toHaveLength(2);
  });
});

describe('writing by REST', () => {
  it('is chosen for an executable file, and sends text with the tree and bytes as a blob', async () => {
    const changes = [
      { path: 'run.sh', mode: '100755' as const, content: Buffer.from('#!/bin/sh\r\n') },
      { path: 'logo', mode: '100644' as const, content: Uint8Array.of(0xff, 0) },
    ];
    const { repository, seen } = scriptedGitHub({ ...OBJECTS, [BRANCH]: [branchAt(HEAD)], [PATCH]: [{ json: {} }] });
    expect(await repository.commit({ ...REQUEST, changes })).toEqual({
      commit: OTHER,
      url: 'https://github.example/c',
    });
    expect(seen.map(({ line }) => line)).toEqual([
      BRANCH,
      'POST /repos/o/r/git/blobs',
      'POST /repos/o/r/git/trees',
      'POST /repos/o/r/git/commits',
      PATCH,
    ]);
    expect(seen[2]!.body).toMatchObject({
      tree: [
        { mode: '100755', content: '#!/bin/sh\r\n' },
        { mode: '100644', sha: 'e'.repeat(40) },
      ],
    });
    expect(seen[3]!.body).toMatchObject({ parents: [HEAD], message: 'chore: change' });
    expect(seen[4]!.body).toEqual({ sha: OTHER, force: false });
  });

  it('is chosen for a change that is too large for one query', async () => {
    const { repository, seen } = scriptedGitHub({ ...OBJECTS, [BRANCH]: [branchAt(HEAD)], [PATCH]: [{ json: {} }] });
    await repository.commit({
      ...REQUEST,
      changes: [{ ...REQUEST.changes[0]!, content: Buffer.alloc(5_000_000, 'x') }],
    });
    expect(seen.map(({ line }) => line)).not.toContain(GRAPHQL);
  });

  it('sends nothing from an old head', async () => {
    const { repository, seen } = scriptedGitHub({ ...OBJECTS, [BRANCH]: [branchAt(OTHER)] }, { api: 'rest' });
    expect(await failureOf(repository.commit(REQUEST))).toBeInstanceOf(StaleHeadError);
    expect(seen.map(({ line }) => line)).toEqual([BRANCH]);
  });

  it.each([
    ['the branch has moved', 422, OTHER, StaleHeadError],
    ['a rule of the host', 422, HEAD, WriteRefusedError],
    ['a lock', 409, HEAD, WriteRefusedError],
    ['a missing permission', 403, HEAD, WriteRefusedError],
    ['a failing host', 500, HEAD, UpstreamError],
  ])('tells why the last step was refused: %s', async (_, status, head, expected) => {
    const refused = { status, json: { message: 'Update is not a fast forward' } };
    const script = { ...OBJECTS, [BRANCH]: [branchAt(HEAD), branchAt(head)], [PATCH]: [refused] };
    const { repository } = scriptedGitHub(script, { api: 'rest' });
    expect(await failureOf(repository.commit(REQUEST))).toBeInstanceOf(expected);
  });

  it('does not move the branch to a commit that was not confirmed', async () => {
    const script = { ...OBJECTS, [BRANCH]: [branchAt(HEAD)], 'POST /repos/o/r/git/commits': [{ json: '' }] };
    const { repository, seen } = scriptedGitHub(script, { api: 'rest' });
    expect(await failureOf(repository.commit(REQUEST))).toMatchObject({ code: 'REFLEX_UPSTREAM', status: 0 });
    expect(seen.map(({ line }) => line)).not.toContain(PATCH);
  });
});
