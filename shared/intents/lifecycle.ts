import { isSameJson } from '../domain/json.ts';
import type { Intent, IntentState } from './intent.ts';

/** What somebody asks for now; the lifecycle decides what becomes of the stored intent. */
export type IntentRequest = Omit<Intent, 'schema' | 'openedAt' | 'state' | 'note' | 'evidence' | 'served' | 'last'>;

/** `write`: store `intent`. `keep`: the stored one already says so, or came from newer facts. */
export type Opening =
  | { readonly change: 'write'; readonly intent: Intent }
  | { readonly change: 'keep'; readonly why: 'same' | 'older-facts' | 'already-done'; readonly intent: Intent };

/** Signal ids kept per intent; the full list stands in the decision records. */
const MAX_SIGNALS = 20;
/** Longer than any queue redelivers one signal while others of the same subject come true. */
const MAX_SERVED = 50;

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
  const served = servedBy(stored);
  if (wanted.signals.length > 0 && wanted.signals.every((signal) => served.includes(signal))) {
    return { change: 'keep', why: 'already-done', intent: stored };
  }
  const isSameValue = isSameJson(stored.value, wanted.value) && stored.mode === wanted.mode;
  const hasSignals = wanted.signals.every((signal) => stored.signals.includes(signal));
  if (isOver(stored)) {
    return hasSignals
      ? { change: 'keep', why: 'already-done', intent: stored }
      : { change: 'write', intent: { ...wanted, served, ...lastOf(stored), schema: 1, openedAt: now, state: 'open' } };
  }
  if (isSameValue && (hasSignals || stored.state === 'failed')) {
    return { change: 'keep', why: 'same', intent: stored };
  }
  if (!isSameValue && wanted.asOf < stored.asOf) {
    return { change: 'keep', why: 'older-facts', intent: stored };
  }
  const signals = isSameValue ? [...new Set([...stored.signals, ...wanted.signals])] : [...wanted.signals];
  const openedAt = isSameValue ? stored.openedAt : now;
  // What keeps it back does so still: were it open again, people would be called again by every new signal.
  const standing = isSameValue ? statusOf(stored) : { state: 'open' as const };
  return {
    change: 'write',
    intent: {
      ...wanted,
      served,
      ...lastOf(stored),
      schema: 1,
      openedAt,
      ...standing,
      signals: signals.slice(-MAX_SIGNALS),
    },
  };
}

function statusOf({ state, note }: Intent): Pick<Intent, 'state' | 'note'> {
  return { state, ...(note === undefined ? {} : { note }) };
}

function servedBy(stored: Intent): readonly string[] {
  const { served = [], signals } = stored;
  return (isOver(stored) ? [...served, ...signals] : served).slice(-MAX_SERVED);
}

function lastOf({ evidence, value, last }: Intent): Pick<Intent, 'last'> {
  const known = evidence === undefined ? last : { value, evidence };
  return known === undefined ? {} : { last: known };
}

/** True if it has come true, was withdrawn, or is let go. Pure. */
export function isOver({ state }: Intent): boolean {
  return state === 'closed' || state === 'leaving';
}

/** The same intent when it has come to nothing. Pure. @param at - ISO 8601. */
export function failedOf(intent: Intent, note: string, at: string): Intent {
  return { ...withState(intent, 'failed', note), failedAt: at };
}

/** The same intent in another state, with the reason. Pure. */
export function withState(intent: Intent, state: IntentState, note: string): Intent {
  return { ...intent, state, note };
}
