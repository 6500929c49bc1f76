import type { Json, JsonObject } from '../domain/json.ts';
import type { Page } from '../ports/pager.ts';
import type { AuditRecord } from '../records/audit.ts';

type Kind = AuditRecord['kind'];

/** What people like to read of what was recorded; of the rest nobody is told. */
const TITLES: Partial<Readonly<Record<Kind, string>>> = {
  proposed: 'A plan waits for approval',
  acted: 'Written',
  refused: 'Not written',
  paged: 'People are called',
  'page-over': 'Over by itself',
  approved: 'Agreed',
  rejected: 'Declined',
  paused: 'Paused',
  resumed: 'Goes on',
  cancelled: 'Cancelled',
  'plan-ended': 'The plan has ended',
  'plan-effective': 'The edge shows it',
};
/** Members of a record that say what it is about, the most telling first. */
const ABOUT = ['step', 'steps', 'reason', 'subject', 'state', 'edge', 'origin'] as const;
const MAX_TITLES = 5;

/**
 * What a channel is told of an audit record, as a page that calls nobody; undefined for what is of no interest. Pure.
 * @param partition - the chain's.
 */
export function noticeOf(partition: string, { kind, seq, at, facts }: AuditRecord): Page | undefined {
  const title = TITLES[kind];
  if (title === undefined) {
    return undefined;
  }
  const plan = wordOf(facts['plan']);
  const words = ABOUT.map((member) => wordsOf(facts[member])).find((found) => found !== '') ?? '';
  return {
    key: `${partition}#${seq}`,
    severity: kind === 'paged' ? 'warning' : 'info',
    title: words === '' ? title : `${title}: ${words}`,
    detail: detailOf(facts),
    target: wordOf(facts['edge']) || wordOf(facts['subject']) || partition,
    at,
    links: [],
    whatToDo: plan === '' ? '' : `reflex plans show ${plan}`,
  };
}

/** Who and why, one a line. */
function detailOf(facts: JsonObject): string {
  return ['by', 'reason', 'note', 'state', 'digest']
    .flatMap((member) => (wordOf(facts[member]) === '' ? [] : [`${member}: ${wordOf(facts[member])}`]))
    .join('\n');
}

/** Titles of one step or of some; a text as it is. */
function wordsOf(value: Json | undefined): string {
  if (value === undefined || typeof value === 'string') {
    return value ?? '';
  }
  const steps: readonly Json[] = Array.isArray(value) ? value : [value];
  const titles = steps.map((step) => wordOf((step as JsonObject | null)?.['title'])).filter((one) => one !== '');
  const more = titles.length > MAX_TITLES ? [`${titles.length - MAX_TITLES} more`] : [];
  return [...titles.slice(0, MAX_TITLES), ...more].join(', ');
}

function wordOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
