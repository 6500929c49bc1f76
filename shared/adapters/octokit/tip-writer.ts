import { NotFoundError, StaleHeadError, WriteRefusedError } from '../../errors.ts';
import type { CommitReceipt } from '../../ports/git-repository.ts';
import { treeTrailer, type TipRequest } from '../../ports/pull-requests.ts';
import type { GitHubClient } from './client.ts';
import { isRefusal, toReadError, toWriteError } from './errors.ts';
import { graphql } from './graphql.ts';
import { createTree, needsBlob, sent, TREE_COMMIT_REF } from './rest-writer.ts';

/** Git's "no object": the ref must not exist. */
const NOTHING = '0'.repeat(40);

/**
 * The one call of GitHub that moves a branch anywhere and only from where it is thought to be.
 * https://docs.github.com/graphql/reference/git#updaterefs
 */
const UPDATE_REFS = `mutation ($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }`;
const REPOSITORY_ID = `query ($owner: String!, $repo: String!) { repository(owner: $owner, name: $repo) { id } }`;

export interface TipWriter {
  readonly client: GitHubClient;
  /** False for a host that has REST only. */
  readonly hasGraphql: boolean;
  /** The branch's commit now; undefined if it does not exist. */
  readonly commitOf: (branch: string) => Promise<string | undefined>;
}

/** Writes tree and commit by REST, then moves the branch to it. */
export async function putTip({ client, hasGraphql, commitOf }: TipWriter, request: TipRequest): Promise<CommitReceipt> {
  const { branch, expected, base, headline, body, author, changes } = request;
  await client.budget.take(changes.filter(needsBlob).length + TREE_COMMIT_REF);
  const repository = { owner: client.owner, repo: client.repo };
  const baseTree = await treeOf(client, base);
  const tree = await createTree(client, baseTree, changes);
  const commit = await sent(client, 'create commit', (octokit) =>
    octokit.request('POST /repos/{owner}/{repo}/git/commits', {
      ...repository,
      message: [headline, '', ...(body === '' ? [] : [body]), treeTrailer(tree)].join('\n'),
      tree,
      parents: [base],
      ...(author === undefined ? {} : { author }),
    }),
  );
  const move = { branch, from: expected, to: commit.sha };
  await (hasGraphql ? moveByGraphql(client, move) : moveByRest(client, move, commitOf));
  return { commit: commit.sha, url: commit.html_url };
}

async function treeOf(client: GitHubClient, commit: string): Promise<string> {
  try {
    const route = 'GET /repos/{owner}/{repo}/git/commits/{commit_sha}';
    const { data } = await client.reader.request(route, {
      owner: client.owner,
      repo: client.repo,
      commit_sha: commit,
    });
    return data.tree.sha;
  } catch (error) {
    throw toReadError('read commit', error, client.clock);
  }
}

interface Move {
  readonly branch: string;
  readonly from: string | undefined;
  readonly to: string;
}

async function moveByGraphql(client: GitHubClient, { branch, from = NOTHING, to }: Move): Promise<void> {
  const refUpdates = [{ name: `refs/heads/${branch}`, beforeOid: from, afterOid: to, force: true }];
  const input = { repositoryId: await repositoryId(client), refUpdates };
  const operation = 'update branch';
  try {
    const { errors } = await graphql(client, {
      octokit: client.writer,
      operation,
      query: UPDATE_REFS,
      variables: { input },
    });
    if (errors.length > 0) {
      throw refusalOf(branch, errors.map(({ message }) => message).join('; '));
    }
  } catch (error) {
    throw toWriteError(operation, error, client.clock);
  }
}

/** GitHub tells a lost race by its message alone: "Reference cannot be updated: expected ... but is at ...". */
function refusalOf(branch: string, message: string): Error {
  return /\brule\b|protected|not accessible|permission/i.test(message)
    ? new WriteRefusedError(`update branch: ${message}`)
    : new StaleHeadError(branch, { cause: new Error(message) });
}

async function repositoryId(client: GitHubClient): Promise<string> {
  const operation = 'read repository';
  try {
    const { data } = await graphql<{ repository: { id: string } | null }>(client, {
      octokit: client.reader,
      operation,
      query: REPOSITORY_ID,
      variables: { owner: client.owner, repo: client.repo },
    });
    const id = data?.repository?.id;
    if (id === undefined) {
      throw new NotFoundError(`${operation}: not found, or hidden from the app`);
    }
    return id;
  } catch (error) {
    throw toReadError(operation, error, client.clock);
  }
}

/** REST has no compare-and-swap that goes anywhere: the branch is read right before, which leaves a moment. */
async function moveByRest(
  client: GitHubClient,
  { branch, from, to }: Move,
  commitOf: TipWriter['commitOf'],
): Promise<void> {
  if ((await commitOf(branch)) !== from) {
    throw new StaleHeadError(branch);
  }
  const repository = { owner: client.owner, repo: client.repo };
  try {
    await (from === undefined
      ? client.writer.request('POST /repos/{owner}/{repo}/git/refs', {
          ...repository,
          ref: `refs/heads/${branch}`,
          sha: to,
        })
      : client.writer.request('PATCH /repos/{owner}/{repo}/git/refs/{ref}', {
          ...repository,
          ref: `heads/${branch}`,
          sha: to,
          force: true,
        }));
  } catch (error) {
    if (isRefusal(error) && (await commitOf(branch)) !== from) {
      throw new StaleHeadError(branch, { cause: error });
    }
    throw toWriteError('update branch', error, client.clock);
  }
}
