import type { Octokit } from '@octokit/core';

import { RateLimitedError } from '../../errors.ts';
import type { GitHubClient } from './client.ts';
import { type GraphqlError, waitMs } from './errors.ts';

/** A GraphQL answer; HTTP status 200 whether it worked or not. */
export interface GraphqlAnswer<T> {
  readonly data: T | undefined;
  readonly errors: readonly GraphqlError[];
}

interface GraphqlRequest {
  readonly octokit: Octokit;
  readonly operation: string;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/**
 * Sends one GraphQL request.
 * @throws RequestError as any request of Octokit does; RateLimitedError.
 */
export async function graphql<T>(client: GitHubClient, request: GraphqlRequest): Promise<GraphqlAnswer<T>> {
  const { octokit, operation, query, variables } = request;
  const answer = await octokit.request('POST /graphql', {
    baseUrl: client.graphqlUrl,
    query,
    variables,
  });
  const { data, errors = [] } = answer.data as { data?: T | null; errors?: readonly GraphqlError[] };
  if (errors.some(({ type }) => type === 'RATE_LIMITED')) {
    throw new RateLimitedError(operation, waitMs(answer.headers, client.clock));
  }
  return { data: data ?? undefined, errors };
}
