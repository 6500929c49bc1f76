/** A push waits this long for others that go into the same commit, in milliseconds. */
const WINDOW_MS = 2_000;
const LONGEST_MS = 30_000;
/** Commits of this last stretch say how busy the branch is. */
const LOAD_MS = 60_000;
/** As many of them as are nothing out of the ordinary. */
const QUIET = 3;

/**
 * How long pushes are gathered into one commit, in milliseconds: twice as long for each commit of the last minute
 * beyond the first three, so that a burst of any length makes a handful of them. GitHub allows 500 content-creating requests an hour:
 * https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits. Pure.
 *
 * @param commits - when they were made, ISO 8601.
 */
export function commitWindowMs(commits: readonly string[], now: Date): number {
  const recent = commits.filter((at) => Date.parse(at) > now.getTime() - LOAD_MS).length;
  return Math.min(LONGEST_MS, WINDOW_MS * 2 ** Math.max(0, recent + 1 - QUIET));
}
