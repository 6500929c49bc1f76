import { InvalidPolicyError } from '../../errors.ts';
import { compareBytes } from './byte-order.ts';
import { compareDecimals, parseDecimal, type Decimal } from './decimal.ts';
import { compareInstants, parseInstant, type Instant } from './instant.ts';
import type { Ranking } from './ranking.ts';
import { parseRange } from './version-range.ts';
import { compareVersions, parseVersion, type Version } from './version.ts';

/**
 * The greatest version in a range.
 * @throws InvalidPolicyError for a bad range.
 */
export function semverRanking(range: string, loose: boolean): Ranking<Version> {
  const isInRange = parseRange(range);
  const notAVersion = { reason: 'not a version' };
  const outside = { reason: 'outside the range' };
  return {
    isRelative: false,
    compare: compareVersions,
    rank: (value) => {
      const version = parseVersion(value, loose);
      return version === undefined ? notAVersion : isInRange(version) ? version : outside;
    },
  };
}

/**
 * The last text in byte order, or the first by `desc`.
 * @throws InvalidPolicyError for another word.
 */
export function alphabeticalRanking(order: string | undefined): Ranking<{ readonly text: string }> {
  const direction = parseOrder(order);
  return {
    isRelative: false,
    compare: (a, b) => direction * compareBytes(a.text, b.text),
    rank: (text) => ({ text }),
  };
}

/**
 * The greatest number, or the least by `desc`; exact, however many digits.
 * One tag that is no number makes the policy invalid: filterTags has to leave such tags out.
 * @throws InvalidPolicyError for another word.
 */
export function numericalRanking(order: string | undefined): Ranking<Decimal> {
  const direction = parseOrder(order);
  return {
    isRelative: false,
    compare: (a, b) => direction * compareDecimals(a, b),
    rank: (value) => parseDecimal(value) ?? { reason: 'not a number', isFatal: true },
  };
}

/** The tag whose image was made last. */
export function newestBuildRanking(): Ranking<Instant> {
  return {
    isRelative: false,
    compare: compareInstants,
    rank: (_value, { createdAt }) =>
      (createdAt === undefined ? undefined : parseInstant(createdAt)) ?? { reason: 'no time of creation is known' },
  };
}

function parseOrder(order = ''): 1 | -1 {
  const word = order.toLowerCase();
  if (word !== '' && word !== 'asc' && word !== 'desc') {
    throw new InvalidPolicyError(`order ${JSON.stringify(order.slice(0, 100))}: expected asc or desc`);
  }
  return word === 'desc' ? -1 : 1;
}
