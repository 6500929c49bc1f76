/** A version as Masterminds/semver reads it. Numbers are kept as digits: parts may exceed 2^53. */
export interface Version {
  readonly parts: readonly [bigint, bigint, bigint];
  /** How many parts were written: 1 to 3. */
  readonly written: number;
  readonly preRelease: readonly string[];
}

const FORM =
  /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;
const MAX_PART = 2n ** 64n - 1n;

/**
 * Reads a version: an optional `v`, one to three numeric parts (leading zeros allowed), pre-release, metadata.
 *
 * @param loose - one or two parts count as well; else three are needed.
 * @returns undefined for anything else: four parts, a part over 64 bits, a numeric pre-release with a leading zero.
 * @see Masterminds/semver NewVersion, with the three-part rule of Flux.
 */
export function parseVersion(text: string, loose: boolean): Version | undefined {
  const match = FORM.exec(text);
  if (match === null) {
    return undefined;
  }
  const digits = [match[1], match[2], match[3]].filter((part) => part !== undefined);
  const [major = 0n, minor = 0n, patch = 0n] = digits.map(BigInt);
  const preRelease = match[4]?.split('.') ?? [];
  if ((digits.length < 3 && !loose) || [major, minor, patch].some((part) => part > MAX_PART)) {
    return undefined;
  }
  if (preRelease.some((identifier) => /^0\d+$/.test(identifier))) {
    return undefined;
  }
  return { parts: [major, minor, patch], written: digits.length, preRelease };
}

/** Negative, zero or positive as `a` comes before, with or after `b`; metadata does not count. */
export function compareVersions(a: Version, b: Version): number {
  for (const index of [0, 1, 2] as const) {
    if (a.parts[index] !== b.parts[index]) {
      return a.parts[index] < b.parts[index] ? -1 : 1;
    }
  }
  return comparePreReleases(a.preRelease, b.preRelease);
}

function comparePreReleases(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) {
    return Number(a.length === 0) - Number(b.length === 0);
  }
  for (const [index, left] of a.entries()) {
    const right = b[index];
    if (right === undefined) {
      return 1;
    }
    const order = compareIdentifiers(left, right);
    if (order !== 0) {
      return order;
    }
  }
  return a.length - b.length;
}

function compareIdentifiers(a: string, b: string): number {
  const numeric = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (numeric[0] === true && numeric[1] === true) {
    const [left, right] = [BigInt(a), BigInt(b)];
    return left < right ? -1 : Number(left > right);
  }
  if (numeric[0] !== numeric[1]) {
    return numeric[0] === true ? -1 : 1;
  }
  return a < b ? -1 : Number(a > b);
}
