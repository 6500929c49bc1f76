import type { Outcome } from '../records/ledger.ts';
import type { ActorDependencies } from './actor.ts';
import { recordDecision } from './decision-records.ts';

/** A signal that has been handled: its key, its type, and how it came. */
export interface Finishing {
  readonly key: string;
  readonly type: string;
  readonly via: string;
}

/** True if a signal has led to something, or is known to lead to nothing: what was held is looked at again. */
export async function isFinished(key: string, { ledger, log }: ActorDependencies): Promise<boolean> {
  const known = await ledger.find(key);
  if (known === undefined || known.outcome === 'held') {
    return false;
  }
  log.info('signal finished', { signal: key, outcome: 'unchanged', reason: 'duplicate', record: known.record });
  return true;
}

/** Writes the decision record of a signal, then its row in the ledger, which names the record. */
export async function finishSignal(
  { key, type, via }: Finishing,
  { outcome, explained }: { readonly outcome: Outcome; readonly explained: object },
  { clock, blobs, ledger, log }: ActorDependencies,
): Promise<void> {
  const at = clock.now().toISOString();
  const record = await recordDecision({ signal: key, type, at, via, outcome, explained }, blobs);
  await ledger.record({ schema: 1, signal: key, at, record, ...outcome });
  log.info('signal finished', { signal: key, outcome: outcome.outcome, reason: outcome.reason, record });
}
