import { RowConflictError } from '../../shared/errors.ts';
import type { Intent } from '../../shared/intents/intent.ts';
import { withState } from '../../shared/intents/lifecycle.ts';
import type { TargetRef } from '../../shared/reconcile/target-kind.ts';
import type { TargetRows } from '../../shared/reconcile/target-rows.ts';

/** Attempts against other writers of the same partition before the caller hears of it. */
const MAX_ATTEMPTS = 20;

interface Release {
  readonly which: (intent: Intent) => boolean;
  /** Why it is over, for the records. */
  readonly reason: string;
  /** Asked again at each attempt. */
  readonly now: () => Date;
}

/**
 * Releases intents: they leave, and are closed when their subject no longer has their value.
 * @returns those that were released now.
 * @throws RowConflictError if the partition stays contended.
 */
export async function releaseIntents(
  rows: TargetRows,
  target: TargetRef,
  { which, reason, now }: Release,
): Promise<readonly Intent[]> {
  for (let attempt = 1; ; attempt += 1) {
    const state = await rows.load(target);
    const released = [...state.intents.values()]
      .filter((intent) => intent.state !== 'closed' && intent.state !== 'leaving' && which(intent))
      .map((intent) => withState(intent, 'leaving', reason))
      // What never acted has nothing to bring back, and nobody needs to agree to that.
      .map((intent): Intent =>
        intent.mode === 'enforce' ? intent : { ...intent, mode: 'enforce', approvals: undefined },
      );
    if (released.length === 0) {
      return [];
    }
    const at = now().toISOString();
    try {
      await rows.save(target, state, {
        intents: released,
        audit: released.map(({ subject, cause, signals }) => ({
          kind: 'intent-released',
          at,
          facts: { subject, cause, signals, reason },
        })),
      });
      return released;
    } catch (error) {
      if (!(error instanceof RowConflictError) || attempt === MAX_ATTEMPTS) {
        throw error;
      }
    }
  }
}
