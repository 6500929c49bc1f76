import type { GateAnswer, GateFinding } from './gates.ts';

const [LEAST_MS, MOST_MS] = [30_000, 15 * 60_000];

interface Looks {
  readonly firstLookAt: number;
  readonly now: number;
}

/** The next look is half as far away as the first one is old: 30 s at least, 15 min at most. Pure. */
export function nextLookAt({ firstLookAt, now }: Looks): number {
  return now + Math.min(Math.max((now - firstLookAt) / 2, LEAST_MS), MOST_MS);
}

/** Waits for what may still come, or ends; the last look is at the deadline. Pure. */
export function waitOr(
  ending: GateAnswer,
  waiting: GateFinding,
  { waitMs, ...looks }: Looks & { readonly waitMs: number },
): GateAnswer {
  const deadline = looks.firstLookAt + waitMs;
  if (looks.now >= deadline) {
    return ending;
  }
  return { ...waiting, verdict: 'wait', until: Math.min(nextLookAt(looks), deadline) };
}
