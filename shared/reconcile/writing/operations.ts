import type { JsonObject } from '../../domain/json.ts';
import { NotFoundError, RateLimitedError, ReflexError, ResourceBusyError, UpstreamError } from '../../errors.ts';
import type { Operation } from '../../ports/operation.ts';
import type { Progress, WriteResult } from '../target-kind.ts';

/** Between two questions after an operation; ARM's take seconds to minutes. */
export const POLL_MS = 5_000;

/** How a write that a control plane has answered ended. Pure. */
export function resultOf(operation: Operation, evidence: JsonObject): WriteResult {
  switch (operation.status) {
    case 'succeeded':
      return { outcome: 'written', evidence };
    case 'running':
      return { outcome: 'accepted', operation: operation.state, pollInMs: POLL_MS };
    case 'failed':
      return { outcome: 'failed', reason: `operation-failed: ${operation.detail}` };
    case 'unknown':
      return { outcome: 'unknown', pollInMs: POLL_MS };
  }
}

/**
 * How a write that a control plane has refused ended.
 * @param codes - of what is not there, and of what the service does not take.
 * @throws what is no answer of a service.
 */
export function refusalOf(
  error: unknown,
  codes: { readonly notFound: string; readonly refused: (error: UpstreamError) => string },
): WriteResult {
  if (error instanceof RateLimitedError) {
    return { outcome: 'postponed', reason: error.message, retryInMs: error.retryAfterMs };
  }
  if (error instanceof ResourceBusyError || (error instanceof ReflexError && error.retryable)) {
    return { outcome: 'postponed', reason: error.message };
  }
  if (error instanceof NotFoundError) {
    return { outcome: 'refused', code: codes.notFound, reason: error.message };
  }
  if (error instanceof UpstreamError) {
    const code = error.status === 401 || error.status === 403 ? 'authorization' : codes.refused(error);
    return { outcome: 'refused', code, reason: error.message };
  }
  throw error;
}

/** Asks once how an accepted write is going. */
export async function progressOf(
  operation: string,
  { ask, evidence }: { readonly ask: () => Promise<Operation>; readonly evidence: JsonObject },
): Promise<Progress> {
  let now: Operation;
  try {
    now = await ask();
  } catch (error) {
    if (error instanceof ReflexError && error.retryable) {
      const pollInMs = error instanceof RateLimitedError ? error.retryAfterMs : POLL_MS;
      return { outcome: 'running', operation, pollInMs };
    }
    return { outcome: 'lost' };
  }
  switch (now.status) {
    case 'running':
      return { outcome: 'running', operation: now.state, pollInMs: POLL_MS };
    case 'succeeded':
      return { outcome: 'written', evidence };
    case 'failed':
      return { outcome: 'failed', reason: `operation-failed: ${now.detail}` };
    case 'unknown':
      return { outcome: 'lost' };
  }
}
