import type { Placement } from '../../domain/image/placement.ts';
import { keepsOut, revertSignal, type StageHold } from '../../domain/image/stage-hold.ts';
import type { Intent } from '../../intents/intent.ts';
import type { IntentRequest } from '../../intents/lifecycle.ts';
import { isHold } from './fold.ts';
import type { ObservedPast } from './observed.ts';
import { ourWrites } from './our-writes.ts';

/** A version of ours that somebody has taken out of a stage. */
export interface Revert {
  readonly subject: string;
  /** Where we wrote it. */
  readonly commit: string;
  readonly isRewritten: boolean;
}

const MAX_REFUSED = 20;

/**
 * Tells whether a push asks for what we wrote to its stage last, and what somebody has taken out since. Pure; to be
 * asked only where the stage's files show something else.
 *
 * The newest commit of ours about the stage counts: a version that we replaced ourselves was not reverted. Where the
 * history does not reach back to one, the intent itself knows what it was last.
 */
export function revertOf(intent: Intent, { history, lost }: ObservedPast): Revert | undefined {
  const { subject } = intent;
  const { digest } = intent.value as Placement;
  const known = lastCommitOf(intent);
  if (known !== undefined && lost.includes(known)) {
    return { subject, commit: known, isRewritten: true };
  }
  const newest = ourWrites(history).find((write) => write.subject === subject);
  if (newest !== undefined) {
    return newest.digests.includes(digest) ? { subject, commit: newest.commit, isRewritten: false } : undefined;
  }
  return known === undefined ? undefined : { subject, commit: known, isRewritten: false };
}

/** True if a person has let go of the hold on this very revert. Pure. */
export function isLetGo({ subject, commit }: Revert, intents: readonly Intent[]): boolean {
  return intents.some((intent) => isHold(intent) && intent.subject === subject && isServed(intent, commit));
}

function isServed({ state, signals, served = [] }: Intent, commit: string): boolean {
  return [...(state === 'closed' ? signals : []), ...served].includes(revertSignal(commit));
}

/**
 * The hold that follows from a revert: the digest stays out until somebody lets go of it; any other goes on. Pure.
 *
 * @param standing - holds of the same stage: what they keep out because of an earlier revert stays out.
 * @param now - ISO 8601.
 */
export function holdOnRevert(revert: Revert, intent: Intent, standing: readonly Intent[], now: string): IntentRequest {
  const { image, stage, tag, digest } = intent.value as Placement;
  const before = standing.find(
    (one) => one.subject === intent.subject && one.kind === 'hold' && one.cause === 'revert',
  );
  const refused = [...((before?.value as StageHold | undefined)?.refuses ?? []), digest];
  const value: StageHold = { image, stage, refuses: [...new Set(refused)].slice(-MAX_REFUSED) };
  return {
    subject: intent.subject,
    by: { reaction: 'image-rollout' },
    cause: 'revert',
    kind: 'hold',
    value,
    mode: 'enforce',
    reason: revert.isRewritten
      ? `the branch was rewritten: ${tag} of commit ${revert.commit} is gone`
      : `somebody has taken ${tag} of commit ${revert.commit} out again`,
    signals: [...(before?.signals ?? []), revertSignal(revert.commit)].slice(-MAX_REFUSED),
    asOf: now,
  };
}

/** True if a hold of the stage keeps the intent's digest out already. Pure. */
export function isKeptOut(intent: Intent, intents: readonly Intent[]): boolean {
  const { digest } = intent.value as Placement;
  return intents.some((one) => isHold(one) && one.subject === intent.subject && keepsOut(one.value, digest));
}

/** The commit that made the intent's very version true before. Pure. */
export function lastCommitOf({ last, value }: Intent): string | undefined {
  const { evidence } = (last?.evidence ?? {}) as { readonly evidence?: { readonly commit?: string } };
  return (last?.value as Placement | undefined)?.digest === (value as Placement).digest ? evidence?.commit : undefined;
}
