import type { Intent } from '../../intents/intent.ts';

/** What a subject is to be, and which intents lose to that. */
export interface Wanted {
  readonly winner: Intent;
  readonly losers: readonly Intent[];
}

/** Ranks of a branch's intents, strongest first: a person's hold or rollback, a failed verification's hold, a push. */
const RANKS = ['hold', 'rollback', 'verification-hold', 'image'];

/**
 * Folds a branch's open intents: one winner a subject. Pure; the order of `intents` does not matter.
 * Ties go to the newer facts, then to the smaller cause, so that two looks never disagree.
 */
export function foldIntents(intents: readonly Intent[]): ReadonlyMap<string, Wanted> {
  const bySubject = new Map<string, Intent[]>();
  for (const intent of intents) {
    bySubject.set(intent.subject, [...(bySubject.get(intent.subject) ?? []), intent]);
  }
  const wanted = [...bySubject].map(([subject, group]): [string, Wanted] => {
    const [winner, ...losers] = group.toSorted(compare) as [Intent, ...Intent[]];
    return [subject, { winner, losers }];
  });
  return new Map(wanted.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function compare(a: Intent, b: Intent): number {
  return rank(a) - rank(b) || byText(b.asOf, a.asOf) || byText(a.cause, b.cause);
}

function rank({ kind }: Intent): number {
  const index = RANKS.indexOf(kind);
  return index < 0 ? RANKS.length : index;
}

function byText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
