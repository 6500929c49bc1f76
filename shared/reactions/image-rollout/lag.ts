const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 300_000;
/** Geo-replicas follow within minutes; a tag that is not there after an hour was deleted, or never pushed. */
const PATIENCE_MS = 3_600_000;

/**
 * How long to leave a push alone that the registry does not show yet: half its age, so that waits grow without anybody
 * counting them. Pure.
 *
 * @returns undefined once it is too old to be lag.
 */
export function waitForReplica(raisedAt: Date, now: Date): number | undefined {
  const ageMs = now.getTime() - raisedAt.getTime();
  return ageMs >= PATIENCE_MS ? undefined : Math.min(LONGEST_WAIT_MS, Math.max(FIRST_WAIT_MS, Math.round(ageMs / 2)));
}
