import { compareBytes } from './byte-order.ts';
import { selectTag, type Considered, type CurrentImage, type TagCandidate, type TagPolicy } from './policy.ts';

/** Why no tag is to be written at a stage. */
export type NoChoice = 'invalid-policy' | 'mixed-tags' | 'no-candidate' | 'no-place';

/** What should stand at a stage, or why nothing can be said. */
export type PlacementChoice = (
  | { readonly outcome: 'chosen'; readonly tag: string }
  | { readonly outcome: 'none'; readonly reason: NoChoice; readonly detail?: string }
) & {
  readonly considered: readonly Considered[];
  readonly warnings: readonly string[];
};

/** A longer list is chosen from without a word on each tag: the words would cost more than the choice. */
const MAX_EXPLAINED = 20_000;

/** True if a policy cannot be answered without what stands in Git now. */
export function isRelativeToGit({ kind, reflection, filterTags }: TagPolicy): boolean {
  // Versions as they are need no look: the branch compares them itself before it writes.
  return kind !== 'semver' || (reflection ?? 'Always') !== 'Always' || (filterTags?.extract ?? '') !== '';
}

/**
 * Chooses the tag of a stage. Pure; the orders of `candidates` and `standing` do not matter.
 *
 * What stands there counts as a candidate wherever the policy can rank it, so that a list that has lost tags (a registry
 * in trouble, a replica that lags) never leads below it. Where different tags stand there, all of them must lead to
 * the same answer.
 *
 * @param standing - what the stage's files hold; empty where the policy does not ask for it.
 */
export function choosePlacement(
  policy: TagPolicy,
  candidates: readonly TagCandidate[],
  standing: readonly CurrentImage[],
): PlacementChoice {
  const isAbove = policy.kind === 'bump' || policy.kind === 'variant' || policy.kind === 'digest';
  if (isAbove && standing.length === 0) {
    return { outcome: 'none', reason: 'no-place', considered: [], warnings: [] };
  }
  const known = isAbove ? candidates : withStanding(policy, candidates, standing);
  const starts = isAbove ? standing : [{}];
  const selections = starts.map((current) =>
    selectTag(policy, policy.kind === 'digest' ? known.filter(({ name }) => name === current.tag) : known, {
      current,
      explain: candidates.length <= MAX_EXPLAINED,
    }),
  );
  const [first] = selections;
  const { considered = [], warnings = [] } = first ?? {};
  const said = { considered, warnings };
  const invalid = selections.find(({ outcome }) => outcome === 'invalid-policy');
  if (invalid !== undefined) {
    return { outcome: 'none', reason: 'invalid-policy', detail: invalid.error?.message ?? '', ...said };
  }
  const tags = [...new Set(selections.map(({ tag = '' }) => tag))].toSorted(compareBytes);
  if (tags.length > 1) {
    return { outcome: 'none', reason: 'mixed-tags', detail: tags.slice(0, 5).join(', '), ...said };
  }
  const [tag = ''] = tags;
  return tag === '' ? { outcome: 'none', reason: 'no-candidate', ...said } : { outcome: 'chosen', tag, ...said };
}

/** The candidates and those standing tags that are not listed but that the policy ranks. */
function withStanding(
  policy: TagPolicy,
  candidates: readonly TagCandidate[],
  standing: readonly CurrentImage[],
): readonly TagCandidate[] {
  const missing = standing
    .flatMap(({ tag }) => (tag === undefined ? [] : [{ name: tag }]))
    .filter((one) => !candidates.some(({ name }) => name === one.name))
    .filter((one) => selectTag(policy, [one]).outcome === 'chosen');
  return missing.length === 0 ? candidates : [...candidates, ...missing];
}

/**
 * The digest to write beside a tag: the registry's, or the one that stands there where it is to be kept.
 *
 * @param registry - what the registry says the tag is.
 */
export function digestToWrite(
  policy: TagPolicy,
  { tag, digest: registry }: { readonly tag: string; readonly digest: string },
  standing: readonly CurrentImage[],
): string {
  if ((policy.reflection ?? 'Always') === 'Always') {
    return registry;
  }
  const kept = standing.flatMap((one) => (one.tag === tag && one.digest !== undefined ? [one.digest] : []));
  return kept.toSorted(compareBytes).at(-1) ?? registry;
}
