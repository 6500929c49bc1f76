import type { Intent } from '../intents/intent.ts';
import { intentKey } from '../intents/intent.ts';
import type { AuditRecord } from '../records/audit.ts';
import { shortName, wordOf } from './names.ts';
import type { Run } from './run.ts';
import { badSince, wordsOn, type SaidWord } from './said-words.ts';

/** What a plan was made for, and when that was known. Times are ISO 8601. */
export interface Occasion {
  /** Those that the plan serves, then those that were let go for it. */
  readonly intents: readonly Intent[];
  /** The earliest word on it: an alert's own time, a vote, a command. */
  readonly heardAt: string;
  /** When enough had been said; absent where the rows no longer tell. */
  readonly enoughAt?: string;
  /** When the last intent was opened or let go that the plan was made for. */
  readonly decidedAt: string;
  /** Why, in the words of whoever opened or let go. */
  readonly why: readonly string[];
  /** Who asked for that, where it was a person. */
  readonly decidedBy?: string;
  /** When the newest that is known of the plan happened. */
  readonly lastAt: string;
  /** What was said of the origins that it is about, by the time of the decision: the newest word of each source. */
  readonly words: readonly SaidWord[];
}

/** Finds out what a plan was made for. Pure. What was said after the decision has nothing to do with it. */
export function occasionOf(run: Run): Occasion {
  const { plan, records } = run;
  const intents = [...servedIntents(run), ...releasedIntents(run)];
  const decisions = records.filter((record) => isDecision(record, intents) && record.at <= plan.created);
  const decision = decisions.at(-1);
  const decidedAt = decision?.at ?? plan.created;
  const decidedBy = wordOf(decision?.facts ?? {}, 'by');
  const words = wordsOn(run, { intents, decisions, decidedAt });
  // A way back begins with the word that lets go, and a person's plan with the person.
  const isAutomatic = plan.serves.length > 0 && intents.some(({ by }) => 'reaction' in by);
  const bad = isAutomatic ? words.filter(({ isBad }) => isBad).map(({ at }) => at) : [];
  const since = isAutomatic ? badSince(run, { intents, decisions, decidedAt }) : undefined;
  const enoughAt = since ?? bad.at(-1);
  return {
    intents,
    heardAt: bad[0] ?? decidedAt,
    decidedAt,
    why: whyOf(decision, intents),
    lastAt: lastMoment(run),
    words,
    ...(decidedBy === '' ? {} : { decidedBy }),
    ...(enoughAt === undefined ? {} : { enoughAt }),
  };
}

function whyOf(decision: AuditRecord | undefined, intents: readonly Intent[]): readonly string[] {
  if (decision?.kind !== 'intent-released') {
    return [...new Set(intents.map(({ subject, reason }) => `${shortName(subject)}: ${reason}`))];
  }
  const { facts } = decision;
  const reason = wordOf(facts, 'reason');
  return [`${shortName(wordOf(facts, 'subject'))}: ${reason === '' ? wordOf(facts, 'asked') : reason}`];
}

function lastMoment({ plan, records }: Run): string {
  // What the edge shows of it later is told apart.
  const own = records
    .filter(({ kind, facts }) => facts['plan'] === plan.id && kind !== 'plan-effective')
    .map(({ at }) => at);
  const sent = plan.journal.map(({ at, endedAt = at }) => endedAt);
  return [plan.created, ...own, ...sent].toSorted().at(-1) ?? plan.created;
}

function servedIntents({ plan, intents, records }: Run): readonly Intent[] {
  return plan.serves
    .flatMap(({ key }) => intents.find((intent) => intentKey(intent) === key) ?? [])
    .map((intent) => ({ ...intent, mode: modeThen(intent, { plan, records }) }));
}

/** The mode in which it was asked for: a way back has one of its own. */
function modeThen(intent: Intent, { plan, records }: Pick<Run, 'plan' | 'records'>): Intent['mode'] {
  const opened = records.findLast(
    ({ kind, at, facts: { subject, cause } }) =>
      kind === 'intent-opened' && at <= plan.created && subject === intent.subject && cause === intent.cause,
  );
  const mode = opened?.facts['mode'];
  return mode === 'enforce' || mode === 'propose' || mode === 'observe' ? mode : intent.mode;
}

/** A way back serves nothing: it is there because somebody let go of what had moved these subjects. */
function releasedIntents({ plan, intents, records }: Run): readonly Intent[] {
  if (plan.serves.length > 0) {
    return [];
  }
  const touched = new Set([...plan.steps, ...plan.journal.map(({ step }) => step)].flatMap(subjectsOf));
  const released = records.filter(({ kind, at }) => kind === 'intent-released' && at <= plan.created);
  const isReleased = (intent: Intent): boolean =>
    released.some(({ facts }) => facts['subject'] === intent.subject && isOccasionOf(facts, intent));
  return intents.filter((intent) => (touched.has(intent.subject) || intent.kind === 'shares') && isReleased(intent));
}

function subjectsOf({ changes }: Run['plan']['steps'][number]): readonly string[] {
  return changes.map(({ subject }) => subject);
}

function isDecision({ kind, facts }: AuditRecord, intents: readonly Intent[]): boolean {
  return (
    (kind === 'intent-opened' || kind === 'intent-released') &&
    intents.some((intent) => facts['subject'] === intent.subject && isOccasionOf(facts, intent))
  );
}

/** A record names the cause of an intent, or the command, which may end what another command began. */
function isOccasionOf(facts: AuditRecord['facts'], { cause }: Intent): boolean {
  const said = facts['cause'] ?? facts['command'];
  return said === undefined || said === cause || facts['asked'] !== undefined;
}
