import { failure, json } from './answer.ts';
import type { ApiCall } from './api-call.ts';
import { Lines } from './lines.ts';
import { pageOf } from './paging.ts';
import type { Repository } from './repository.ts';

interface Status {
  readonly sha: string;
  readonly state: string;
  readonly context: string;
  readonly description: string | null;
  readonly created_at: string;
}

const ALL = new Lines<Status>('statuses.jsonl');
const STATES: readonly string[] = ['error', 'failure', 'pending', 'success'];

/** `POST /statuses/{sha}`: adds a status, as Flux and Argo CD do. */
export async function createStatus(
  repository: Repository,
  { request, clock }: ApiCall,
  [sha = '']: readonly string[],
): Promise<Response> {
  const body = (await request.json().catch(() => ({}))) as Partial<Status>;
  if ((await repository.typeOf(sha)) !== 'commit') {
    return failure(422, `No commit found for SHA: ${sha}`);
  }
  if (body.state === undefined || !STATES.includes(body.state)) {
    return failure(422, 'Validation Failed');
  }
  const status: Status = {
    sha,
    state: body.state,
    context: body.context ?? 'default',
    description: body.description ?? null,
    created_at: clock.now().toISOString(),
  };
  await ALL.add(repository, status);
  return json(201, status);
}

/** `GET /commits/{ref}/status`: the newest of each context, newest first, and their combination. */
export async function readStatus(
  repository: Repository,
  { url }: ApiCall,
  [ref = '']: readonly string[],
): Promise<Response> {
  const sha = await repository.resolve(`${ref}^{commit}`);
  if (sha === undefined) {
    return failure(404, 'Not Found');
  }
  const newest = new Map((await statusesOf(repository, sha)).map((status) => [status.context, status]));
  const statuses = [...newest.values()].toReversed();
  return json(200, { sha, state: combined(statuses), total_count: statuses.length, statuses: pageOf(statuses, url) });
}

/** `GET /commits/{ref}/statuses`: all that were ever set, newest first. */
export async function listStatuses(
  repository: Repository,
  { url }: ApiCall,
  [ref = '']: readonly string[],
): Promise<Response> {
  const sha = await repository.resolve(`${ref}^{commit}`);
  return sha === undefined
    ? failure(404, 'Not Found')
    : json(200, pageOf((await statusesOf(repository, sha)).toReversed(), url));
}

function combined(statuses: readonly Status[]): string {
  if (statuses.some(({ state }) => state === 'failure' || state === 'error')) {
    return 'failure';
  }
  return statuses.length > 0 && statuses.every(({ state }) => state === 'success') ? 'success' : 'pending';
}

async function statusesOf(repository: Repository, sha: string): Promise<readonly Status[]> {
  return (await ALL.all(repository)).filter((status) => status.sha === sha);
}
