import { VirtualClock } from '../../../../local/time/virtual-clock.ts';
import { createGitHubClient, type GitHubClientOptions } from '../../../../shared/adapters/octokit/client.ts';
import { GitHubRepository, type GitHubRepositoryOptions } from '../../../../shared/adapters/octokit/git-repository.ts';
import type { CommitRequest } from '../../../../shared/ports/git-repository.ts';

/** One request as GitHub would see it. */
export interface Seen {
  readonly line: string;
  readonly authorization: string | null;
  readonly body: unknown;
}

type Answer = { readonly status?: number; readonly headers?: Record<string, string>; readonly json: unknown } | Error;

/** A GitHub that answers `METHOD /path?query` (or a part of it) as told; each list of answers is used up in order. */
export function scriptedGitHub(
  answers: Readonly<Record<string, readonly Answer[]>>,
  options: Partial<GitHubClientOptions> & GitHubRepositoryOptions = {},
): { repository: GitHubRepository; seen: Seen[]; clock: VirtualClock } {
  const seen: Seen[] = [];
  const left = new Map(Object.entries(answers).map(([line, list]) => [line, [...list]]));
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const { origin, pathname, search } = new URL(request.url);
    const line = `${request.method} ${origin === 'https://api.github.com' ? '' : origin}${pathname}${search}`;
    const text = await request.text();
    seen.push({
      line,
      authorization: request.headers.get('authorization'),
      body: text === '' ? undefined : JSON.parse(text),
    });
    const list = left.get(line) ?? left.get(line.replace(/\?.*/, '')) ?? [];
    const answer = list.length > 1 ? list.shift() : list[0];
    if (answer === undefined) {
      return Response.json({ message: 'Not Found' }, { status: 404 });
    }
    if (answer instanceof Error) {
      throw answer;
    }
    return Response.json(answer.json, { status: answer.status ?? 200, headers: answer.headers ?? {} });
  };
  const clock = new VirtualClock();
  const { api = 'auto', ...client } = options;
  const auth = { kind: 'token', token: 'local-token' } as const;
  const github = createGitHubClient({ owner: 'o', repo: 'r', auth, clock, fetch, pacing: false, ...client });
  return { repository: new GitHubRepository(github, { api }), seen, clock };
}

export const HEAD = 'a'.repeat(40);
export const OTHER = 'b'.repeat(40);
export const TREE = 'c'.repeat(40);

export function branchAt(commit: string): Answer {
  return { json: { name: 'main', commit: { sha: commit, commit: { tree: { sha: TREE } } } } };
}

export const BRANCH = 'GET /repos/o/r/branches/main';
export const GRAPHQL = 'POST /graphql';

export const REQUEST: CommitRequest = {
  branch: 'main',
  expectedHead: HEAD,
  headline: 'chore: change',
  body: '',
  changes: [{ path: 'a.yaml', mode: '100644', content: Buffer.from('tag: v2\n') }],
};
