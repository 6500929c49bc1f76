import { NotFoundError, RateLimitedError, ReflexError, ResourceBusyError, UpstreamError } from '../errors.ts';
import type { EdgeOperation } from '../ports/edge-control.ts';

const DEFAULT_WAIT_MS = 10_000;

/** What can be read from the SDK's RestError; its other errors are plain. */
interface Failure {
  readonly statusCode?: number;
  readonly request?: { readonly method: string };
  readonly response?: { readonly headers: { get(name: string): string | undefined } };
}

/**
 * What became of a write whose call rejected.
 *
 * The SDK polls once within the call: a refused GET says that the PATCH before it was accepted.
 * @throws ReflexError when the PATCH itself was refused.
 */
export function sendOutcome(operation: string, error: unknown): EdgeOperation {
  // core-lro rejects with a plain Error when the operation ended as Failed or Canceled.
  if (error instanceof Error && /operation has failed|was canceled/.test(error.message)) {
    return { status: 'failed', detail: error.message };
  }
  const { statusCode, request } = error as Failure;
  if (request?.method === 'GET' || statusCode === undefined || statusCode === 408 || statusCode >= 500) {
    return { status: 'unknown', detail: `${operation}: ${statusCode ?? 'no answer'}` };
  }
  throw toReflexError(operation, error);
}

export function toReflexError(operation: string, error: unknown): ReflexError {
  if (error instanceof ReflexError) {
    return error;
  }
  const { statusCode = 0, response } = error as Failure;
  if (statusCode === 404) {
    return new NotFoundError(`${operation}: not found`, { cause: error });
  }
  if (statusCode === 429) {
    const seconds = Number(response?.headers.get('retry-after'));
    return new RateLimitedError(operation, seconds > 0 ? seconds * 1000 : DEFAULT_WAIT_MS, { cause: error });
  }
  if (statusCode === 409 || statusCode === 412) {
    return new ResourceBusyError(`${operation}: busy with another write`, { cause: error });
  }
  return new UpstreamError(operation, statusCode, { cause: error });
}
