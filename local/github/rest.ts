import { failure, json } from './answer.ts';
import type { May } from './app-auth.ts';
import type { ApiCall } from './api-call.ts';
import {
  addLabels,
  createPullRequest,
  listPullRequests,
  mergePullRequest,
  readPullRequest,
  requestReviews,
  updatePullRequest,
} from './pull-requests.ts';
import { createCheckRun, listCheckRuns } from './check-runs.ts';
import { createRef, matchingRefs } from './refs.ts';
import { createStatus, listStatuses, readStatus } from './statuses.ts';
import { dispatchWorkflow, listWorkflowRuns, readWorkflowRun, rerunWorkflow, steerWorkflowRun } from './workflows.ts';
import { HeadMoved, type Repository, type TreeChange } from './repository.ts';

type Route = (repository: Repository, call: ApiCall, parts: readonly string[]) => Promise<Response>;

const SHA = '([0-9a-f]{40})';
const ROUTES: readonly (readonly [string, RegExp, Route])[] = [
  ['GET', /^$/, (repository) => Promise.resolve(json(200, describe(repository)))],
  ['GET', /^\/branches\/(.+)$/, readBranch],
  ['GET', /^\/git\/ref\/heads\/(.+)$/, readRef],
  ['GET', new RegExp(`^/git/commits/${SHA}$`), readCommit],
  ['GET', new RegExp(`^/git/trees/${SHA}$`), readTree],
  ['GET', new RegExp(`^/git/blobs/${SHA}$`), readBlob],
  ['GET', new RegExp(`^/tarball/${SHA}$`), readArchive],
  ['GET', /^\/compare\/(.+)\.\.\.(.+)$/, compare],
  ['GET', /^\/commits$/, listCommits],
  ['GET', /^\/commits\/(.+)\/statuses$/, listStatuses],
  ['GET', /^\/commits\/(.+)\/status$/, readStatus],
  ['POST', new RegExp(`^/statuses/${SHA}$`), createStatus],
  ['GET', /^\/commits\/(.+)\/check-runs$/, listCheckRuns],
  ['POST', /^\/check-runs$/, createCheckRun],
  ['POST', /^\/actions\/workflows\/([^/]+)\/dispatches$/, dispatchWorkflow],
  ['GET', /^\/actions\/workflows\/([^/]+)\/runs$/, listWorkflowRuns],
  ['GET', /^\/actions\/runs\/(\d+)$/, readWorkflowRun],
  ['POST', /^\/actions\/runs\/(\d+)\/rerun$/, rerunWorkflow],
  ['PATCH', /^\/_local\/runs\/(\d+)$/, steerWorkflowRun],
  ['POST', /^\/git\/blobs$/, createBlob],
  ['POST', /^\/git\/trees$/, createTree],
  ['POST', /^\/git\/commits$/, createCommit],
  ['POST', /^\/git\/refs$/, createRef],
  ['GET', /^\/git\/matching-refs\/heads\/(.+)$/, matchingRefs],
  ['GET', /^\/pulls$/, listPullRequests],
  ['POST', /^\/pulls$/, createPullRequest],
  ['GET', /^\/pulls\/(\d+)$/, readPullRequest],
  ['PATCH', /^\/pulls\/(\d+)$/, updatePullRequest],
  ['PUT', /^\/pulls\/(\d+)\/merge$/, mergePullRequest],
  ['POST', /^\/pulls\/(\d+)\/requested_reviewers$/, requestReviews],
  ['POST', /^\/issues\/(\d+)\/labels$/, addLabels],
  ['PATCH', /^\/git\/refs\/heads\/(.+)$/, moveRef],
];

/** Answers one REST call with GitHub's status codes. */
export async function answerRest(call: ApiCall): Promise<Response> {
  const [, owner = '', name = '', rest = ''] = /^\/repos\/([^/]+)\/([^/]+)(\/.*)?$/.exec(call.path) ?? [];
  const repository = call.find(owner, name);
  if (repository === undefined) {
    return failure(404, 'Not Found');
  }
  const { method } = call.request;
  const right = rightTo(method, rest);
  if (right !== undefined && !call.caller.may(...right)) {
    return failure(403, 'Resource not accessible by integration');
  }
  for (const [verb, pattern, route] of ROUTES) {
    const match = verb === method ? pattern.exec(rest) : null;
    if (match !== null) {
      return await route(repository, call, match.slice(1));
    }
  }
  return failure(404, 'Not Found');
}

/** The right that a call needs; reading what a commit holds needs none here. */
function rightTo(method: string, path: string): Parameters<May> | undefined {
  const access = method === 'GET' ? 'read' : 'write';
  if (/(^|\/)check-runs$/.test(path)) {
    return ['checks', access];
  }
  if (/^\/(actions|_local)\//.test(path)) {
    return ['actions', access];
  }
  if (access === 'read') {
    return undefined;
  }
  return [/^\/(pulls|issues)(\/|$)/.test(path) ? 'pull_requests' : 'contents', access];
}

function describe({ owner, name }: Repository): object {
  return { name, full_name: `${owner}/${name}`, private: true, owner: { login: owner } };
}

async function readBranch(repository: Repository, _call: ApiCall, [branch = '']: readonly string[]): Promise<Response> {
  const sha = await repository.headOf(branch);
  if (sha === undefined) {
    return failure(404, 'Branch not found');
  }
  const tree = await repository.resolve(`${sha}^{tree}`);
  return json(200, { name: branch, commit: { sha, commit: { tree: { sha: tree } } } });
}

async function readRef(repository: Repository, _call: ApiCall, [branch = '']: readonly string[]): Promise<Response> {
  const sha = await repository.headOf(branch);
  return sha === undefined
    ? failure(404, 'Not Found')
    : json(200, { ref: `refs/heads/${branch}`, object: { type: 'commit', sha } });
}

