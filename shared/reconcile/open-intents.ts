import { RowConflictError } from '../errors.ts';
import type { Intent } from '../intents/intent.ts';
import { intentKey } from '../intents/intent.ts';
import { openIntent, type IntentRequest } from '../intents/lifecycle.ts';
import type { AuditEntry } from '../records/audit.ts';
import type { TargetRef } from './target-kind.ts';
import type { TargetRows } from './target-rows.ts';

/** Attempts against other writers of the same target before the signal is put back on the queue. */
const MAX_ATTEMPTS = 20;

/**
 * Opens, refreshes or leaves alone the intents that a reaction asks for, in one transaction.
 *
 * @param now - asked again at each attempt.
 * @param alarms - subjects about which people are called where anything changes, by reason.
 * @returns the stored intents afterwards, in the order of `requests`.
 * @throws RowConflictError if the target stays contended; the signal is redelivered.
 */
export async function openIntents(
  rows: TargetRows,
  target: TargetRef,
  {
    requests,
    now,
    alarms = new Map(),
  }: {
    readonly requests: readonly IntentRequest[];
    readonly now: () => Date;
    readonly alarms?: ReadonlyMap<string, string>;
  },
): Promise<readonly Intent[]> {
  for (let attempt = 1; ; attempt += 1) {
    const state = await rows.load(target);
    const at = now().toISOString();
    const openings = requests.map((request) => openIntent(state.intents.get(intentKey(request)), request, at));
    const changed = openings.filter(({ change }) => change === 'write').map(({ intent }) => intent);
    if (changed.length > 0) {
      try {
        await rows.save(target, state, {
          intents: changed,
          clear: refusalsOver(changed, at),
          audit: [...changed.map((intent) => openedEntry(intent, at)), ...alarmsFor(changed, alarms, at)],
        });
      } catch (error) {
        if (error instanceof RowConflictError && attempt < MAX_ATTEMPTS) {
          continue;
        }
        throw error;
      }
    }
    return openings.map(({ intent }) => intent);
  }
}

/** One call for each subject, however much of it has changed. */
function alarmsFor(changed: readonly Intent[], alarms: ReadonlyMap<string, string>, at: string): readonly AuditEntry[] {
  return [...new Set(changed.map(({ subject }) => subject))].flatMap((subject): readonly AuditEntry[] => {
    const reason = alarms.get(subject);
    return reason === undefined ? [] : [{ kind: 'paged', at, facts: { subject, reason } }];
  });
}

/**
 * What people or a service have refused is tried again when somebody wants something anew, be it the same: they have
 * refused it to another occasion. A further signal about what is wanted already is nothing new. Pure.
 *
 * @param changed - intents as they are to be stored.
 * @param at - now, ISO 8601.
 */
export function refusalsOver(changed: readonly Intent[], at: string): readonly 'refused'[] {
  return changed.some(({ state, openedAt }) => state === 'open' && openedAt === at) ? ['refused'] : [];
}

/** The record of an intent that was opened or changed. Pure. */
export function openedEntry({ subject, cause, value, mode, reason, signals }: Intent, at: string): AuditEntry {
  return { kind: 'intent-opened', at, facts: { subject, cause, value, mode, reason, signals } };
}
