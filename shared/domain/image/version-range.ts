import { InvalidPolicyError } from '../../errors.ts';
import { comparePreReleases, compareVersions, parseVersion, type Version } from './version.ts';

/** Tells whether a version lies in a range. */
export type VersionRange = (version: Version) => boolean;

/** The version of a bound; `missing` says which part is the first that was left out or written as a wildcard. */
interface Base extends Version {
  readonly missing: 'none' | 'patch' | 'minor' | 'major';
}

interface Bound {
  readonly holds: VersionRange;
  readonly hasPreRelease: boolean;
}

const OPERATORS: Readonly<Record<string, (version: Version, base: Base) => boolean>> = {
  '': isEqual,
  '=': isEqual,
  '!=': isOther,
  '>': isAbove,
  '<': (version, base) => compareVersions(version, base) < 0,
  '>=': (version, base) => compareVersions(version, base) >= 0,
  '=>': (version, base) => compareVersions(version, base) >= 0,
  '<=': isUpTo,
  '=<': isUpTo,
  '~': isWithinMinor,
  '~>': isWithinMinor,
  '^': isCompatible,
};

/** As the library's pattern: what follows a wildcard is never looked at, so that `x.1|2` is `*` to it. */
const PART = '[0-9|xX*]+';
const IDENTIFIERS = '[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*';
const TERM = new RegExp(
  `^([=!<>~^]{0,2})v?(${PART})(?:\\.(${PART}))?(?:\\.(${PART}))?(-${IDENTIFIERS})?(?:\\+${IDENTIFIERS})?$`,
);
/** Masterminds/semver 3.5: MaxConstraintLen, MaxConstraintGroups. */
const MAX_RANGE_CHARS = 512;
const MAX_GROUPS = 32;
/** ASCII blanks, as RE2's `\s` means them. */
const BLANK = '[\\t\\n\\f\\r ]';
const OUTER_BLANKS = new RegExp(`^${BLANK}+|${BLANK}+$`, 'g');
/** Blanks may stand between an operator and its version, not within an operator. */
const OPERATOR_GAP = new RegExp(`([=!<>~^])${BLANK}+(?=[v\\dxX*])`, 'g');
const HYPHEN_END = `v?[0-9|xX*]+(?:\\.[0-9|xX*]+){0,2}(?:-${IDENTIFIERS})?(?:\\+${IDENTIFIERS})?`;
const HYPHEN = new RegExp(`${BLANK}*(${HYPHEN_END})${BLANK}+-${BLANK}+(${HYPHEN_END})${BLANK}*`, 'g');
const SEPARATOR = new RegExp(`${BLANK}*,${BLANK}*|${BLANK}+`);

/**
 * Reads a range with the semantics of Masterminds/semver: space or comma is AND, `||` is OR, `= != > < >= <= ~ ^`,
 * wildcards, hyphens with spaces, partial versions.
 *
 * A pre-release lies in a range only if a bound of its AND-group has one, and then for all versions in bounds.
 *
 * @throws InvalidPolicyError for anything else, the empty range included.
 */
export function parseRange(text: string): VersionRange {
  if (text.length > MAX_RANGE_CHARS) {
    throw new InvalidPolicyError(`range: more than ${MAX_RANGE_CHARS} characters`);
  }
  const written = rewriteHyphens(text).split('||');
  if (written.length > MAX_GROUPS) {
    throw new InvalidPolicyError(`range: more than ${MAX_GROUPS} alternatives`);
  }
  const groups = written.map((group) => parseGroup(group, text));
  return (version) => groups.some((group) => isInGroup(version, group));
}

function isInGroup(version: Version, group: readonly Bound[]): boolean {
  const isAllowed = version.preRelease.length === 0 || group.some(({ hasPreRelease }) => hasPreRelease);
  return isAllowed && group.every(({ holds }) => holds(version));
}

/** Bounds are apart by blanks or one comma; an operator may stand apart from its version. */
function parseGroup(group: string, range: string): readonly Bound[] {
  const terms = group.replace(OUTER_BLANKS, '').replace(OPERATOR_GAP, '$1').split(SEPARATOR);
  return terms.map((term) => parseBound(term, range));
}

