import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { failure, json } from './answer.ts';
import type { ApiCall } from './api-call.ts';
import { pageOf } from './paging.ts';
import { HeadMoved, type Repository } from './repository.ts';

/** A pull request as it is kept; its head commit is the branch's while it is open. */
interface Stored {
  readonly number: number;
  readonly head: string;
  readonly base: string;
  readonly sha: string;
  readonly title: string;
  readonly body: string | null;
  readonly state: 'open' | 'closed';
  readonly closed_at: string | null;
  readonly merged_at: string | null;
  readonly merge_commit_sha: string | null;
  readonly labels: readonly string[];
  readonly reviewers: readonly string[];
  readonly teams: readonly string[];
  readonly auto_merge: string | null;
}

type Parts = readonly string[];

/** `GET /pulls`: by head (`owner:branch`), base and state, newest first. */
export async function listPullRequests(repository: Repository, { url }: ApiCall): Promise<Response> {
  const { searchParams } = url;
  const [head, base, state] = [searchParams.get('head'), searchParams.get('base'), searchParams.get('state') ?? 'open'];
  const found = load(repository)
    .filter((pull) => head === null || head.toLowerCase() === `${repository.owner}:${pull.head}`.toLowerCase())
    .filter((pull) => (base === null || pull.base === base) && (state === 'all' || pull.state === state))
    .toReversed();
  return json(200, await Promise.all(pageOf(found, url).map((pull) => describe(repository, pull))));
}

export async function readPullRequest(repository: Repository, _call: ApiCall, [number]: Parts): Promise<Response> {
  const pull = find(repository, number);
  return pull === undefined ? failure(404, 'Not Found') : json(200, await describe(repository, pull));
}

export async function createPullRequest(repository: Repository, { request }: ApiCall): Promise<Response> {
  const { head = '', base = '', title, body } = (await request.json()) as Partial<Record<string, string>>;
  const [from, to] = [await repository.headOf(head), await repository.headOf(base)];
  if (from === undefined || to === undefined || title === undefined || title === '') {
    return failure(422, 'Validation Failed');
  }
  if (await repository.isAncestor(from, to)) {
    return failure(422, `No commits between ${base} and ${head}`);
  }
  const pulls = load(repository);
  if (pulls.some((one) => one.head === head && one.base === base && one.state === 'open')) {
    return failure(422, `A pull request already exists for ${repository.owner}:${head}.`);
  }
  const pull: Stored = {
    number: pulls.length + 1,
    head,
    base,
    sha: from,
    title,
    body: body ?? null,
    state: 'open',
    closed_at: null,
    merged_at: null,
    merge_commit_sha: null,
    labels: [],
    reviewers: [],
    teams: [],
    auto_merge: null,
  };
  save(repository, pull);
  return json(201, await describe(repository, pull));
}

/** `PATCH /pulls/{number}`: title, body, state. */
export async function updatePullRequest(repository: Repository, call: ApiCall, [number]: Parts): Promise<Response> {
  const { title, body, state } = (await call.request.json()) as Partial<Record<string, string>>;
  const pull = find(repository, number);
  if (pull === undefined) {
    return failure(404, 'Not Found');
  }
  if (state === 'open' && pull.merged_at !== null) {
    return failure(422, 'Validation Failed');
  }
  const sha = (await repository.headOf(pull.head)) ?? pull.sha;
  const isClosing = state === 'closed' && pull.state === 'open';
  return json(
    200,
    await describe(
      repository,
      save(repository, {
        ...pull,
        ...(title === undefined ? {} : { title }),
        ...(body === undefined ? {} : { body }),
        ...(isClosing ? { state: 'closed' as const, closed_at: call.clock.now().toISOString(), sha } : {}),
        ...(state === 'open' ? { state: 'open' as const, closed_at: null } : {}),
      }),
    ),
  );
}

/** `POST /issues/{number}/labels` */
export async function addLabels(repository: Repository, { request }: ApiCall, [number]: Parts): Promise<Response> {
  const { labels = [] } = (await request.json()) as { labels?: readonly string[] };
  const pull = find(repository, number);
  if (pull === undefined) {
    return failure(404, 'Not Found');
  }
  const stored = save(repository, { ...pull, labels: [...new Set([...pull.labels, ...labels])] });
  return json(
    200,
    stored.labels.map((name) => ({ name })),
  );
}

