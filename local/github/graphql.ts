import { json } from './answer.ts';
import { enableAutoMerge } from './pull-requests.ts';
import { HeadMoved, type Repository } from './repository.ts';
import type { ApiCall } from './api-call.ts';

interface CommitInput {
  readonly branch: { readonly repositoryNameWithOwner: string; readonly branchName: string };
  readonly message: { readonly headline: string; readonly body?: string };
  readonly expectedHeadOid: string;
  readonly fileChanges: {
    readonly additions?: readonly { readonly path: string; readonly contents: string }[];
    readonly deletions?: readonly { readonly path: string }[];
  };
}

interface Query {
  readonly query: string;
  readonly variables?: { readonly input?: object; readonly owner?: string; readonly repo?: string };
}

interface RefsInput {
  readonly repositoryId: string;
  readonly refUpdates: readonly {
    readonly name: string;
    readonly beforeOid?: string;
    readonly afterOid: string;
    readonly force?: boolean;
  }[];
}

interface AutoMergeInput {
  readonly pullRequestId: string;
  readonly mergeMethod?: string;
}

/** Answers the GraphQL shapes that are used here: three mutations, a repository's id, and its blobs by id. */
export async function answerGraphql(call: ApiCall): Promise<Response> {
  const { query, variables = {} } = (await call.request.json()) as Query;
  if (query.includes('createCommitOnBranch') && variables.input !== undefined) {
    return await createCommitOnBranch(call, variables.input as CommitInput);
  }
  if (query.includes('updateRefs') && variables.input !== undefined) {
    return await updateRefs(call, variables.input as RefsInput);
  }
  if (query.includes('enablePullRequestAutoMerge') && variables.input !== undefined) {
    return switchAutoMergeOn(call, variables.input as AutoMergeInput);
  }
  const repository = call.find(variables.owner ?? '', variables.repo ?? '');
  if (repository === undefined) {
    return refuse('NOT_FOUND', 'Could not resolve to a Repository.', { repository: null });
  }
  return query.includes('object(')
    ? await readBlobs(repository, query)
    : json(200, { data: { repository: { id: `${repository.owner}/${repository.name}` } } });
}

function switchAutoMergeOn(call: ApiCall, { pullRequestId, mergeMethod = 'MERGE' }: AutoMergeInput): Response {
  const [, owner = '', name = '', number = ''] = /^([^/]+)\/([^#]+)#(\d+)$/.exec(pullRequestId) ?? [];
  const repository = call.find(owner, name);
  if (
    repository === undefined ||
    !call.caller.may('pull_requests', 'write') ||
    !enableAutoMerge(repository, number, mergeMethod)
  ) {
    return refuse('UNPROCESSABLE', 'Pull request is in clean status', null);
  }
  return json(200, { data: { enablePullRequestAutoMerge: { clientMutationId: null } } });
}

/** One ref at a time; GitHub takes many. */
async function updateRefs(call: ApiCall, { repositoryId, refUpdates }: RefsInput): Promise<Response> {
  const [owner = '', name = ''] = repositoryId.split('/');
  const repository = call.find(owner, name);
  const [update] = refUpdates;
  if (repository === undefined || update === undefined) {
    return refuse('NOT_FOUND', 'Could not resolve to a node.', null);
  }
  const branch = update.name.replace('refs/heads/', '');
  const head = await repository.headOf(branch);
  if (!call.caller.may('contents', 'write') || (await repository.isProtected(branch))) {
    return refuse('UNPROCESSABLE', 'Repository rule violations found', null);
  }
  const isForward = head === undefined || (await repository.isAncestor(head, update.afterOid));
  const isWhereExpected = update.beforeOid === undefined || update.beforeOid === (head ?? '0'.repeat(40));
  if (!isWhereExpected || (update.force !== true && !isForward)) {
    return refuse('UNPROCESSABLE', 'A ref could not be updated: it is not at beforeOid', null);
  }
  try {
    await repository.moveBranch(branch, update.afterOid, head);
  } catch (error) {
    if (error instanceof HeadMoved) {
      return refuse('UNPROCESSABLE', 'A ref could not be updated: it is not at beforeOid', null);
    }
    throw error;
  }
  return json(200, { data: { updateRefs: { clientMutationId: null } } });
}

async function readBlobs(repository: Repository, query: string): Promise<Response> {
  const answers: Record<string, unknown> = {};
  const asked = [...query.matchAll(/(\w+)\s*:\s*object\(oid:\s*"([0-9a-f]{40})"\)/g)];
  const blobs = await repository.readBlobs(asked.map(([, , oid = '']) => oid));
  for (const [, alias = '', oid = ''] of asked) {
    const bytes = blobs.get(oid);
    const isBinary = bytes?.includes(0) === true;
    answers[alias] =
      bytes === undefined
        ? null
        : {
            oid,
            text: isBinary ? null : bytes.toString('utf8'),
            isBinary,
            isTruncated: false,
            byteSize: bytes.byteLength,
          };
  }
  return json(200, { data: { repository: answers } });
}

async function createCommitOnBranch(call: ApiCall, input: CommitInput): Promise<Response> {
  const { branchName, repositoryNameWithOwner } = input.branch;
  const [owner = '', name = ''] = repositoryNameWithOwner.split('/');
  const repository = call.find(owner, name);
  const head = await repository?.headOf(branchName);
  if (repository === undefined || head === undefined) {
    return refuse('NOT_FOUND', `No such branch: ${branchName}`);
  }
  if (!call.caller.may('contents', 'write')) {
    return refuse('FORBIDDEN', 'Resource not accessible by integration');
  }
  if (await repository.isProtected(branchName)) {
    return refuse('UNPROCESSABLE', 'Repository rule violations found: changes must be made through a pull request.');
  }
  if (head !== input.expectedHeadOid) {
    return stale(input.expectedHeadOid);
  }
  const { additions = [], deletions = [] } = input.fileChanges;
  const written = await Promise.all(
    additions.map(async ({ path, contents }) => ({
      path,
      mode: '100644',
      sha: await repository.writeBlob(Buffer.from(contents, 'base64')),
    })),
  );
  const tree = await repository.writeTree(head, [...written, ...deletions.map(({ path }) => ({ path, mode: '0' }))]);
  const { headline, body = '' } = input.message;
  const commit = await repository.writeCommit({
    tree,
    parents: [head],
    message: body === '' ? headline : `${headline}\n\n${body}`,
  });
  try {
    await repository.moveBranch(branchName, commit, head);
  } catch (error) {
    if (error instanceof HeadMoved) {
      return stale(input.expectedHeadOid);
    }
    throw error;
  }
  const url = `https://github.com/${owner}/${name}/commit/${commit}`;
  return json(200, { data: { createCommitOnBranch: { commit: { oid: commit, url } } } });
}

function stale(expected: string): Response {
  return refuse('STALE_DATA', `Expected branch to point to "${expected}" but it did not. Pull and try again.`);
}

function refuse(type: string, message: string, data: unknown = { createCommitOnBranch: null }): Response {
  return json(200, { data, errors: [{ type, path: ['createCommitOnBranch'], message }] });
}
