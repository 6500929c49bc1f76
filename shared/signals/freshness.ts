import type { Signal } from './signal.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Event Grid gives up after 24 h (https://learn.microsoft.com/azure/event-grid/delivery-and-retry); the rest is slack. */
const MAX_EVENT_AGE_MS = 24 * HOUR_MS + 15 * MINUTE_MS;
/** Action groups retry for little more than a minute (https://learn.microsoft.com/azure/azure-monitor/alerts/action-groups). */
const MAX_ALERT_AGE_MS = HOUR_MS;
const MAX_CLOCK_SKEW_MS = 5 * MINUTE_MS;

export type Freshness =
  { readonly isFresh: true } | { readonly isFresh: false; readonly code: 'stale' | 'future'; readonly reason: string };

/**
 * Whether a signal can be a normal delivery at `now`: no replay of an old body, no clock far ahead of ours.
 * Apart from decoding, because a replay by an operator is as old as it is wanted.
 */
export function checkFreshness({ family, time }: Signal, now: Date): Freshness {
  const ageMs = now.getTime() - time.getTime();
  if (ageMs < -MAX_CLOCK_SKEW_MS) {
    return { isFresh: false, code: 'future', reason: `dated ${time.toISOString()}, more than 5 minutes ahead` };
  }
  if (ageMs > (family === 'alert' ? MAX_ALERT_AGE_MS : MAX_EVENT_AGE_MS)) {
    return { isFresh: false, code: 'stale', reason: `dated ${time.toISOString()}, too old for a normal delivery` };
  }
  return { isFresh: true };
}
