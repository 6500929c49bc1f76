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
 * While the current tag is `latest`, every version counts.
 */
export function bumpRanking(rule: BumpRule, currentTag: string | undefined): Ranking<Version> {
  const isLatest = currentTag === 'latest';
  const current = isLatest ? parseBumpable('0.0.0') : currentTag === undefined ? undefined : parseBumpable(currentTag);
  return {
    isRelative: true,
    compare: compareVersions,
    rank: (value) => {
      const version = parseBumpable(value);
      if (current === undefined || version === undefined) {
        return { reason: current === undefined ? 'the current tag is no version' : 'not a version' };
      }
      const reason = whyNot(version, current, isLatest ? { ...rule, level: anyLevel(rule.level) } : rule);
      return reason === undefined ? version : { reason };
    },
  };
}

function parseBumpable(tag: string): Version | undefined {
  const version = parseVersion(tag, true);
  return version !== undefined && version.written > 1 ? version : undefined;
}

/** From `latest` there is no part to keep, but pre-releases stay out unless the level is `all`. */
function anyLevel(level: BumpLevel): BumpLevel {
  return level === 'all' ? 'all' : 'major';
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