/**
 * `1.2 - 1.4` becomes `>= 1.2, <= 1.4 `, with the blanks before it taken away: as in the library, a bound before it
 * needs a comma.
 *
 * The library takes `|` for a digit here, so that to it `1.x||2.0 - 3.0` is `>= 1.x||2.0, <= 3.0`: refused.
 */
function rewriteHyphens(range: string): string {
  let text = range;
  for (const [whole, from = '', to = ''] of range.matchAll(HYPHEN)) {
    if (from.includes('|')) {
      throw new InvalidPolicyError(`range ${JSON.stringify(range.slice(0, 100))}: expected blanks around \`||\``);
    }
    text = text.replace(whole, () => `>= ${from}, <= ${to} `);
  }
  return text;
}

function parseBound(term: string, range: string): Bound {
  const [, operator = '', major = '', minor = '*', patch = '*', preRelease = ''] = TERM.exec(term) ?? [];
  const isHeld = Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined;
  const missing = isWild(major) ? 'major' : isWild(minor) ? 'minor' : isWild(patch) ? 'patch' : 'none';
  const numbers = {
    major: '0.0.0',
    minor: `${major}.0.0`,
    patch: `${major}.${minor}.0`,
    none: `${major}.${minor}.${patch}`,
  };
  const version = parseVersion(numbers[missing] + preRelease, false);
  if (isHeld === undefined || major === '' || version === undefined) {
    throw notARange(range, term);
  }
  const base: Base = { ...version, missing };
  return { holds: (candidate) => isHeld(candidate, base), hasPreRelease: base.preRelease.length > 0 };
}

function isWild(part: string): boolean {
  return part === 'x' || part === 'X' || part === '*';
}

function notARange(range: string, term: string): InvalidPolicyError {
  return new InvalidPolicyError(
    `range ${JSON.stringify(range.slice(0, 100))}: ${JSON.stringify(term.slice(0, 100))} is no bound; expected a range such as ">=1.2.0 <2.0.0", "~1.4" or "1.x"`,
  );
}

function isEqual(version: Version, base: Base): boolean {
  return base.missing === 'none' ? compareVersions(version, base) === 0 : isWithinMinor(version, base);
}

/** `!=4.1` bans the whole minor, `!=4` the whole major. */
function isOther(version: Version, base: Base): boolean {
  if (base.missing === 'none' || base.missing === 'major' || version.major !== base.major) {
    return compareVersions(version, base) !== 0;
  }
  if (base.missing === 'minor') {
    return false;
  }
  return version.minor !== base.minor || comparePreReleases(version.preRelease, base.preRelease) !== 0;
}

/** `>11` starts at 12.0.0, `>11.1` at 11.2.0. */
function isAbove(version: Version, base: Base): boolean {
  if (version.major === base.major && (base.missing === 'minor' || base.missing === 'patch')) {
    return base.missing === 'patch' && version.minor > base.minor;
  }
  return compareVersions(version, base) > 0;
}

/** `<=11` includes 11.x, `<=1.1` includes 1.1.x. */
function isUpTo(version: Version, base: Base): boolean {
  if (base.missing === 'none') {
    return compareVersions(version, base) <= 0;
  }
  return version.major === base.major
    ? base.missing === 'minor' || version.minor <= base.minor
    : version.major < base.major;
}

/** `~1.2.3` is >=1.2.3 <1.3.0; `~1` is 1.x; `~0.0.0` takes everything, as does `*`. */
function isWithinMinor(version: Version, base: Base): boolean {
  if (compareVersions(version, base) < 0) {
    return false;
  }
  const isZero = base.major === 0 && base.minor === 0 && base.patch === 0;
  if (isZero && (base.missing === 'none' || base.missing === 'major')) {
    return true;
  }
  return version.major === base.major && (version.minor === base.minor || base.missing === 'minor');
}

/** `^1.2.3` is 1.x from there; `^0.2.3` is 0.2.x from there; `^0.0.3` is exactly that. */
function isCompatible(version: Version, base: Base): boolean {
  if (compareVersions(version, base) < 0 || version.major !== base.major) {
    return false;
  }
  if (base.major > 0 || base.missing === 'minor') {
    return true;
  }
  if (base.minor > 0 || base.missing === 'patch') {
    return version.minor === base.minor;
  }
  return version.minor === 0 && version.patch === base.patch;
}
