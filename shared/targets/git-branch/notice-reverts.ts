import { matchesGlob } from '../../domain/glob.ts';
import type { Placement } from '../../domain/image/placement.ts';
import { parseImageReference } from '../../domain/image/reference.ts';
import type { Intent } from '../../intents/intent.ts';
import { intentKey } from '../../intents/intent.ts';
import type { IntentRequest } from '../../intents/lifecycle.ts';
import type { Verdict } from '../../reconcile/target-kind.ts';
import type { ObservedBranch } from './observed.ts';
import { retag } from './retag.ts';
import { holdOnRevert, isKeptOut, isLetGo, revertOf } from './reverts.ts';

/** What a look needs beside the branch: intents that are over (holds that were let go of), and the time. */
export interface BranchPast {
  readonly over: readonly Intent[];
  readonly now: Date;
}

export interface NoticedReverts {
  readonly opens: readonly IntentRequest[];
  /** The same as intents, so that the fold that found them obeys them already. */
  readonly holds: readonly Intent[];
  /** What is said of a push that a rewritten branch has lost: people must look. */
  readonly told: (verdict: Verdict) => Verdict;
}

/** Finds open pushes that ask again for what somebody has taken out of their stage. Pure. */
export function findReverts(
  observed: ObservedBranch,
  intents: readonly Intent[],
  { over, now }: BranchPast,
): NoticedReverts {
  const { past } = observed;
  const at = now.toISOString();
  const found = (past === undefined ? [] : intents).flatMap((intent) => {
    if (
      past === undefined ||
      intent.kind !== 'image' ||
      isKeptOut(intent, intents) ||
      !standsOtherwise(observed, intent)
    ) {
      return [];
    }
    const revert = revertOf(intent, past);
    return revert === undefined || isLetGo(revert, [...over, ...intents]) ? [] : [{ intent, revert }];
  });
  const opens = found.map(({ intent, revert }) => holdOnRevert(revert, intent, intents, at));
  const rewritten = new Set(found.flatMap(({ intent, revert }) => (revert.isRewritten ? [intentKey(intent)] : [])));
  return {
    opens,
    holds: opens.map((request): Intent => ({ ...request, schema: 1, openedAt: at, state: 'open' })),
    told: (verdict) =>
      rewritten.has(intentKey(verdict.intent))
        ? { ...verdict, outcome: 'blocked', reason: 'branch-rewritten', page: true }
        : verdict,
  };
}

/** True if a place of the stage shows another version. */
function standsOtherwise({ files }: ObservedBranch, { value }: Intent): boolean {
  const placement = value as Placement;
  const image = parseImageReference(placement.image);
  return (
    image !== undefined &&
    files
      .filter(({ path }) => placement.paths.some((glob) => matchesGlob(path, glob)))
      .some((file) => retag(file, image, placement).outcome === 'edited')
  );
}
