import { isSameJson } from '../domain/json.ts';
import { RowConflictError } from '../errors.ts';
import type { Intent } from '../intents/intent.ts';
import { intentKey } from '../intents/intent.ts';
import { openIntent, type IntentRequest } from '../intents/lifecycle.ts';
import type { AuditEntry } from '../records/audit.ts';
import type { TargetRef } from './target-kind.ts';
import type { TargetRows } from './target-rows.ts';

/** Attempts against other writers of the same target before the signal is put back on the queue. */
const MAX_ATTEMPTS = 20;

/** Why people are called about a subject. */
export interface Alarm {
  readonly reason: string;
  /** What is the matter, and what would let it go on. */
  readonly advice: string;
}

/**
 * Opens, refreshes or leaves alone the intents that a reaction asks for, in one transaction.
 *
 * @param now - asked again at each attempt.
 * @param alarms - subjects about which people are called where what is asked for is news. Another signal for the same is none.
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
    readonly alarms?: ReadonlyMap<string, Alarm>;
  },
): Promise<readonly Intent[]> {
  for (let attempt = 1; ; attempt += 1) {
    const state = await rows.load(target);
    const at = now().toISOString();
    const openings = requests.map((request) => openIntent(state.intents.get(intentKey(request)), request, at));
    const changed = openings.filter(({ change }) => change === 'write').map(({ intent }) => intent);
    const news = changed.filter((intent) => isNews(state.intents.get(intentKey(intent)), intent));
    if (changed.length > 0) {
      try {
        await rows.save(target, state, {
          intents: changed,
          audit: [...changed.map((intent) => openedEntry(intent, at)), ...alarmsFor(alarms, { requests, news }, at)],
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

/** A hold that people have let go of is news when it is opened again; a version that has been written is not when it is asked for again. */
function isNews(stored: Intent | undefined, intent: Intent): boolean {
  const isBack = stored?.state === 'closed' && intent.kind === 'hold';
  return stored === undefined || isBack || !isSameJson(stored.value, intent.value);
}

/** One call for each subject. An alarm with a hold of its own is about that: the version beside it may have been asked for before. */
function alarmsFor(
  alarms: ReadonlyMap<string, Alarm>,
  { requests, news }: { readonly requests: readonly IntentRequest[]; readonly news: readonly Intent[] },
  at: string,
): readonly AuditEntry[] {
  return [...alarms].flatMap(([subject, alarm]): readonly AuditEntry[] => {
    const isHeld = requests.some((one) => one.subject === subject && one.cause === alarm.reason);
    const isTold = news.some((one) => one.subject === subject && (!isHeld || one.cause === alarm.reason));
    return isTold ? [{ kind: 'paged', at, facts: { subject, ...alarm } }] : [];
  });
}

/** The record of an intent that was opened or changed. Pure. */
export function openedEntry({ subject, cause, value, mode, reason, signals }: Intent, at: string): AuditEntry {
  return { kind: 'intent-opened', at, facts: { subject, cause, value, mode, reason, signals } };
}
