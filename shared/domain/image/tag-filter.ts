import { RE2JS, RE2JSException } from 're2js';

import { InvalidPolicyError } from '../../errors.ts';
import { compileFast, isShort } from './fast-pattern.ts';
import { expandTemplate, parseTemplate } from './expand.ts';
import { readGroupNames } from './group-names.ts';

/** Which tags a policy looks at, and what of them it ranks. Patterns are RE2, unanchored, linear in the tag. */
export interface TagFilter {
  /** A tag must match one of these, if there are any. */
  readonly allow?: readonly string[];
  /** A tag must match none of these. */
  readonly ignore?: readonly string[];
  /** `extract` is filled as Go's `Expand` does and ranked in the tag's place; empty or absent, the tag is. */
  readonly filterTags?: { readonly pattern: string; readonly extract?: string };
}

/** What a filter says of a tag: the text to rank, or why the tag is no candidate. */
export type Filtered = { readonly value: string } | { readonly reason: string };

/** cosign's legacy scheme and the referrers' fallback (bare, or with a tool's own ending): such a tag speaks about another image. */
const ARTIFACT_TAG = /\.(?:sig|att|sbom)$|^sha(?:256|512)-[0-9a-f]+(?:\.[0-9A-Za-z_.-]+)?$/;
const MAX_PATTERN_CHARS = 1000;

/** Tells a tag that holds a signature, an attestation or an SBOM of another image. */
export function isArtifactTag(tag: string): boolean {
  return ARTIFACT_TAG.test(tag);
}

/**
 * Compiles a filter.
 *
 * @throws InvalidPolicyError for a pattern that RE2 does not take (look-around and back references among them).
 */
export function compileFilter({ allow = [], ignore = [], filterTags }: TagFilter): (tag: string) => Filtered {
  const allowed = allow.map((pattern) => compileTest('allow', pattern));
  const ignored = ignore.map((pattern) => compileTest('ignore', pattern));
  const extract = filterTags === undefined ? undefined : compileExtract(filterTags);
  return (tag) => {
    if (isArtifactTag(tag)) {
      return { reason: 'a signature, attestation or SBOM of another image' };
    }
    if (allowed.length > 0 && !allowed.some((matches) => matches(tag))) {
      return { reason: 'matches no allow pattern' };
    }
    if (ignored.some((matches) => matches(tag))) {
      return { reason: 'matches an ignore pattern' };
    }
    const value = extract === undefined ? tag : extract(tag);
    return value === undefined ? { reason: 'does not match filterTags' } : { value };
  };
}

function compileExtract({
  pattern,
  extract = '',
}: Required<TagFilter>['filterTags']): (tag: string) => string | undefined {
  if (extract === '') {
    const matches = compileTest('filterTags', pattern);
    return (tag) => (matches(tag) ? tag : undefined);
  }
  const compiled = compilePattern('filterTags', pattern);
  const fast = compileFast(pattern);
  const template = parseTemplate(extract);
  const { numbers } = readGroupNames(pattern);
  const groups = compiled.groupCount();
  // Of several groups of one name Go takes the first that matched, even if it matched nothing.
  const fill = (group: (index: number) => string | null | undefined): string =>
    expandTemplate(template, (key) => {
      const indices = typeof key === 'number' ? [key] : (numbers.get(key) ?? []);
      for (const index of indices) {
        const text = index <= groups ? group(index) : undefined;
        if (text !== undefined && text !== null) {
          return text;
        }
      }
      return '';
    });
  return (tag) => {
    if (fast !== undefined && isShort(tag)) {
      const found = fast.exec(tag);
      return found === null ? undefined : fill((index) => found[index]);
    }
    const matcher = compiled.matcher(tag);
    return matcher.find() ? fill((index) => matcher.group(index)) : undefined;
  };
}

function compileTest(field: string, pattern: string): (tag: string) => boolean {
  const compiled = compilePattern(field, pattern);
  const fast = compileFast(pattern);
  return (tag) => (fast !== undefined && isShort(tag) ? fast.test(tag) : compiled.test(tag));
}

function compilePattern(field: string, pattern: string): RE2JS {
  if (pattern.length > MAX_PATTERN_CHARS) {
    throw new InvalidPolicyError(`${field}: more than ${MAX_PATTERN_CHARS} characters`);
  }
  try {
    return RE2JS.compile(readGroupNames(pattern).pattern);
  } catch (error) {
    if (error instanceof RE2JSException) {
      throw new InvalidPolicyError(`${field} ${JSON.stringify(pattern.slice(0, 100))}: ${error.message}`, {
        cause: error,
      });
    }
    throw error;
  }
}
