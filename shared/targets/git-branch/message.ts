import { inertLine } from '../../domain/inert-text.ts';
import { fillTemplate, USUAL_COMMITS, type CommitSettings } from '../../domain/image/writing-settings.ts';
import type { Placement } from '../../domain/image/placement.ts';
import type { Intent } from '../../intents/intent.ts';
import type { PlacementChange } from './change.ts';

/** Longest first line that Git hosts show whole. */
const HEADLINE_CHARS = 72;
const MAX_EVENT_TRAILERS = 50;

export interface CommitText {
  readonly headline: string;
  readonly body: string;
}

/**
 * Commit message: what, from, to and why for people; the same as Git trailers for machines.
 *
 * Event ids are somebody else's text: everything outside printable ASCII is dropped, and of that everything but letters,
 * digits, `-`, `_` and `:` is percent-encoded, so an id can add no trailer and no line, name nobody and link nowhere.
 *
 * @param recordLink - where the decision can be read; one trailer.
 */
export function commitText(
  changes: readonly PlacementChange[],
  {
    planId,
    serves,
    recordLink,
    commits = USUAL_COMMITS,
  }: {
    readonly planId: string;
    readonly serves: readonly Intent[];
    readonly recordLink: string;
    readonly commits?: CommitSettings | undefined;
  },
): CommitText {
  const summary = fillTemplate(commits.headline, { what: whatChanges(changes), count: String(changes.length) });
  const lines = changes.map(
    ({ image, stage, from, to, places }) =>
      `- ${image} at ${stage}: ${from.join(', ')} -> ${to} (${places} place${places === 1 ? '' : 's'})`,
  );
  const events = [...new Set(serves.flatMap(({ signals }) => signals.map(eventId)))].slice(0, MAX_EVENT_TRAILERS);
  const trailers = [
    `Reflex-Plan: ${planId}`,
    ...events.map((id) => `Reflex-Event: ${id}`),
    ...changes.map(
      ({ image, stage, from, to }) => `Reflex-Image: ${image}@${stage} ${inertLine(from.join(','))} -> ${to}`,
    ),
    ...serves.map(({ value }) => `Reflex-Digest: ${(value as Placement).image}@${(value as Placement).digest}`),
    `Reflex-Record: ${recordLink}`,
  ];
  return {
    headline: summary.slice(0, HEADLINE_CHARS),
    body: `${lines.map(inertLine).join('\n')}\n\n${[...new Set(trailers)].join('\n')}`,
  };
}

/** What a commit or a pull request does, in a few words. Pure. */
export function whatChanges(changes: readonly PlacementChange[]): string {
  const [first] = changes;
  return first === undefined || changes.length > 1
    ? `update ${changes.length} images`
    : `${shortName(first.image)} ${first.from.join(', ')} -> ${first.to} (${first.stage})`;
}

/** Plan ids in the trailers of a commit message. */
export function planTrailers(message: string): readonly string[] {
  return [...message.matchAll(/^Reflex-Plan: (\S+)$/gm)].map(([, id = '']) => id);
}

/** The event id of a signal `source#id`; ARM ids hold no `#`. */
function eventId(signal: string): string {
  return signal
    .slice(signal.indexOf('#') + 1)
    .replace(/[^\x21-\x7e]/g, '')
    .slice(0, 200)
    .replace(/[^A-Za-z0-9_:-]/g, percent);
}

function percent(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
}

function shortName(image: string): string {
  return image.slice(image.indexOf('/') + 1);
}
