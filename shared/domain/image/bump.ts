import type { Ranking } from './ranking.ts';
import { compareVersions, parseVersion, type Version } from './version.ts';

/** The greatest part that may change. */
export type BumpLevel = 'all' | 'major' | 'minor' | 'patch';

export interface BumpRule {
  readonly level: BumpLevel;
  /** The pre-release text must be the current one's; it binds every level but `all`. */
  readonly matchPreRelease: boolean;
}

/**
 * Ranks versions above the current one within a level. A version has two or three parts, a number alone is none.
 * While the current tag is `latest`, every version counts, as in Keel; where the pre-release text binds, a release then
 * goes before every pre-release.
 */
export function bumpRanking(rule: BumpRule, currentTag: string | undefined): Ranking<Version> {
  const notAVersion = { reason: 'not a version' };
  if (currentTag === 'latest') {
    return {
      isRelative: true,
      compare: rule.level !== 'all' && rule.matchPreRelease ? compareReleasesFirst : compareVersions,
      rank: (value) => parseBumpable(value) ?? notAVersion,
    };
  }
  const current = currentTag === undefined ? undefined : parseBumpable(currentTag);
  return {
    isRelative: true,
    compare: compareVersions,
    rank: (value) => {
      const version = parseBumpable(value);
      if (current === undefined || version === undefined) {
        return current === undefined ? { reason: 'the current tag is no version' } : notAVersion;
      }
      const reason = whyNot(version, current, rule);
      return reason === undefined ? version : { reason };
    },
  };
}

function parseBumpable(tag: string): Version | undefined {
  const version = parseVersion(tag, true);
  return version !== undefined && version.written > 1 ? version : undefined;
}

function compareReleasesFirst(a: Version, b: Version): number {
  return Number(a.preRelease.length === 0) - Number(b.preRelease.length === 0) || compareVersions(a, b);
}

function whyNot(version: Version, current: Version, { level, matchPreRelease }: BumpRule): string | undefined {
  if (level !== 'all' && matchPreRelease && version.preRelease.join('.') !== current.preRelease.join('.')) {
    return 'another pre-release than the current tag';
  }
  if (compareVersions(version, current) <= 0) {
    return 'not above the current tag';
  }
  const isSameMajor = version.major === current.major;
  const isWithin =
    level === 'all' || level === 'major' || (isSameMajor && (level === 'minor' || version.minor === current.minor));
  return isWithin ? undefined : `above more than the ${level} part`;
}
