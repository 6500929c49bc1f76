import { RequestError } from '@octokit/request-error';

import { NotFoundError, RateLimitedError, UpstreamError, WriteRefusedError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';

/** https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api: "wait for at least one minute". */
const UNTOLD_WAIT_MS = 60_000;

type Headers = Readonly<Record<string, string | number | undefined>>;

/** What GitHub's GraphQL API says went wrong, with HTTP status 200. */
export interface GraphqlError {
  readonly type?: string;
  readonly message: string;
  /** Has a code when the query itself is not valid for this host. */
  readonly extensions?: { readonly code?: string };
}

/** Maps what a read threw. Errors that are not GitHub's are returned as they are. */
export function toReadError(operation: string, error: unknown, clock: Clock): unknown {
  const failure = failureOf(error);
  if (failure === undefined) {
    return error;
  }
  const limited = toRateLimit(operation, failure, clock);
  if (limited !== undefined) {
    return limited;
  }
  return failure.status === 404
    ? new NotFoundError(`${operation}: not found, or hidden from the app`, { cause: error })
    : new UpstreamError(operation, failure.status, { cause: error });
}

/** Maps what a write threw, once it is known that the branch has not moved. */
export function toWriteError(operation: string, error: unknown, clock: Clock): unknown {
  const mapped = toReadError(operation, error, clock);
  return mapped instanceof UpstreamError && [401, 403, 409, 422].includes(mapped.status)
    ? new WriteRefusedError(`${operation}: ${messageOf(error)}`, { cause: error })
    : mapped;
}

/** True where GitHub has answered with a refusal whose reason may be a branch that has moved. */
export function isRefusal(error: unknown): boolean {
  const status = failureOf(error)?.status;
  return status === 409 || status === 422;
}

interface Failure {
  /** 0 if no answer came. */
  readonly status: number;
  readonly headers: Headers;
  readonly message: string;
  readonly isGraphqlLimit: boolean;
}

function failureOf(error: unknown): Failure | undefined {
  if (error instanceof RequestError) {
    const { status, response, message } = error;
    // Octokit gives status 500 to a request that was never answered.
    return {
      status: response === undefined ? 0 : status,
      headers: response?.headers ?? {},
      message,
      isGraphqlLimit: false,
    };
  }
  if (error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError')) {
    return { status: 0, headers: {}, message: error.message, isGraphqlLimit: false };
  }
  return graphqlLimit(error);
}

/** The throttling plugin throws a plain Error for a GraphQL rate limit. */
function graphqlLimit(error: unknown): Failure | undefined {
  const { response } = error as { response?: { headers?: Headers; data?: { errors?: readonly GraphqlError[] } } };
  const isGraphqlLimit = response?.data?.errors?.some(({ type }) => type === 'RATE_LIMITED') ?? false;
  return isGraphqlLimit ? { status: 200, headers: response?.headers ?? {}, message: '', isGraphqlLimit } : undefined;
}

/**
 * Primary limits have `x-ratelimit-remaining: 0`, secondary ones `retry-after` or only a message.
 * https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api#rate-limit-errors
 */
function toRateLimit(operation: string, failure: Failure, clock: Clock): RateLimitedError | undefined {
  const { status, headers, message, isGraphqlLimit } = failure;
  const isLimit =
    isGraphqlLimit ||
    status === 429 ||
    (status === 403 &&
      (headers['x-ratelimit-remaining'] === '0' || 'retry-after' in headers || /\brate limit\b/i.test(message)));
  return isLimit ? new RateLimitedError(operation, waitMs(headers, clock)) : undefined;
}

/** GitHub's own number: `retry-after` in seconds, else the epoch second at which the limit is reset. */
export function waitMs(headers: Headers, clock: Clock): number {
  const seconds = Number(headers['retry-after']);
  if (Number.isFinite(seconds) && headers['retry-after'] !== undefined) {
    return seconds * 1000;
  }
  const reset = Number(headers['x-ratelimit-reset']) * 1000;
  return Number.isFinite(reset) ? Math.max(0, reset - clock.now().getTime()) : UNTOLD_WAIT_MS;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
