import { keepsOut } from '../../domain/image/stage-hold.ts';
import type { Placement } from '../../domain/image/placement.ts';
import type { Intent } from '../../intents/intent.ts';

/** What a subject is to be, and which intents lose to that. */
export interface Wanted {
  readonly winner: Intent;
  readonly losers: readonly Loser[];
}

export interface Loser {
  readonly intent: Intent;
  /** Kind of the intent that keeps it back: a hold, or the winner. */
  readonly to: string;
}

/**
 * Ranks of a branch's intents, strongest first: a person's hold or rollback, a failed verification's hold, a soak that
 * is waited for, a push.
 */
const RANKS = ['hold', 'rollback', 'verification-hold', 'soak-hold', 'image'];

/**
 * Folds a branch's open intents: one winner a subject. Pure; the order of `intents` does not matter.
 *
 * A hold that names what it keeps out lets everything else through; one that names nothing keeps everything out that
 * ranks below it. Ties go to people, then to the newer facts, then to the smaller cause, so that two looks never
 * disagree.
 */
export function foldIntents(intents: readonly Intent[]): ReadonlyMap<string, Wanted> {
  const bySubject = Map.groupBy(intents, ({ subject }) => subject);
  const wanted = [...bySubject].map(([subject, group]): [string, Wanted] => [
    subject,
    foldSubject(group as [Intent, ...Intent[]]),
  ]);
  return new Map(wanted.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** True for what keeps others out and writes nothing. */
export function isHold({ kind }: Pick<Intent, 'kind'>): boolean {
  return kind === 'hold' || kind.endsWith('-hold');
}

function foldSubject([first, ...others]: readonly [Intent, ...Intent[]]): Wanted {
  const group = [first, ...others];
  const ranked = group.toSorted(compare);
  const holds = ranked.filter(isHold);
  const isKeptBy = (intent: Intent): Intent | undefined =>
    holds.find((hold) => rank(hold) < rank(intent) && keepsOut(hold.value, (intent.value as Placement).digest));
  const writing = ranked.filter((intent) => !isHold(intent));
  const winner = writing.find((intent) => isKeptBy(intent) === undefined) ?? holds[0] ?? first;
  const losers = writing
    .filter((intent) => intent !== winner)
    .map((intent) => ({ intent, to: (isKeptBy(intent) ?? winner).kind }));
  return { winner, losers };
}

function compare(a: Intent, b: Intent): number {
  return rank(a) - rank(b) || byMachine(a) - byMachine(b) || byText(b.asOf, a.asOf) || byText(a.cause, b.cause);
}

function rank({ kind }: Intent): number {
  const index = RANKS.indexOf(kind);
  return index < 0 ? RANKS.length : index;
}

function byMachine({ by }: Intent): number {
  return 'person' in by ? 0 : 1;
}

function byText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
