import type { Intent } from '../intents/intent.ts';
import type { Outcome } from '../records/ledger.ts';

/**
 * One outcome for a signal from what became of its intents: `acted` beats `held` beats `unchanged`. Pure.
 * An intent that is still open in a mode that may not act is `held` by that mode; one that another invocation is
 * about to write is `held: in-progress`, and the audit chain has its end; one that a pull request proposes waits for people.
 */
export function outcomeOf(held: readonly { readonly reason: string }[], intents: readonly Intent[]): Outcome {
  const ends = intents.map(endOf);
  const acted = ends.find(({ outcome }) => outcome === 'acted');
  const keptBack = ends.find(({ outcome }) => outcome === 'held');
  const [first] = held;
  return (
    acted ??
    keptBack ??
    (first === undefined ? undefined : { outcome: 'held', reason: first.reason }) ??
    ends[0] ?? { outcome: 'held', reason: 'no-stage-takes-pushes' }
  );
}

/** How one intent ended, or stands. Pure. */
export function endOf({ state, mode, note = '', evidence }: Intent): Outcome {
  if (state === 'closed') {
    return evidence === undefined
      ? { outcome: 'unchanged', reason: note }
      : { outcome: 'acted', reason: note, evidence };
  }
  if (state === 'blocked') {
    return { outcome: 'held', reason: note };
  }
  if (note.startsWith('waiting-for-merge')) {
    return { outcome: 'held', reason: note };
  }
  return { outcome: 'held', reason: mode === 'enforce' ? 'in-progress' : mode };
}
