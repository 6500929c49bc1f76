import type { Clock } from '../../ports/clock.ts';

/**
 * Three attempts of 2 s each, 0.8 s of waiting: less than 8 s in all, so that an HTTP intake can still answer 503.
 * The SDKs' own retries are off, because whoever retries a conditional write must know that it did.
 */
const ATTEMPT_MS = 2_000;
const WAITS_MS = [200, 600];

/** Retries of the Azure SDK clients, off; see `Attempts`. */
export const NO_SDK_RETRIES = { maxRetries: 0, maxTries: 1 } as const;

/** One attempt: `signal` ends it, `retried` tells that an earlier one may have done the work unseen. */
export interface Attempt {
  readonly signal: AbortSignal;
  readonly retried: boolean;
}

/** Repeats calls of a storage service that failed for a reason that may pass. */
export class Attempts {
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws what the last attempt threw. */
  async run<T>(call: (attempt: Attempt) => Promise<T>): Promise<T> {
    for (let index = 0; ; index += 1) {
      try {
        return await call({ signal: AbortSignal.timeout(ATTEMPT_MS), retried: index > 0 });
      } catch (error) {
        const wait = WAITS_MS[index];
        if (wait === undefined || !mayPass(error)) {
          throw error;
        }
        await this.#clock.sleep(wait);
      }
    }
  }
}

/** No answer, too many requests, or the service's own failure. */
function mayPass(error: unknown): boolean {
  const status = statusOf(error);
  return status === undefined ? isNetworkFailure(error) : status === 408 || status === 429 || status >= 500;
}

function isNetworkFailure(error: unknown): boolean {
  return error instanceof Error && ['RestError', 'AbortError', 'TimeoutError'].includes(error.name);
}

/** HTTP status of an Azure SDK error (`RestError` in every package); undefined if no answer came. */
export function statusOf(error: unknown): number | undefined {
  const status = typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' ? status : undefined;
}
