import type { GateAnswer, GateFinding } from './gates.ts';

const [LEAST_MS, MOST_MS] = [30_000, 15 * 60_000];

/**
 * Waits for what may still come, or ends. Looks are half as far away as the first one is old, 30 s at least and 15 min
 * at most, and the last one is at the deadline. Pure.
 */
export function waitOr(
  ending: GateAnswer,
  waiting: GateFinding,
  { firstLookAt, now, waitMs }: { readonly firstLookAt: number; readonly now: number; readonly waitMs: number },
): GateAnswer {
  const deadline = firstLookAt + waitMs;
  if (now >= deadline) {
    return ending;
  }
  const pause = Math.min(Math.max((now - firstLookAt) / 2, LEAST_MS), MOST_MS);
  return { ...waiting, verdict: 'wait', until: Math.min(now + pause, deadline) };
}
