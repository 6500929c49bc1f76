import { compareBytes } from './byte-order.ts';
import type { Ranking } from './ranking.ts';

interface Variant {
  /** Digits without leading zeros: the longer is the greater. */
  readonly parts: readonly string[];
  readonly preRelease: string;
  readonly suffix: string;
}

const PREFIX = /^(\d+(?:\.\d+)*)(\w*)$/;
const COMMIT_HASH = /^(?=.*[a-f])[a-f0-9]{7,40}$/;

/**
 * Ranks tags of the current one's kind: same suffix (`-alpine`), same number of parts, no pre-release text. A leading
 * `v` counts in neither; 7 to 40 hexadecimal digits with a letter are a commit, not a version.
 *
 * @see Renovate's docker versioning
 */
export function variantRanking(currentTag: string | undefined): Ranking<Variant> {
  const current = currentTag === undefined ? undefined : parseVariant(currentTag);
  return {
    isRelative: true,
    compare: compareVariants,
    rank: (value) => {
      const variant = parseVariant(value);
      if (current === undefined || variant === undefined) {
        return { reason: current === undefined ? 'the current tag is no version' : 'not a version' };
      }
      if (variant.suffix !== current.suffix || variant.parts.length !== current.parts.length) {
        return { reason: 'another suffix or number of parts than the current tag' };
      }
      if (variant.preRelease !== '') {
        return { reason: 'a pre-release' };
      }
      return compareVariants(variant, current) > 0 ? variant : { reason: 'not above the current tag' };
    },
  };
}

function parseVariant(tag: string): Variant | undefined {
  if (COMMIT_HASH.test(tag)) {
    return undefined;
  }
  const [version = '', ...suffix] = tag.replace(/^v/, '').split('-');
  const [, numbers, preRelease = ''] = PREFIX.exec(version) ?? [];
  return numbers === undefined
    ? undefined
    : { parts: numbers.split('.').map((part) => part.replace(/^0+(?=\d)/, '')), preRelease, suffix: suffix.join('-') };
}

/** Both have the same number of parts. */
function compareVariants(a: Variant, b: Variant): number {
  for (const [index, left] of a.parts.entries()) {
    const right = b.parts[index] ?? '';
    const order = left.length - right.length || compareBytes(left, right);
    if (order !== 0) {
      return order;
    }
  }
  return Number(a.preRelease === '') - Number(b.preRelease === '');
}
