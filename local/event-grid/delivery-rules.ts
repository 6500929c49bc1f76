/** https://learn.microsoft.com/azure/event-grid/delivery-and-retry */
const RETRY_SECONDS = [10, 30, 60, 300, 600, 1800, 3600, 10_800, 21_600, 43_200];
const MAX_ATTEMPTS = 30;
const TTL_MS = 1440 * 60_000;
/** Statuses after which a webhook is never tried again. */
const NEVER_AGAIN: readonly number[] = [400, 401, 413];
/** Least waits after some statuses, in seconds. */
const LEAST_SECONDS: Readonly<Record<number, number>> = { 403: 300, 404: 300, 408: 120, 503: 30 };

/** Why a delivery was given up, as dead letters word it. */
export type DeadLetterReason = 'MaxDeliveryAttemptsExceeded' | 'TimeToLiveExceeded';

const OUTCOMES: Readonly<Record<number, string>> = {
  0: 'TimedOut',
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  408: 'TimedOut',
  413: 'BadRequest',
  503: 'Busy',
};

/** The last status in the words of a dead letter; 0 where no answer came. */
export function outcomeOf(status: number): string {
  return OUTCOMES[status] ?? 'Busy';
}

/** True for the answers that Event Grid takes for a delivery. */
export function isDelivered(status: number): boolean {
  return status >= 200 && status <= 204;
}

/** What comes after a failed attempt: another one after so many seconds, or none and why. Pure. */
export function afterFailure(
  status: number,
  { attempts, ageMs }: { readonly attempts: number; readonly ageMs: number },
): { readonly retryInSeconds: number } | { readonly deadLetter: DeadLetterReason } {
  if (NEVER_AGAIN.includes(status)) {
    return { deadLetter: 'MaxDeliveryAttemptsExceeded' };
  }
  const scheduled = RETRY_SECONDS[Math.min(attempts, RETRY_SECONDS.length) - 1] ?? 0;
  const retryInSeconds = Math.max(scheduled, LEAST_SECONDS[status] ?? 10);
  if (attempts >= MAX_ATTEMPTS) {
    return { deadLetter: 'MaxDeliveryAttemptsExceeded' };
  }
  return ageMs + retryInSeconds * 1000 > TTL_MS ? { deadLetter: 'TimeToLiveExceeded' } : { retryInSeconds };
}
