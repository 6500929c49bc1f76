import { digestOf } from '../domain/digest.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import { intentKey, type Intent } from '../intents/intent.ts';
import { openEntry, OVER_STATES, type Plan } from '../reconcile/plan.ts';

/** What tells whether rows of a target's partition are still needed. */
export interface InUse {
  /** Plans that a lane of the head names. */
  readonly plans: ReadonlySet<string>;
  /** Keys of intents that are not closed. */
  readonly intents: ReadonlySet<string>;
  /** Keys of the rows that hold what is known of targets that are in force, or on which something of ours is left. */
  readonly facts: ReadonlySet<string>;
}

/** Prefixes of the rows that may be over one day; all others (head, audit chain) are kept for good. */
export const AGEING = ['intent|', 'plan|', 'command|', 'burden|', 'evidence|', 'readiness|'] as const;

/** Since when a row has been over as it is: a row that somebody has written since has another digest. */
interface Mark {
  /** ISO 8601. */
  readonly since: string;
  readonly digest: string;
}

const MARK = 'retention';

/** `mark`: write `value` in its place. `delete`: its time is over. */
export type Ageing = 'keep' | 'delete' | { readonly value: JsonObject };

/**
 * What becomes of a row of a target's partition. Rows do not say when they were over, so the first look that finds one so
 * marks it, and a later look deletes it: it is kept for `retentionMs` after its end, and somewhat longer. Pure.
 */
export function ageOf(
  row: { readonly rowKey: string; readonly value: Json },
  inUse: InUse,
  { now, retentionMs }: { readonly now: Date; readonly retentionMs: number },
): Ageing {
  if (!isOver(row, inUse)) {
    return 'keep';
  }
  const { [MARK]: found, ...value } = row.value as JsonObject;
  const mark = found as unknown as Mark | undefined;
  const digest = digestOf(value);
  if (mark?.digest !== digest || mark.since > now.toISOString()) {
    const marked: Mark = { since: now.toISOString(), digest };
    return { value: { ...value, [MARK]: { ...marked } } };
  }
  return now.getTime() - Date.parse(mark.since) > retentionMs ? 'delete' : 'keep';
}

function isOver({ rowKey, value }: { readonly rowKey: string; readonly value: Json }, inUse: InUse): boolean {
  switch (AGEING.find((prefix) => rowKey.startsWith(prefix))) {
    case 'intent|':
      return (value as unknown as Intent).state === 'closed';
    case 'plan|':
      return isPlanOver(value as unknown as Plan, inUse);
    case 'command|':
      return true;
    case 'burden|':
    case 'evidence|':
    case 'readiness|':
      return !inUse.facts.has(rowKey);
    case undefined:
      return false;
  }
}

function isPlanOver(plan: Plan, { plans, intents }: InUse): boolean {
  const isNeeded =
    plans.has(plan.id) || openEntry(plan) !== undefined || plan.serves.some(({ key }) => intents.has(key));
  // One that lies parked is over when its target has gone on without it.
  return OVER_STATES.some((over) => over === plan.state) && !isNeeded;
}

/** Keys of those that are not closed. Pure. */
export function openKeys(intents: Iterable<Intent>): ReadonlySet<string> {
  return new Set([...intents].filter(({ state }) => state !== 'closed').map(intentKey));
}