/** GitHub answers with a redirect to another host that sends the same bytes. */
async function readArchive(repository: Repository, _call: ApiCall, [sha = '']: readonly string[]): Promise<Response> {
  return (await repository.typeOf(sha)) === 'commit'
    ? new Response(new Uint8Array(await repository.archive(sha)), { headers: { 'content-type': 'application/x-gzip' } })
    : failure(404, 'Not Found');
}

async function readCommit(repository: Repository, _call: ApiCall, [sha = '']: readonly string[]): Promise<Response> {
  const facts = await repository.readCommit(sha);
  if (facts === undefined) {
    return failure(404, 'Not Found');
  }
  const { tree, parents, message } = facts;
  return json(200, { sha, message, tree: { sha: tree }, parents: parents.map((parent) => ({ sha: parent })) });
}

async function readTree(repository: Repository, { url }: ApiCall, [sha = '']: readonly string[]): Promise<Response> {
  if ((await repository.resolve(`${sha}^{tree}`)) === undefined) {
    return failure(404, 'Not Found');
  }
  const tree = await repository.listTree(sha, url.searchParams.has('recursive'));
  return json(200, { sha, tree, truncated: false });
}

async function readBlob(
  repository: Repository,
  { request }: ApiCall,
  [sha = '']: readonly string[],
): Promise<Response> {
  if ((await repository.typeOf(sha)) !== 'blob') {
    return failure(404, 'Not Found');
  }
  const bytes = await repository.readBlob(sha);
  if (request.headers.get('accept')?.includes('raw') === true) {
    return new Response(new Uint8Array(bytes), { headers: { 'content-type': 'application/vnd.github.raw' } });
  }
  return json(200, { sha, size: bytes.byteLength, encoding: 'base64', content: bytes.toString('base64') });
}

async function compare(
  repository: Repository,
  { url }: ApiCall,
  [base = '', head = '']: readonly string[],
): Promise<Response> {
  const [from, to] = [await repository.resolve(`${base}^{commit}`), await repository.resolve(`${head}^{commit}`)];
  if (from === undefined || to === undefined) {
    return failure(404, 'Not Found');
  }
  const [isAhead, isBehind] = [await repository.isAncestor(from, to), await repository.isAncestor(to, from)];
  const status = from === to ? 'identical' : isAhead ? 'ahead' : isBehind ? 'behind' : 'diverged';
  const commits = await repository.between(from, to);
  const [size, page] = [Number(url.searchParams.get('per_page') ?? 250), Number(url.searchParams.get('page') ?? 1)];
  const shown = commits.slice((page - 1) * size, page * size).map(({ sha, message }) => ({ sha, commit: { message } }));
  return json(200, { status, ahead_by: commits.length, total_commits: commits.length, commits: shown });
}

async function listCommits(repository: Repository, { url }: ApiCall): Promise<Response> {
  const from = await repository.resolve(`${url.searchParams.get('sha') ?? 'HEAD'}^{commit}`);
  if (from === undefined) {
    return failure(404, 'Not Found');
  }
  const commits = await repository.newest(from, Number(url.searchParams.get('per_page') ?? 30));
  return json(
    200,
    commits.map(({ sha, message, parents, at }) => ({
      sha,
      commit: { message, committer: { date: at } },
      parents: parents.map((parent) => ({ sha: parent })),
    })),
  );
}

async function createBlob(repository: Repository, { request }: ApiCall): Promise<Response> {
  const { content, encoding } = (await request.json()) as { content: string; encoding?: string };
  return json(201, {
    sha: await repository.writeBlob(Buffer.from(content, encoding === 'base64' ? 'base64' : 'utf8')),
  });
}

async function createTree(repository: Repository, { request }: ApiCall): Promise<Response> {
  const body = (await request.json()) as {
    base_tree?: string;
    tree: { path: string; mode: string; sha?: string | null; content?: string }[];
  };
  const changes: TreeChange[] = [];
  for (const { path, mode, sha, content } of body.tree) {
    const blob = content === undefined ? sha : await repository.writeBlob(new TextEncoder().encode(content));
    changes.push({ path, mode, ...(blob === null || blob === undefined ? {} : { sha: blob }) });
  }
  try {
    return json(201, { sha: await repository.writeTree(body.base_tree, changes) });
  } catch {
    return failure(422, 'tree.sha is not valid');
  }
}

async function createCommit(repository: Repository, { request }: ApiCall): Promise<Response> {
  const { message, tree, parents, author } = (await request.json()) as {
    message: string;
    tree: string;
    parents: string[];
    author?: { name: string; email: string };
  };
  if ((await repository.typeOf(tree)) !== 'tree') {
    return failure(422, 'Tree SHA does not exist');
  }
  return json(201, { sha: await repository.writeCommit({ message, tree, parents, author }), tree: { sha: tree } });
}

async function moveRef(repository: Repository, call: ApiCall, [branch = '']: readonly string[]): Promise<Response> {
  const { sha, force } = (await call.request.json()) as { sha: string; force?: boolean };
  const head = await repository.headOf(branch);
  if (head === undefined) {
    return failure(422, 'Reference does not exist');
  }
  if (await repository.isProtected(branch)) {
    return failure(422, 'Repository rule violations found: changes must be made through a pull request.');
  }
  if (force !== true && !(await repository.isAncestor(head, sha))) {
    return failure(422, 'Update is not a fast forward');
  }
  try {
    await repository.moveBranch(branch, sha, head);
  } catch (error) {
    if (error instanceof HeadMoved) {
      return failure(422, 'Update is not a fast forward');
    }
    throw error;
  }
  return json(200, { ref: `refs/heads/${branch}`, object: { type: 'commit', sha } });
}