/** `POST /pulls/{number}/requested_reviewers` */
export async function requestReviews(repository: Repository, { request }: ApiCall, [number]: Parts): Promise<Response> {
  const asked = (await request.json()) as { reviewers?: readonly string[]; team_reviewers?: readonly string[] };
  const pull = find(repository, number);
  if (pull === undefined) {
    return failure(404, 'Not Found');
  }
  const reviewers = [...new Set([...pull.reviewers, ...(asked.reviewers ?? [])])];
  const teams = [...new Set([...pull.teams, ...(asked.team_reviewers ?? [])])];
  return json(201, await describe(repository, save(repository, { ...pull, reviewers, teams })));
}

/** `PUT /pulls/{number}/merge` by a merge commit or, with `merge_method: squash`, by one of its own. */
export async function mergePullRequest(repository: Repository, call: ApiCall, [number]: Parts): Promise<Response> {
  const { merge_method: method = 'merge' } = (await call.request.json().catch(() => ({}))) as { merge_method?: string };
  const pull = find(repository, number);
  if (pull === undefined) {
    return failure(404, 'Not Found');
  }
  const [head, base] = [await repository.headOf(pull.head), await repository.headOf(pull.base)];
  const tree = head === undefined || base === undefined ? undefined : await repository.mergeTrees(base, head);
  if (pull.state === 'closed' || head === undefined || base === undefined || tree === undefined) {
    return failure(405, 'Pull Request is not mergeable');
  }
  const commit = await repository.writeCommit({
    tree,
    parents: method === 'squash' ? [base] : [base, head],
    message: `${pull.title} (#${pull.number})\n`,
  });
  try {
    await repository.moveBranch(pull.base, commit, base);
  } catch (error) {
    if (error instanceof HeadMoved) {
      return failure(409, 'Base branch was modified. Review and try the merge again.');
    }
    throw error;
  }
  const at = call.clock.now().toISOString();
  save(repository, { ...pull, state: 'closed', closed_at: at, merged_at: at, merge_commit_sha: commit, sha: head });
  return json(200, { sha: commit, merged: true, message: 'Pull Request successfully merged' });
}

/** GraphQL's `enablePullRequestAutoMerge`; the merge itself is left to people. @returns false for an unknown one */
export function enableAutoMerge(repository: Repository, number: string, method: string): boolean {
  const pull = find(repository, number);
  if (pull?.state !== 'open') {
    return false;
  }
  save(repository, { ...pull, auto_merge: method.toLowerCase() });
  return true;
}

/** GraphQL's id of a pull request: `OWNER/NAME#NUMBER`. */
function nodeId({ owner, name }: Repository, number: number): string {
  return `${owner}/${name}#${number}`;
}

async function describe(repository: Repository, pull: Stored): Promise<object> {
  const { number, head, base, labels, reviewers, teams, auto_merge: method, ...rest } = pull;
  const live = pull.state === 'open' ? await repository.headOf(head) : undefined;
  return {
    ...rest,
    number,
    node_id: nodeId(repository, number),
    html_url: `https://github.com/${repository.owner}/${repository.name}/pull/${number}`,
    head: { ref: head, label: `${repository.owner}:${head}`, sha: live ?? pull.sha },
    base: { ref: base },
    labels: labels.map((name) => ({ name })),
    requested_reviewers: reviewers.map((login) => ({ login })),
    requested_teams: teams.map((slug) => ({ slug })),
    auto_merge: method === null ? null : { merge_method: method },
  };
}

function find(repository: Repository, number = ''): Stored | undefined {
  return load(repository).find((pull) => pull.number === Number(number));
}

/** Read and written in one go, so that two requests at once lose nothing. */
function save(repository: Repository, pull: Stored): Stored {
  const others = load(repository).filter(({ number }) => number !== pull.number);
  const all = [...others, pull].toSorted((a, b) => a.number - b.number);
  writeFileSync(fileOf(repository), JSON.stringify(all));
  return pull;
}

function load(repository: Repository): readonly Stored[] {
  try {
    return JSON.parse(readFileSync(fileOf(repository), 'utf8')) as readonly Stored[];
  } catch {
    return [];
  }
}

function fileOf({ directory }: Repository): string {
  return join(directory, 'pull-requests.json');
}
