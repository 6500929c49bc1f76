import { NotFoundError, StaleHeadError, UpstreamError, WriteRefusedError } from '../../errors.ts';
import type { CommitReceipt, CommitRequest } from '../../ports/git-repository.ts';
import type { GitHubClient } from './client.ts';
import { type GraphqlError, isRefusal, toWriteError } from './errors.ts';
import { graphql, type GraphqlAnswer } from './graphql.ts';

/** One call, atomic, signed by GitHub. https://docs.github.com/graphql/reference/mutations#createcommitonbranch */
const MUTATION = `mutation ($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid url } }
}`;

interface Created {
  readonly createCommitOnBranch: { readonly commit: { readonly oid: string; readonly url: string } } | null;
}

/**
 * Writes by GraphQL. Files get mode 100644, whatever they had.
 * @param readHead - the branch's commit now: asked when GitHub's refusal does not tell why.
 */
export async function commitByGraphql(
  client: GitHubClient,
  request: CommitRequest,
  readHead: () => Promise<string>,
): Promise<CommitReceipt> {
  await client.budget.take(1);
  const answer = await send(client, request, readHead);
  const commit = answer.data?.createCommitOnBranch?.commit;
  if (commit !== undefined) {
    return { commit: commit.oid, url: commit.url };
  }
  throw await refusal(request, answer.errors, readHead);
}

async function send(
  client: GitHubClient,
  request: CommitRequest,
  readHead: () => Promise<string>,
): Promise<GraphqlAnswer<Created>> {
  const variables = { input: toInput(client, request) };
  try {
    return await graphql<Created>(client, { octokit: client.writer, operation: 'commit', query: MUTATION, variables });
  } catch (error) {
    if (isRefusal(error) && (await readHead()) !== request.expectedHead) {
      throw new StaleHeadError(request.branch, { cause: error });
    }
    throw toWriteError('commit', error, client.clock);
  }
}

function toInput({ owner, repo }: GitHubClient, request: CommitRequest): object {
  return {
    branch: { repositoryNameWithOwner: `${owner}/${repo}`, branchName: request.branch },
    message: { headline: request.headline, body: request.body },
    expectedHeadOid: request.expectedHead,
    fileChanges: {
      additions: request.changes.map(({ path, content }) => ({
        path,
        contents: Buffer.from(content).toString('base64'),
      })),
    },
  };
}

async function refusal(
  request: CommitRequest,
  errors: readonly GraphqlError[],
  readHead: () => Promise<string>,
): Promise<Error> {
  const message = errors.map(({ type, message: text }) => `${type ?? 'error'}: ${text}`).join('; ');
  if (errors.length === 0) {
    // An answer that neither confirms nor refuses, such as one cut short: the commit may exist.
    return new UpstreamError('commit', 0);
  }
  if (errors.some(({ type }) => type === 'STALE_DATA')) {
    return new StaleHeadError(request.branch);
  }
  if (errors.some(({ type }) => type === 'NOT_FOUND')) {
    return new NotFoundError(`commit: ${message}`);
  }
  if (errors.some(isUntold)) {
    return new UpstreamError('commit', 0, { cause: new Error(message) });
  }
  return (await readHead()) === request.expectedHead
    ? new WriteRefusedError(`commit: ${message}`)
    : new StaleHeadError(request.branch);
}

/** GitHub's own failure ("Something went wrong while executing your query"): the commit may exist. */
function isUntold({ type, extensions }: GraphqlError): boolean {
  return (
    (type === undefined && extensions?.code === undefined) || type === 'INTERNAL' || type === 'SERVICE_UNAVAILABLE'
  );
}
