/** A numeric part: a number up to 2^53 - 1, a bigint above, so that equal parts are `===` and any two compare by `<`. */
export type VersionPart = number | bigint;

/** A version as Masterminds/semver reads it. */
export interface Version {
  readonly major: VersionPart;
  readonly minor: VersionPart;
  readonly patch: VersionPart;
  /** How many parts were written: 1 to 3. */
  readonly written: number;
  /** Identifiers of the pre-release; empty for a release. */
  readonly preRelease: readonly string[];
}

const RELEASE = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?$/;
const FULL =
  /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;
/** Masterminds parses parts by `strconv.ParseUint(part, 10, 64)`. */
const MAX_PART = 2n ** 64n - 1n;
/** Digits that always fit a number exactly. */
const SAFE_DIGITS = 15;
const DIGITS = /^\d+$/;
const NO_PRE_RELEASE: readonly string[] = [];

/**
 * Reads a version: an optional `v`, one to three numeric parts (leading zeros allowed), pre-release, metadata.
 *
 * @param loose - one or two parts count as well; else three are needed.
 * @returns undefined for anything else: four parts, a part over 64 bits, a numeric pre-release with a leading zero.
 * @see Masterminds/semver NewVersion, with the three-part rule of Flux.
 */
export function parseVersion(text: string, loose: boolean): Version | undefined {
  // Most tags are no version at all or a plain release: the first pattern settles those without the long one.
  const match = RELEASE.exec(text) ?? (/[-+]/.test(text) ? FULL.exec(text) : null);
  if (match === null) {
    return undefined;
  }
  const [, first, second, third, identifiers] = match;
  const written = third !== undefined ? 3 : second !== undefined ? 2 : 1;
  if (written < 3 && !loose) {
    return undefined;
  }
  const [major, minor, patch] = [toPart(first), toPart(second), toPart(third)];
  if (major === undefined || minor === undefined || patch === undefined) {
    return undefined;
  }
  const preRelease = identifiers === undefined ? NO_PRE_RELEASE : identifiers.split('.');
  return preRelease.some(hasLeadingZero) ? undefined : { major, minor, patch, written, preRelease };
}

/** Negative, zero or positive as `a` comes before, with or after `b`; metadata does not count. */
export function compareVersions(a: Version, b: Version): number {
  if (a.major !== b.major) {
    return a.major < b.major ? -1 : 1;
  }
  if (a.minor !== b.minor) {
    return a.minor < b.minor ? -1 : 1;
  }
  if (a.patch !== b.patch) {
    return a.patch < b.patch ? -1 : 1;
  }
  return comparePreReleases(a.preRelease, b.preRelease);
}

/**
 * Compares two pre-releases: none is above any, numbers are below text, numbers compare as numbers, text in ASCII
 * order, and of two that agree so far the longer is above.
 */
export function comparePreReleases(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) {
    return Number(a.length === 0) - Number(b.length === 0);
  }
  for (const [index, left] of a.entries()) {
    const right = b[index];
    const order = right === undefined ? 1 : compareIdentifiers(left, right);
    if (order !== 0) {
      return order;
    }
  }
  return a.length - b.length;
}

function compareIdentifiers(a: string, b: string): number {
  const [isNumber, isOtherNumber] = [DIGITS.test(a), DIGITS.test(b)];
  if (isNumber !== isOtherNumber) {
    return isNumber ? -1 : 1;
  }
  // Numbers have no leading zeros here, so that the longer is the greater.
  if (isNumber && a.length !== b.length) {
    return a.length - b.length;
  }
  return a < b ? -1 : Number(a > b);
}

function toPart(digits = '0'): VersionPart | undefined {
  if (digits.length <= SAFE_DIGITS) {
    return Number(digits);
  }
  const exact = BigInt(digits);
  if (exact > MAX_PART) {
    return undefined;
  }
  return exact <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(exact) : exact;
}

function hasLeadingZero(identifier: string): boolean {
  return identifier.length > 1 && identifier.startsWith('0') && DIGITS.test(identifier);
}
