import { canonicalJson } from '../domain/json.ts';
import type { Intent, IntentState } from './intent.ts';

/** What somebody asks for now; the lifecycle decides what becomes of the stored intent. */
export type IntentRequest = Omit<Intent, 'schema' | 'openedAt' | 'state' | 'note' | 'evidence'>;

/** `write`: store `intent`. `keep`: the stored one already says so, or came from newer facts. */
export type Opening =
  | { readonly change: 'write'; readonly intent: Intent }
  | { readonly change: 'keep'; readonly why: 'same' | 'older-facts' | 'already-done'; readonly intent: Intent };

/** Signal ids kept per intent; the full list stands in the decision records. */
const MAX_SIGNALS = 20;

/**
 * Opens or refreshes an intent. Pure.
 *
 * The same value again only adds the signal; a closed or leaving intent that has already served this very signal stays
 * so: a redelivery after the effect changes nothing. What was tried and failed is not tried again for the same value.
 * Facts older than the stored ones lose.
 *
 * @param stored - what the row holds, if anything.
 * @param now - ISO 8601.
 */
export function openIntent(stored: Intent | undefined, wanted: IntentRequest, now: string): Opening {
  if (stored === undefined) {
    return { change: 'write', intent: { ...wanted, schema: 1, openedAt: now, state: 'open' } };
  }
  const isSameValue = canonicalJson(stored.value) === canonicalJson(wanted.value) && stored.mode === wanted.mode;
  const hasSignals = wanted.signals.every((signal) => stored.signals.includes(signal));
  if (stored.state === 'closed' || stored.state === 'leaving') {
    return hasSignals
      ? { change: 'keep', why: 'already-done', intent: stored }
      : { change: 'write', intent: { ...wanted, schema: 1, openedAt: now, state: 'open' } };
  }
  if (isSameValue && (hasSignals || stored.state === 'failed')) {
    return { change: 'keep', why: 'same', intent: stored };
  }
  if (!isSameValue && wanted.asOf < stored.asOf) {
    return { change: 'keep', why: 'older-facts', intent: stored };
  }
  const signals = isSameValue ? [...new Set([...stored.signals, ...wanted.signals])] : [...wanted.signals];
  const openedAt = isSameValue ? stored.openedAt : now;
  return {
    change: 'write',
    intent: { ...wanted, schema: 1, openedAt, state: 'open', signals: signals.slice(-MAX_SIGNALS) },
  };
}

/** The same intent in another state, with the reason. Pure. */
export function withState(intent: Intent, state: IntentState, note: string): Intent {
  return { ...intent, state, note };
}
