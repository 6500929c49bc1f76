import { compareVersions, parseVersion } from '../../domain/image/version.ts';

/**
 * Tells whether going from one tag to another goes back. Pure.
 * Tags that are no versions have no order, so nothing is said about them.
 */
export function isDowngrade(from: string, to: string): boolean {
  const [before, after] = [parseVersion(from, true), parseVersion(to, true)];
  return before !== undefined && after !== undefined && compareVersions(after, before) < 0;
}
