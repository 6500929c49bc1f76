import type { JournalEntry } from '../reconcile/plan.ts';
import type { AuditRecord } from '../records/audit.ts';
import { leftWritten } from './left-written.ts';
import { inWords, shortName, wordOf } from './names.ts';
import type { Occasion } from './occasion.ts';
import type { Run } from './run.ts';

/** One thing that happened; `at` is ISO 8601. */
export interface Moment {
  readonly at: string;
  readonly what: string;
  readonly detail: string;
}

/** What a person did, or what was kept back or called out, in the words of the timeline. */
const TOLD: Readonly<Partial<Record<AuditRecord['kind'], string>>> = {
  proposed: 'proposed for approval',
  observed: 'recorded only (mode observe)',
  approved: 'approved',
  confirmed: 'said to be done',
  rejected: 'rejected',
  paused: 'paused',
  resumed: 'resumed',
  cancelled: 'cancelled',
  held: 'kept back',
  refused: 'given up',
  paged: 'people called',
  'page-over': 'over by itself',
  'plan-ended': 'plan ended',
};

/** What comes before the writes where it happened in the same instant. */
const BEFORE_WRITES: readonly AuditRecord['kind'][] = ['proposed', 'observed', 'approved', 'rejected'];

/** Everything that happened to a plan and for its sake, oldest first. Pure. */
export function timelineOf(run: Run, occasion: Occasion): readonly Moment[] {
  const moments = [
    ...heard(occasion),
    ...told(run, occasion, (kind) => BEFORE_WRITES.includes(kind)),
    ...run.plan.journal.filter(({ step }) => step.manual !== undefined).flatMap(asked),
    ...run.plan.journal.filter(({ step }) => step.manual === undefined).flatMap((entry, index) => sends(entry, index)),
    ...told(run, occasion, (kind) => !BEFORE_WRITES.includes(kind)),
    ...effective(run, occasion),
    ...returned(run),
  ];
  return moments.toSorted((a, b) => (a.at === b.at ? 0 : a.at < b.at ? -1 : 1));
}

function heard({ heardAt, enoughAt, decidedAt, decidedBy, words, why }: Occasion): readonly Moment[] {
  const first = words.find(({ at, isBad }) => at === heardAt && isBad);
  const asked = decidedBy === undefined ? [] : [`asked for by ${decidedBy}`];
  const signal = first === undefined ? asked : [`${first.source} about ${first.origin}`];
  return [
    ...signal.map((detail) => ({ at: heardAt, what: 'signal heard', detail })),
    ...(enoughAt === undefined ? [] : [{ at: enoughAt, what: 'last needed vote', detail: '' }]),
    { at: decidedAt, what: 'decided', detail: [...why, ...asked].join('; ') },
  ];
}

/** People are called about it as well: that is a record of its own. */
function asked({ step, state, at, endedAt, note }: JournalEntry): readonly Moment[] {
  const began = { at, what: 'people asked', detail: step.title };
  const detail = note === undefined ? step.title : `${step.title}: ${note}`;
  return endedAt === undefined ? [began] : [began, { at: endedAt, what: state, detail }];
}

/** The journal keeps no time for the service's yes to a write that goes on: it came within the time for sending. */
function sends({ step, state, at, endedAt, operation, note }: JournalEntry, index: number): readonly Moment[] {
  const sent = { at, what: index === 0 ? 'first write sent' : 'write sent', detail: step.title };
  const accepted = { at, what: 'accepted', detail: `${step.title}: Azure has taken it, and works on it` };
  const end = { at: endedAt ?? at, what: state, detail: note === undefined ? step.title : `${step.title}: ${note}` };
  const isOpen = state === 'sending' || state === 'running';
  return [sent, ...(operation === undefined ? [] : [accepted]), ...(isOpen ? [] : [end])];
}

function told(
  { plan, records }: Run,
  { decidedAt, lastAt }: Occasion,
  isWanted: (kind: AuditRecord['kind']) => boolean,
): readonly Moment[] {
  const during = records.filter(({ at, facts }) => facts['plan'] === plan.id || (at >= decidedAt && at <= lastAt));
  return during.flatMap((record): readonly Moment[] => {
    const what = isWanted(record.kind) ? TOLD[record.kind] : undefined;
    return what === undefined ? [] : [{ at: record.at, what, detail: detailOf(record) }];
  });
}

/**
 * A plan is done when a look finds nothing left to do: the control plane has the values. Whether the edge has them is
 * measured from then on, and people are called if it has not; that is this plan's matter until something else is decided.
 */
function effective({ plan, records }: Run, { lastAt }: Occasion): readonly Moment[] {
  if (plan.state !== 'done') {
    return [];
  }
  const next = records.find(
    ({ kind, at, facts }) =>
      at > lastAt && (kind === 'intent-opened' || kind === 'intent-released' || facts['reason'] === 'not-effective'),
  );
  const shown = shownOf(plan.effect, lastAt);
  const isServed = next?.kind === 'paged';
  return isServed ? [shown, { at: next.at, what: 'people called', detail: detailOf(next) }] : [shown];
}

function shownOf(effect: Run['plan']['effect'], lastAt: string): Moment {
  if (effect === undefined) {
    return { at: lastAt, what: 'effective', detail: 'the target shows what was wanted' };
  }
  switch (effect.state) {
    case 'effective':
      return { at: effect.at ?? lastAt, what: 'effective', detail: 'the edge shows what was wanted' };
    case 'waiting':
      return { at: lastAt, what: 'waiting for the edge', detail: `until ${effect.until ?? 'it shows it'}` };
    default:
      return { at: effect.at ?? lastAt, what: 'not proven', detail: `at the edge: ${effect.state}` };
  }
}

function detailOf({ facts }: AuditRecord): string {
  const said = [
    typeof facts['subject'] === 'string' ? shortName(facts['subject']) : facts['origin'],
    facts['by'],
    facts['note'] ?? facts['reason'],
    facts['state'],
  ];
  return said.flatMap((one) => (one === undefined || one === '' ? [] : [inWords(one)])).join(': ');
}

/** What a later plan, or the way back of this one, brought back. */
function returned({ plan, records }: Run): readonly Moment[] {
  const last = plan.journal.findLast(({ state }) => state === 'written');
  const own =
    plan.state === 'gone-back' && last?.endedAt !== undefined && leftWritten(plan).length === 0
      ? [{ at: last.endedAt, what: 'restored', detail: 'everything that the plan had written is back' }]
      : [];
  const subjects = new Set(plan.serves.map(({ subject }) => subject));
  const released = records.filter(
    ({ kind, at, facts }) =>
      kind === 'unchanged' &&
      facts['reason'] === 'released' &&
      at >= plan.created &&
      subjects.has(wordOf(facts, 'subject')),
  );
  const later = released.map(({ at, facts }) => ({
    at,
    what: 'restored',
    detail: `${shortName(wordOf(facts, 'subject'))}: nobody holds it any more`,
  }));
  return [...own, ...later.slice(0, 1)];
}
