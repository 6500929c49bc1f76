import { NotFoundError, RateLimitedError, ReflexError, ResourceBusyError, UpstreamError } from '../errors.ts';
import type { Operation } from '../ports/operation.ts';

/** Where a throttled answer names no wait: what Front Door asks for between two questions. */
const DEFAULT_WAIT_MS = 10_000;
/** How core-lro 2.7 words a plain Error for an operation that ended as Failed or Canceled. */
const ENDED = /^The long-running operation has failed|^Operation was canceled/;

/** What can be read from the SDK's RestError; its other errors are plain. */
interface Failure {
  readonly statusCode?: number;
  readonly request?: { readonly method: string };
  readonly response?: { readonly headers: AnsweredHeaders };
}

interface AnsweredHeaders {
  get(name: string): string | undefined;
}

/**
 * What became of a write whose call rejected.
 *
 * The SDK polls once within the call: a refused GET says that the PATCH before it was accepted. An answer below 400 was
 * one that could not be read.
 * @throws ReflexError when the PATCH itself was refused.
 */
export function sendOutcome(operation: string, error: unknown): Operation {
  const { statusCode, request } = error as Failure;
  if (statusCode === undefined && error instanceof Error && ENDED.test(error.message)) {
    return { status: 'failed', detail: error.message };
  }
  const isAnswered = statusCode !== undefined && statusCode >= 400 && statusCode < 500 && statusCode !== 408;
  if (request?.method === 'GET' || !isAnswered) {
    return { status: 'unknown', detail: `${operation}: ${statusCode ?? 'no answer'}` };
  }
  throw toReflexError(operation, error);
}

/** An answer that says that all is well and cannot be read counts as a bad gateway's. */
export function toReflexError(operation: string, error: unknown): ReflexError {
  if (error instanceof ReflexError) {
    return error;
  }
  const { statusCode = 0, response } = error as Failure;
  if (statusCode === 404) {
    return new NotFoundError(`${operation}: not found`, { cause: error });
  }
  if (statusCode === 429) {
    return new RateLimitedError(operation, waitOf(response?.headers) ?? DEFAULT_WAIT_MS, { cause: error });
  }
  if (statusCode === 409 || statusCode === 412) {
    return new ResourceBusyError(`${operation}: busy with another write`, { cause: error });
  }
  return new UpstreamError(operation, statusCode > 0 && statusCode < 400 ? 502 : statusCode, { cause: error });
}

/**
 * The wait that an answer names, in milliseconds: Azure's own headers first, as its SDKs read them, then `Retry-After`
 * in seconds or as a date (RFC 9110 section 10.2.3), which counts from the answer's own `Date`.
 */
function waitOf(headers: AnsweredHeaders | undefined): number | undefined {
  const text = (name: string): string => headers?.get(name) ?? '';
  const waits = [
    Number(text('retry-after-ms')),
    Number(text('x-ms-retry-after-ms')),
    Number(text('retry-after')) * 1000,
    Date.parse(text('retry-after')) - Date.parse(text('date')),
  ];
  return waits.find((ms) => Number.isFinite(ms) && ms > 0);
}
