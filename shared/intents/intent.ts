import { sha256 } from '../domain/digest.ts';
import type { JsonObject } from '../domain/json.ts';
import type { Mode } from '../domain/mode.ts';

/** Who wants something: a reaction by its name, or a person by their object id. */
export type Wanter = { readonly reaction: string } | { readonly person: string };

/**
 * `open` is wanted; `blocked` is wanted but a rule keeps it back; `failed` was tried and went wrong, and waits for
 * another value or a person; `leaving` was released while its subject still has its value; `closed` has come true (or
 * was withdrawn) and stays as a tombstone, so that a late duplicate of its occasion finds what became of it.
 */
export type IntentState = 'open' | 'blocked' | 'failed' | 'leaving' | 'closed';

/** What somebody wants of one subject of a target, why, and since when. */
export interface Intent {
  readonly schema: 1;
  /** What within the target: `contoso.azurecr.io/shop/web@dev`, an origin, a field group. */
  readonly subject: string;
  readonly by: Wanter;
  /** What makes this occasion one: an alert id, a roll, a schedule; `push` for an image's newest push. */
  readonly cause: string;
  readonly kind: string;
  readonly value: JsonObject;
  readonly mode: Mode;
  readonly reason: string;
  /** Signal ids (`source#id`) that asked for this very value. */
  readonly signals: readonly string[];
  /** People who must agree before it is acted on in mode `propose`: one unless said otherwise. */
  readonly approvals?: { readonly needed: number; readonly withinMs: number } | undefined;
  /** People have agreed to it, and it is done: what they overrode for that holds again from then on. */
  readonly isCarriedOut?: true;
  /** Who asked for its end, where a person did: an object id. The last of several. */
  readonly releasedBy?: string;
  /** Those who had asked for its end before. */
  readonly releasedBefore?: readonly string[];
  /** When they did, ISO 8601; absent where it was no drain that had been written. */
  readonly releasedAt?: string;
  /** Why, in their words. */
  readonly releaseReason?: string | undefined;
  /** Signals that earlier values of this very intent came true for: a late duplicate of one asks for nothing more. */
  readonly served?: readonly string[];
  /** When the facts behind it were gathered, ISO 8601; older facts lose. */
  readonly asOf: string;
  /** When what asks for it happened, ISO 8601; absent where nobody says. */
  readonly raisedAt?: string;
  readonly openedAt: string;
  readonly state: IntentState;
  /** Why it is blocked, or how it ended. */
  readonly note?: string;
  /** When it came to nothing: refused, declined or cancelled; ISO 8601. */
  readonly failedAt?: string;
  /** Evidence of a closed one: the commit that made it true. */
  readonly evidence?: JsonObject;
  /** What it was when a write last made it true, before it was asked for anew. */
  readonly last?: { readonly value: JsonObject; readonly evidence: JsonObject };
}

/** Everybody who has asked for its end. Pure. */
export function releasersOf({
  releasedBy,
  releasedBefore = [],
}: Pick<Intent, 'releasedBy' | 'releasedBefore'>): readonly string[] {
  return releasedBy === undefined ? [] : [...releasedBefore.filter((one) => one !== releasedBy), releasedBy];
}

/** Longest key that a row store takes; a longer one ends with its digest. */
const MAX_KEY = 200;
const READABLE = 130;

/** Row key of an intent: subject, wanter and cause make one occasion. */
export function intentKey({ subject, by, cause }: Pick<Intent, 'subject' | 'by' | 'cause'>): string {
  const wanter = 'reaction' in by ? `reaction:${by.reaction}` : `person:${by.person}`;
  const key = `intent|${subject}|${wanter}|${cause}`;
  return key.length <= MAX_KEY ? key : `${key.slice(0, READABLE)}|${sha256(key)}`;
}
