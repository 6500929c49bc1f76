import { InvalidPolicyError } from '../../errors.ts';
import { compareVersions, parseVersion, type Version } from './version.ts';
import { parseRange } from './version-range.ts';

/** What chooses a tag. */
export interface TagPolicy {
  readonly kind: 'semver';
  readonly range: string;
  /** Tags of one or two parts count as versions too. */
  readonly loose?: boolean;
}

/** Why a tag was or was not chosen. */
export interface Considered {
  readonly tag: string;
  readonly verdict: 'chosen' | 'passed-over' | 'not-a-candidate';
  readonly reason: string;
}

export interface Selection {
  readonly outcome: 'chosen' | 'none' | 'invalid-policy';
  readonly tag?: string;
  readonly considered: readonly Considered[];
  readonly error?: { readonly code: string; readonly message: string };
}

/** cosign's legacy scheme and the referrers' fallback: such a tag speaks about another image. */
const SIGNATURE_TAG = /^sha256-[0-9a-f]{64}(\.(sig|att|sbom))?$/;

/**
 * Chooses a tag. Pure: the order of `candidates` does not matter; equal versions go to the tag that is greatest in
 * byte order.
 *
 * @param explain - fills `considered`; left out for long lists.
 */
export function selectTag(
  policy: TagPolicy,
  candidates: readonly { readonly name: string }[],
  explain = false,
): Selection {
  let isInRange: (version: Version) => boolean;
  try {
    isInRange = parseRange(policy.range);
  } catch (error) {
    if (error instanceof InvalidPolicyError) {
      return { outcome: 'invalid-policy', considered: [], error: { code: error.code, message: error.message } };
    }
    throw error;
  }
  let best: { readonly tag: string; readonly version: Version } | undefined;
  const passed = new Map<string, string>();
  for (const { name: tag } of candidates) {
    const version = SIGNATURE_TAG.test(tag) ? undefined : parseVersion(tag, policy.loose ?? false);
    const why = version === undefined ? 'not a version' : isInRange(version) ? '' : 'outside the range';
    if (version === undefined || why !== '') {
      passed.set(tag, why);
    } else if (best === undefined || isBetter({ tag, version }, best)) {
      best = { tag, version };
    }
  }
  const considered = explain ? explained(candidates, passed, best?.tag) : [];
  return best === undefined ? { outcome: 'none', considered } : { outcome: 'chosen', tag: best.tag, considered };
}

interface Ranked {
  readonly tag: string;
  readonly version: Version;
}

function isBetter(a: Ranked, b: Ranked): boolean {
  const order = compareVersions(a.version, b.version);
  return order > 0 || (order === 0 && a.tag > b.tag);
}

function explained(
  candidates: readonly { readonly name: string }[],
  passed: ReadonlyMap<string, string>,
  chosen: string | undefined,
): readonly Considered[] {
  return [...new Set(candidates.map(({ name }) => name))].toSorted().map((tag) => {
    const reason = passed.get(tag);
    if (reason !== undefined) {
      return { tag, verdict: 'not-a-candidate', reason };
    }
    return tag === chosen
      ? { tag, verdict: 'chosen', reason: 'greatest version in the range' }
      : { tag, verdict: 'passed-over', reason: 'a greater version is in the range' };
  });
}
