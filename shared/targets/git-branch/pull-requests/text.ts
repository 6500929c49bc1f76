import { codeSpan, inertLine } from '../../../domain/inert-text.ts';
import { fillTemplate, type PullRequestSettings } from '../../../domain/image/writing-settings.ts';
import { whatChanges } from '../message.ts';
import type { PlacementChange } from '../change.ts';
import { markerText, type Marker } from './marker.ts';

/** GitHub cuts longer titles: https://docs.github.com/rest/issues/issues (256 characters). */
const TITLE_CHARS = 256;
/** Rows of the table; with the longest names they stay under GitHub's 65,536 characters of a body. */
const MAX_ROWS = 100;

/** What people's answer to an open one leads to. */
const WHAT_FOLLOWS =
  'Merging brings these versions to the stage. Closing says: not these versions; a different digest is proposed ' +
  'again, and so are these if the pull request is reopened. Commits of other people on this branch are left alone, ' +
  'and nothing is proposed anew while they stand here.';
const AFTER_WITHDRAWAL = 'That is no refusal: what is wanted next gets a pull request of its own.';

export interface Proposal {
  readonly placements: readonly PlacementChange[];
  readonly base: string;
  readonly group: string;
  /** Where the record of the decision can be read; a link where the app knows its own address. */
  readonly record: string;
  readonly marker: Marker;
}

/** Title and body of a pull request. What stands in files or came with events is shown as code and does nothing. Pure. */
export function proposalText(
  { placements, base, group, record, marker }: Proposal,
  { title, text }: Pick<PullRequestSettings, 'title' | 'text'>,
): { readonly title: string; readonly body: string } {
  const values = { what: whatChanges(placements), count: String(placements.length), group, base };
  const more = placements.length - MAX_ROWS;
  const body = [
    ...(text === '' ? [] : [text]),
    [
      '| image | stage | from | to | places |',
      '| --- | --- | --- | --- | --- |',
      ...placements.slice(0, MAX_ROWS).map(row),
    ].join('\n'),
    ...(more > 0 ? [`And ${more} more: see the files.`] : []),
    `Why: ${linkTo(record)}`,
    WHAT_FOLLOWS,
    markerText(marker),
  ];
  return { title: fillTemplate(title, values).slice(0, TITLE_CHARS), body: body.join('\n\n') };
}

/** The body of one that is withdrawn says why, and no longer what merging or closing it would lead to. Pure. */
export function withdrawnText(body: string, reason: string): string {
  return `**Closed by aks-reflex**: ${inertLine(reason)}.\n\n${body.replace(WHAT_FOLLOWS, AFTER_WITHDRAWAL)}`;
}

function row({ image, stage, from, to, places }: PlacementChange): string {
  return `| ${[image, stage, from.join(', '), to, String(places)].map(codeSpan).join(' | ')} |`;
}

/** The app's own address, and only as a plain one. */
function linkTo(record: string): string {
  return /^https?:\/\/[\w.:/-]+$/.test(record) ? `[record](${record})` : codeSpan(record);
}
