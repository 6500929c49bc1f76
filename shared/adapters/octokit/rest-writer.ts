import { isUtf8 } from 'node:buffer';

import type { Octokit } from '@octokit/core';

import { StaleHeadError, UpstreamError } from '../../errors.ts';
import type { BranchHead, CommitReceipt, CommitRequest, FileChange } from '../../ports/git-repository.ts';
import type { GitHubClient } from './client.ts';
import { isRefusal, toWriteError } from './errors.ts';

/** Requests of a commit beside its blobs. */
export const TREE_COMMIT_REF = 3;

interface NewTreeEntry {
  readonly path: string;
  readonly mode: FileChange['mode'];
  readonly type: 'blob';
  readonly sha?: string;
  readonly content?: string;
}

/**
 * Writes by blob, tree, commit and ref: keeps file modes and takes what is too large for one GraphQL call.
 *
 * The last step is the compare-and-swap: without force GitHub only goes forward from the present commit, and the new
 * commit's only parent is `expectedHead`. A branch that was set back to an older commit between `readHead` and that
 * step is not noticed, which GraphQL's `expectedHeadOid` would.
 */
export async function commitByRest(
  client: GitHubClient,
  request: CommitRequest,
  readHead: () => Promise<BranchHead>,
): Promise<CommitReceipt> {
  const head = await readHead();
  if (head.commit !== request.expectedHead) {
    throw new StaleHeadError(request.branch);
  }
  await client.budget.take(request.changes.filter(needsBlob).length + TREE_COMMIT_REF);
  const repository = { owner: client.owner, repo: client.repo };
  const tree = await createTree(client, head.tree, request.changes);
  const commit = await sent(client, 'create commit', (octokit) =>
    octokit.request('POST /repos/{owner}/{repo}/git/commits', {
      ...repository,
      message: request.body === '' ? request.headline : `${request.headline}\n\n${request.body}`,
      tree,
      // Left out where nobody is set, because only then does GitHub sign for the app.
      ...(request.author === undefined ? {} : { author: request.author }),
      parents: [request.expectedHead],
    }),
  );
  await advance(client, { request, commit: commit.sha, readHead });
  return { commit: commit.sha, url: commit.html_url };
}

/** Writes a tree: `baseTree` with whole files in it. @returns its id */
export async function createTree(
  client: GitHubClient,
  baseTree: string,
  changes: readonly FileChange[],
): Promise<string> {
  const entries: NewTreeEntry[] = [];
  for (const change of changes) {
    entries.push(await toEntry(client, change));
  }
  const tree = await sent(client, 'create tree', (octokit) =>
    octokit.request('POST /repos/{owner}/{repo}/git/trees', {
      owner: client.owner,
      repo: client.repo,
      base_tree: baseTree,
      tree: entries,
    }),
  );
  return tree.sha;
}

/** True if a file cannot go along with its tree as text. */
export function needsBlob({ content }: FileChange): boolean {
  return !isUtf8(content) || content.includes(0);
}

/** Text goes along with the tree, which saves a request; anything else needs a blob of its own. */
async function toEntry(client: GitHubClient, change: FileChange): Promise<NewTreeEntry> {
  const { path, mode, content } = change;
  if (!needsBlob(change)) {
    return { path, mode, type: 'blob', content: Buffer.from(content).toString('utf8') };
  }
  const blob = await sent(client, 'create blob', (octokit) =>
    octokit.request('POST /repos/{owner}/{repo}/git/blobs', {
      owner: client.owner,
      repo: client.repo,
      content: Buffer.from(content).toString('base64'),
      encoding: 'base64',
    }),
  );
  return { path, mode, type: 'blob', sha: blob.sha };
}

async function advance(
  client: GitHubClient,
  move: { readonly request: CommitRequest; readonly commit: string; readonly readHead: () => Promise<BranchHead> },
): Promise<void> {
  const { branch, expectedHead } = move.request;
  try {
    await client.writer.request('PATCH /repos/{owner}/{repo}/git/refs/{ref}', {
      owner: client.owner,
      repo: client.repo,
      ref: `heads/${branch}`,
      sha: move.commit,
      force: false,
    });
  } catch (error) {
    // 422 covers other refusals too (branch protection), so ask the branch, not the message.
    if (isRefusal(error) && (await move.readHead()).commit !== expectedHead) {
      throw new StaleHeadError(branch, { cause: error });
    }
    throw toWriteError('update branch', error, client.clock);
  }
}

/** Sends a request that creates an object. @throws the mapped error */
export async function sent<T extends { readonly sha: string }>(
  client: GitHubClient,
  operation: string,
  request: (octokit: Octokit) => Promise<{ readonly data: T }>,
): Promise<T> {
  try {
    const { data } = await request(client.writer);
    if (typeof data.sha !== 'string') {
      throw new UpstreamError(operation, 0);
    }
    return data;
  } catch (error) {
    throw toWriteError(operation, error, client.clock);
  }
}
