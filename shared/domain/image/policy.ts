import { InvalidPolicyError } from '../../errors.ts';
import { bumpRanking, type BumpLevel } from './bump.ts';
import { chooseBest, type Considered } from './choose.ts';
import type { CurrentImage, Ranking, TagCandidate } from './ranking.ts';
import { alphabeticalRanking, newestBuildRanking, numericalRanking, semverRanking } from './rankings.ts';
import { reflectDigest, type DigestReflection } from './reflection.ts';
import { compileFilter, type TagFilter } from './tag-filter.ts';
import { variantRanking } from './variant.ts';

export type { Considered } from './choose.ts';
export type { CurrentImage, TagCandidate } from './ranking.ts';

/** How one kind of policy orders tags. */
export type TagOrder =
  /** `loose`: tags of one or two parts count as versions too. */
  | { readonly kind: 'semver'; readonly range: string; readonly loose?: boolean }
  /** `asc` (the default: the last wins) or `desc`, in any case. */
  | { readonly kind: 'alphabetical' | 'numerical'; readonly order?: string }
  | { readonly kind: 'newest-build' | 'variant' | 'digest' }
  | { readonly kind: 'bump'; readonly level: BumpLevel; readonly matchPreRelease?: boolean };

/** What chooses a tag and its digest. `reflection` is `Never` by default, and `Always` for kind `digest`. */
export type TagPolicy = TagOrder & TagFilter & { readonly reflection?: DigestReflection };

export interface SelectOptions {
  /** What stands in Git or runs; `bump`, `variant` and digests are relative to it. */
  readonly current?: CurrentImage;
  /** Fills `considered`; left out for long lists. */
  readonly explain?: boolean;
}

export interface Selection {
  /** `unchanged`: what stands is what should stand. */
  readonly outcome: 'chosen' | 'none' | 'unchanged' | 'invalid-policy';
  /** What should stand in Git afterwards, also when unchanged. */
  readonly tag?: string;
  /** Absent: write none. */
  readonly digest?: string;
  readonly considered: readonly Considered[];
  /** Tags that rank alike, where that decided: the greatest in byte order won. */
  readonly warnings: readonly string[];
  readonly error?: { readonly code: string; readonly message: string };
}

/**
 * Chooses a tag and its digest. Pure: the order of `candidates` does not matter; tags that rank alike go to the one
 * that is greatest in byte order. Signatures, attestations and SBOMs are never candidates.
 */
export function selectTag(
  policy: TagPolicy,
  candidates: readonly TagCandidate[],
  { current = {}, explain = false }: SelectOptions = {},
): Selection {
  try {
    const filter = compileFilter(policy);
    const ranking = rankingOf(policy, current);
    const best = chooseBest(ranking, candidates, { filter, explain });
    return { ...settle(policy, best.winner, { current, isRelative: ranking.isRelative }), ...best.findings };
  } catch (error) {
    if (!(error instanceof InvalidPolicyError)) {
      throw error;
    }
    const { code, message } = error;
    return { outcome: 'invalid-policy', considered: [], warnings: [], error: { code, message } };
  }
}

/** Methods are bivariant, so a ranking of its own kind passes: it compares only what itself ranked. */
function rankingOf(policy: TagPolicy, current: CurrentImage): Ranking<unknown> {
  switch (policy.kind) {
    case 'semver':
      return semverRanking(policy.range, policy.loose ?? false);
    case 'alphabetical':
      return alphabeticalRanking(policy.order);
    case 'numerical':
      return numericalRanking(policy.order);
    case 'newest-build':
      return newestBuildRanking();
    case 'variant':
      return variantRanking(current.tag);
    case 'bump':
      return bumpRanking({ matchPreRelease: true, ...policy }, current.tag);
    case 'digest':
      return sameTagRanking(current.tag);
  }
}

/** Kind `digest` keeps the tag: the current one where it is listed. */
function sameTagRanking(currentTag: string | undefined): Ranking<{ readonly isCurrent: boolean }> {
  return {
    isRelative: false,
    compare: (a, b) => Number(a.isCurrent) - Number(b.isCurrent),
    rank: (_value, { name }) => ({ isCurrent: name === currentTag }),
  };
}

function settle(
  policy: TagPolicy,
  winner: TagCandidate | undefined,
  { current, isRelative }: { readonly current: CurrentImage; readonly isRelative: boolean },
): Pick<Selection, 'outcome' | 'tag' | 'digest'> {
  const { name: tag, digest: registry } = winner ?? { name: isRelative ? current.tag : undefined };
  if (tag === undefined) {
    return { outcome: 'none' };
  }
  const reflection = policy.reflection ?? (policy.kind === 'digest' ? 'Always' : 'Never');
  const digest = reflectDigest(reflection, { tag, digest: registry }, current);
  const isSame = tag === current.tag && digest === current.digest;
  return {
    outcome: isSame || winner === undefined ? 'unchanged' : 'chosen',
    tag,
    ...(digest === undefined ? {} : { digest }),
  };
}
