import { failure, json } from './answer.ts';
import type { ApiCall } from './api-call.ts';
import { Lines } from './lines.ts';
import { pageOf } from './paging.ts';
import type { Repository } from './repository.ts';

interface CheckRun {
  readonly id: number;
  readonly name: string;
  readonly head_sha: string;
  readonly status: string;
  readonly conclusion: string | null;
  readonly app: { readonly slug: string };
  readonly check_suite: { readonly id: number };
}

const RUNS = new Lines<CheckRun>('check-runs.jsonl');
const STATUSES: readonly string[] = ['queued', 'in_progress', 'completed', 'waiting', 'requested', 'pending'];
const CONCLUSIONS: readonly string[] = [
  ...['action_required', 'cancelled', 'failure', 'neutral', 'success', 'skipped', 'stale', 'timed_out'],
];

/** What a person may add to GitHub's body: whose check run it is, and in which suite. */
type Body = Partial<Pick<CheckRun, 'name' | 'head_sha' | 'status' | 'conclusion'>> & {
  readonly app?: string;
  readonly suite?: number;
};

/** `POST /check-runs`: adds one, as an App does. */
export async function createCheckRun(repository: Repository, { request }: ApiCall): Promise<Response> {
  const body = (await request.json().catch(() => ({}))) as Body;
  const { name = '', head_sha: sha = '', conclusion = null, app = 'local', suite = 1 } = body;
  const status = body.status ?? (conclusion === null ? 'queued' : 'completed');
  const isEnded = status === 'completed';
  if (
    name === '' ||
    !STATUSES.includes(status) ||
    isEnded !== (conclusion !== null && CONCLUSIONS.includes(conclusion))
  ) {
    return failure(422, 'Validation Failed');
  }
  if ((await repository.typeOf(sha)) !== 'commit') {
    return failure(422, `No commit found for SHA: ${sha}`);
  }
  const id = (await RUNS.all(repository)).length + 1;
  const run: CheckRun = { id, name, head_sha: sha, status, conclusion, app: { slug: app }, check_suite: { id: suite } };
  await RUNS.add(repository, run);
  return json(201, run);
}

/** `GET /commits/{ref}/check-runs`: the newest of each name, App and suite, newest first. */
export async function listCheckRuns(
  repository: Repository,
  { url }: ApiCall,
  [ref = '']: readonly string[],
): Promise<Response> {
  const sha = await repository.resolve(`${ref}^{commit}`);
  if (sha === undefined) {
    return failure(422, `No commit found for SHA: ${ref}`);
  }
  const ofCommit = (await RUNS.all(repository)).filter(({ head_sha: head }) => head === sha);
  const newest = new Map(ofCommit.map((run) => [JSON.stringify([run.name, run.app.slug, run.check_suite.id]), run]));
  const runs = [...newest.values()].toSorted((a, b) => b.id - a.id);
  return json(200, { total_count: runs.length, check_runs: pageOf(runs, url) });
}
