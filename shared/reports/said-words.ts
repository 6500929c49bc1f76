import { ALERT_SOURCE, type Vote } from '../domain/traffic/votes.ts';
import type { Intent } from '../intents/intent.ts';
import type { AuditRecord } from '../records/audit.ts';
import { shortName } from './names.ts';
import type { Run } from './run.ts';

/** One source's word on one region. */
export interface SaidWord {
  readonly origin: string;
  readonly source: string;
  readonly isBad: boolean;
  readonly isOutside: boolean;
  /** ISO 8601. */
  readonly at: string;
}

interface Decided {
  readonly intents: readonly Intent[];
  /** The records of what was opened or let go for the plan, oldest first. */
  readonly decisions: readonly AuditRecord[];
  readonly decidedAt: string;
}

/**
 * What counted at the decision: as it was written down then; of older records, whose decision does not tell, as far as the
 * evidence still has it. Pure.
 */
export function wordsOn(run: Run, decided: Decided): readonly SaidWord[] {
  const recorded = decided.decisions.flatMap(({ facts: { said } }) =>
    Array.isArray(said) ? (said as unknown as readonly SaidWord[]) : [],
  );
  const words = recorded.length > 0 ? recorded.map(named) : remembered(run, decided);
  const newest = new Map(words.map((word) => [`${word.origin} ${word.source}`, word]));
  return [...newest.values()].toSorted((a, b) =>
    a.at === b.at ? (a.source < b.source ? -1 : 1) : a.at < b.at ? -1 : 1,
  );
}

function named({ source, ...word }: SaidWord): SaidWord {
  return { ...word, source: source.startsWith(ALERT_SOURCE) ? `alert ${shortName(source)}` : source };
}

/** The evidence has the newest word of each source alone: the alerts that asked for it are known besides. */
function remembered(run: Run, { intents, decidedAt }: Pick<Decided, 'intents' | 'decidedAt'>): readonly SaidWord[] {
  const { evidence, plan } = run;
  const votes = Object.entries(evidence?.regions ?? {}).flatMap(([origin, region]) =>
    isAboutOrigin(origin, intents, plan.target)
      ? region.votes
          .filter((vote) => countsAt(decidedAt, vote))
          .map(({ source, isBad, isOutside, at }) => wordOn(origin, { source, isBad, isOutside, at }))
      : [],
  );
  const alerts = plan.serves.flatMap(({ subject, signals }) =>
    signals.flatMap((signal) => {
      const [source = ''] = signal.split('#');
      const at = evidence?.alerts[source]?.firedAt;
      const vote = { source: `${ALERT_SOURCE}${source}`, isBad: true, isOutside: true, at: at ?? 0 };
      return at === undefined || at > Date.parse(decidedAt) ? [] : [wordOn(shortName(subject), vote)];
    }),
  );
  const fresh = alerts.filter(
    (alert) => !votes.some(({ source, origin }) => source === alert.source && origin === alert.origin),
  );
  return [...votes, ...fresh];
}

type Word = Pick<Vote, 'source' | 'isBad' | 'isOutside' | 'at'>;

function wordOn(origin: string, { source, isBad, isOutside, at }: Word): SaidWord {
  return named({ origin, source, isBad, isOutside, at: new Date(at).toISOString() });
}

function countsAt(decidedAt: string, { at, expires }: Vote): boolean {
  const decided = Date.parse(decidedAt);
  return at <= decided && expires > decided;
}

function isAboutOrigin(origin: string, intents: readonly Intent[], target: string): boolean {
  return intents.some(({ subject }) => subject === target || subject.endsWith(`/${origin}`));
}

/** Since when enough sources have called a region bad; of several regions, of the last one. Pure. */
export function badSince({ evidence, plan }: Run, { intents, decisions, decidedAt }: Decided): string | undefined {
  const recorded = decisions.flatMap(({ facts }) => (typeof facts['badSince'] === 'string' ? [facts['badSince']] : []));
  if (recorded.length > 0) {
    return recorded.toSorted().at(-1);
  }
  return Object.entries(evidence?.regions ?? {})
    .filter(([origin]) => isAboutOrigin(origin, intents, plan.target))
    .flatMap(([, { health }]) => (health.badSince === undefined ? [] : [new Date(health.badSince).toISOString()]))
    .filter((at) => at <= decidedAt)
    .toSorted()
    .at(-1);
}
