import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from '@octokit/core';
import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';
import { RequestError } from '@octokit/request-error';

import type { Clock } from '../../ports/clock.ts';
import type { JwtSigner } from '../../ports/jwt-signer.ts';
import { UNLIMITED, type WriteBudget } from '../../ports/write-budget.ts';
import { jwtFactory } from './app-jwt.ts';
import { keepingAnswers } from './kept-answers.ts';

/** Rights of an installation token by their names at GitHub. */
export type Permissions = Readonly<Record<string, 'read' | 'write'>>;

const COMMITS = { contents: 'write', statuses: 'read', metadata: 'read' } as const;
/** What the app asks for in its installation tokens, whatever more it was granted: one purpose, one token. */
export const PERMISSIONS = {
  commits: COMMITS,
  pullRequests: { ...COMMITS, pull_requests: 'write' },
  checkRuns: { checks: 'read', metadata: 'read' },
  workflows: { actions: 'write', metadata: 'read' },
} as const satisfies Readonly<Record<string, Permissions>>;
const TIMEOUT_MS = 15_000;
const READ_RETRIES = 2;
const PUBLIC_API = 'https://api.github.com';

type GitHubAuth =
  | { readonly kind: 'token'; readonly token: string }
  | {
      readonly kind: 'app';
      readonly appId: number;
      readonly installationId: number;
      readonly key: { readonly privateKey: string } | { readonly signer: JwtSigner };
    };

export interface GitHubClientOptions {
  readonly owner: string;
  readonly repo: string;
  readonly auth: GitHubAuth;
  readonly clock: Clock;
  /** Asked before each request that creates content. */
  readonly budget?: WriteBudget;
  /** What its tokens may do; commits if absent. */
  readonly permissions?: Permissions;
  /** `https://HOST/api/v3` for GitHub Enterprise Server; GitHub itself if missing. */
  readonly apiUrl?: string;
  readonly fetch?: typeof globalThis.fetch;
  /** False in virtual time: the plugins that retry reads and space writes wait by the machine's own clock. */
  readonly pacing?: boolean;
}

/** Two clients of one repository: reads are retried, writes are spaced and sent once. */
export interface GitHubClient {
  readonly owner: string;
  readonly repo: string;
  readonly reader: Octokit;
  readonly writer: Octokit;
  /** `POST {graphqlUrl}/graphql` */
  readonly graphqlUrl: string;
  readonly clock: Clock;
  readonly budget: WriteBudget;
}

const Reader = Octokit.plugin(retry);
const Writer = Octokit.plugin(throttling);

export function createGitHubClient(options: GitHubClientOptions): GitHubClient {
  const { owner, repo, apiUrl = PUBLIC_API, pacing = true, clock, budget = UNLIMITED } = options;
  const send = bounded(options.fetch);
  const common = { baseUrl: apiUrl, userAgent: 'aks-reflex', request: { fetch: send } };
  const reader = new Reader({
    ...common,
    request: { fetch: keepingAnswers(send) },
    // 429 waits for as long as GitHub says, which is longer than a retry here may take.
    retry: { enabled: pacing, retries: READ_RETRIES, doNotRetry: [400, 401, 403, 404, 409, 410, 422, 429, 451] },
  });
  // GitHub asks for one write a second; the plugin would delay GraphQL reads too, so they go by the reader.
  // https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api
  const writer = new Writer({
    ...common,
    throttle: { enabled: pacing, id: channelOf(options), onRateLimit: never, onSecondaryRateLimit: never },
  });
  const authorization = authorizer(options, new Octokit(common));
  authorize(reader, authorization);
  authorize(writer, authorization);
  return { owner, repo, reader, writer, graphqlUrl: apiUrl.replace(/\/api\/v3\/?$/, '/api'), clock, budget };
}

/** GitHub counts per installation or user. */
function channelOf({ auth, apiUrl = PUBLIC_API, owner, repo }: GitHubClientOptions): string {
  return auth.kind === 'app' ? `${apiUrl}#${auth.installationId}` : `${apiUrl}#${owner}/${repo}`;
}

/** Rate limits are the caller's to wait for: it has a queue and a clock. */
function never(): boolean {
  return false;
}

type Authorization = (refresh: boolean) => Promise<string>;

function authorizer(
  { auth, repo, clock, permissions = PERMISSIONS.commits }: GitHubClientOptions,
  bare: Octokit,
): Authorization {
  if (auth.kind === 'token') {
    return () => Promise.resolve(`token ${auth.token}`);
  }
  const key = 'signer' in auth.key ? { createJwt: jwtFactory(auth.key.signer, clock) } : auth.key;
  const app = createAppAuth({ appId: auth.appId, installationId: auth.installationId, request: bare.request, ...key });
  return async (refresh) => {
    const scope = { repositoryNames: [repo], permissions };
    const { token } = await app({ type: 'installation', refresh, ...scope });
    return `token ${token}`;
  };
}

/** A token that was revoked early is asked for once more: 401 says that nothing was done, so this is safe for writes. */
function authorize(octokit: Octokit, authorization: Authorization): void {
  octokit.hook.wrap('request', async (request, options) => {
    options.headers.authorization = await authorization(false);
    try {
      return await request(options);
    } catch (error) {
      if (!(error instanceof RequestError) || error.status !== 401) {
        throw error;
      }
      options.headers.authorization = await authorization(true);
      return await request(options);
    }
  });
}

function bounded(fetch: typeof globalThis.fetch = globalThis.fetch): typeof globalThis.fetch {
  return (input, init) => fetch(input, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
}
