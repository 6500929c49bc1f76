import { InvalidPolicyError } from '../../errors.ts';
import { compareVersions, type Version } from './version.ts';

/** Tells whether a version lies in a range. */
export type VersionRange = (version: Version) => boolean;

interface Bound {
  readonly holds: (version: Version) => boolean;
  readonly hasPreRelease: boolean;
}

const WILD = '(?:\\d+|[xX*])';
const PARTIAL = `v?(${WILD})(?:\\.(${WILD}))?(?:\\.(${WILD}))?(?:-([0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*))?(?:\\+[0-9A-Za-z.-]+)?`;
const TERM = new RegExp(`^(=|==|!=|>|<|>=|=>|<=|=<|~|~>|\\^)?\\s*${PARTIAL}$`);
const HYPHEN = new RegExp(`^\\s*(\\S+)\\s+-\\s+(\\S+)\\s*$`);
const MAX_RANGE_CHARS = 512;

/**
 * Reads a range with the semantics of Masterminds/semver: space or comma is AND, `||` is OR, `= != > < >= <= ~ ^`,
 * wildcards, hyphens with spaces, partial versions.
 *
 * A pre-release lies in a range only if a bound of its AND-group has one, and then for all versions in bounds.
 *
 * @throws InvalidPolicyError for anything else, the empty range included.
 */
export function parseRange(text: string): VersionRange {
  if (text.trim() === '' || text.length > MAX_RANGE_CHARS) {
    throw new InvalidPolicyError(
      `range ${JSON.stringify(text.slice(0, 100))}: expected a range such as ">=1.2.0 <2.0.0"`,
    );
  }
  const groups = text.split('||').map(parseGroup);
  return (version) => groups.some((group) => isInGroup(version, group));
}

function isInGroup(version: Version, group: readonly Bound[]): boolean {
  const isAllowed = version.preRelease.length === 0 || group.some(({ hasPreRelease }) => hasPreRelease);
  return isAllowed && group.every(({ holds }) => holds(version));
}

function parseGroup(text: string): readonly Bound[] {
  const hyphen = HYPHEN.exec(text);
  if (hyphen !== null) {
    return [parseBound(`>=${hyphen[1] ?? ''}`), parseBound(`<=${hyphen[2] ?? ''}`)];
  }
  const terms = text
    .trim()
    .replace(/(=|!|>|<|~|\^)\s+/g, '$1')
    .split(/[\s,]+/)
    .filter((term) => term !== '');
  if (terms.length === 0) {
    throw new InvalidPolicyError('range: expected a version between the bars');
  }
  return terms.map(parseBound);
}

function parseBound(term: string): Bound {
  const match = TERM.exec(term);
  if (match === null) {
    throw new InvalidPolicyError(
      `range: ${JSON.stringify(term.slice(0, 100))} is no bound; expected e.g. >=1.2.0, ~1.4, ^2`,
    );
  }
  const [, operator = '', ...rest] = match;
  const written = rest.slice(0, 3).filter((part) => part !== undefined && /^\d/.test(part));
  const firstWild = rest.slice(0, 3).findIndex((part) => part === undefined || !/^\d/.test(part));
  const known = firstWild < 0 ? 3 : Math.min(firstWild, written.length);
  const [major = 0n, minor = 0n, patch = 0n] = written.slice(0, known).map((part) => BigInt(part ?? '0'));
  const preRelease = rest[3]?.split('.') ?? [];
  if (preRelease.some((identifier) => /^0\d+$/.test(identifier))) {
    throw new InvalidPolicyError(`range: ${JSON.stringify(term.slice(0, 100))} has a number with a leading zero`);
  }
  // A pre-release fixes the parts that were left out at zero: >0-0 is >0.0.0-0.
  const isFixed = preRelease.length > 0 && known > 0 && /[<>!]/.test(operator);
  const base: Version = { parts: [major, minor, patch], written: isFixed ? 3 : known, preRelease };
  return { holds: holder(operator, base), hasPreRelease: preRelease.length > 0 };
}

function holder(operator: string, base: Version): Bound['holds'] {
  const from = (version: Version): boolean => compareVersions(version, base) >= 0;
  const before = (limit: Version) => (version: Version) => compareVersions(version, limit) < 0;
  const isDirty = base.written < 3;
  const isWithin = (version: Version): boolean => isDirty && before(next(base, base.written))(version) && from(version);
  switch (operator) {
    case '>':
      return (version) =>
        isDirty ? base.written > 0 && !before(next(base, base.written))(version) : compareVersions(version, base) > 0;
    case '<':
      return before(base);
    case '>=':
    case '=>':
      return from;
    case '<=':
    case '=<':
      return (version) =>
        isDirty ? base.written === 0 || before(next(base, base.written))(version) : compareVersions(version, base) <= 0;
    case '!=':
      return (version) => (isDirty ? !isWithin(version) && base.written > 0 : compareVersions(version, base) !== 0);
    case '~':
    case '~>':
      return tilde(base, from, before);
    case '^':
      return caret(base, from, before);
    default:
      return isDirty ? tilde(base, from, before) : (version) => compareVersions(version, base) === 0;
  }
}

type From = Bound['holds'];
type Before = (limit: Version) => Bound['holds'];

function tilde(base: Version, from: From, before: Before): Bound['holds'] {
  const isZero = base.parts.every((part) => part === 0n) && base.preRelease.length === 0;
  if (base.written === 0 || (isZero && base.written === 3)) {
    // Masterminds: ~0.0.0 takes everything.
    return () => true;
  }
  const end = before(next(base, Math.min(base.written, 2)));
  return (version) => from(version) && end(version);
}

function caret(base: Version, from: From, before: Before): Bound['holds'] {
  if (base.written === 0) {
    return () => true;
  }
  const firstNonZero = base.parts.findIndex((part) => part > 0n);
  const keep = firstNonZero < 0 ? base.written : Math.min(firstNonZero + 1, base.written);
  const end = before(next(base, keep));
  return (version) => from(version) && end(version);
}

/** The smallest version above all that share the first `count` parts. */
function next({ parts }: Version, count: number): Version {
  const [major, minor, patch] = parts;
  const raised: Version['parts'] =
    count <= 1 ? [major + 1n, 0n, 0n] : count === 2 ? [major, minor + 1n, 0n] : [major, minor, patch + 1n];
  return { parts: raised, written: 3, preRelease: [] };
}
