import { isAlias, isScalar, visit } from 'yaml';

import { parseImageReference, type ImageName } from '../reference.ts';
import { findPlaces, mentions, parseDocuments, type Place } from './places.ts';

/** What should stand in the file. A digest is written only where one stands already. */
export interface WantedImage {
  readonly tag: string;
  readonly digest: string;
}

/** One value that changed; line and column count from 1. */
export interface ValueChange {
  readonly line: number;
  readonly column: number;
  readonly from: string;
  readonly to: string;
}

/** `absent`: the file does not name the image. `current`: tags that stood there. */
export type ImageEdit =
  | { readonly outcome: 'absent' }
  | { readonly outcome: 'unchanged'; readonly current: readonly string[] }
  | {
      readonly outcome: 'edited';
      readonly after: string;
      readonly changes: readonly ValueChange[];
      readonly current: readonly string[];
    }
  | { readonly outcome: 'refused'; readonly reason: string };

/** What YAML 1.1 or 1.2 reads as something else than text: numbers of every base, booleans, null, dates. */
const NOT_TEXT =
  /^([-+]?(0b[01_]+|0o?[0-7_]+|0x[0-9a-f_]+|[0-9][0-9_]*(\.[0-9_]*)?(e[-+]?[0-9]+)?|\.[0-9_]+(e[-+]?[0-9]+)?|[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?|\.inf)|\.nan|~|null|true|false|yes|no|on|off|y|n|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?)$/i;

/**
 * Writes a tag (and a digest, where one stands) at every place of an image in a file. Pure.
 *
 * Only the characters of the values change: quotes, comments, line ends and everything else stay. A plain value that
 * YAML would not read as text gains double quotes. The result is parsed again and compared value by value; if anything
 * else differs, the edit is refused.
 */
export function editImage(text: string, image: ImageName, wanted: WantedImage): ImageEdit {
  if (!mentions(text, image)) {
    return { outcome: 'absent' };
  }
  const found = findPlaces(text, image);
  if ('refused' in found) {
    return { outcome: 'refused', reason: found.refused };
  }
  const { places } = found;
  if (places.length === 0) {
    return { outcome: 'absent' };
  }
  const current = places.flatMap(currentTag);
  const edits = places
    .map((place) => ({ place, value: wantedValue(place, wanted) }))
    .filter(({ place, value }) => value !== place.value);
  if (edits.length === 0) {
    return { outcome: 'unchanged', current };
  }
  const after = edits.toReversed().reduce((whole, { place, value }) => splice(whole, place, value), text);
  const difference = findDifference(
    text,
    after,
    edits.map(({ place, value }) => ({ start: place.start, value })),
  );
  if (difference !== undefined) {
    return { outcome: 'refused', reason: difference };
  }
  return { outcome: 'edited', after, changes: edits.map(({ place, value }) => toChange(text, place, value)), current };
}

function currentTag({ kind, value }: Place): readonly string[] {
  const tag = kind === 'tag' ? value : kind === 'image' ? parseImageReference(value)?.tag : undefined;
  return tag === undefined ? [] : [tag];
}

function wantedValue({ kind, value }: Place, { tag, digest }: WantedImage): string {
  if (kind !== 'image') {
    return kind === 'tag' ? tag : digest;
  }
  const reference = parseImageReference(value);
  const name = value.slice(0, value.length - suffixLength(value));
  const tagPart = reference?.tag === undefined ? '' : `:${tag}`;
  return `${name}${tagPart}${reference?.digest === undefined ? '' : `@${digest}`}`;
}

/** Length of `[:tag][@digest]`; a port's colon comes before the first slash. */
function suffixLength(value: string): number {
  const path = value.slice(value.indexOf('/'));
  const cut = path.search(/[:@]/);
  return cut < 0 ? 0 : path.length - cut;
}

function splice(text: string, { start, end, style }: Place, value: string): string {
  const quoted = style === 'single' ? `'${value}'` : style === 'double' || NOT_TEXT.test(value) ? `"${value}"` : value;
  return text.slice(0, start) + quoted + text.slice(end);
}

function toChange(text: string, { start, value }: Place, to: string): ValueChange {
  const before = text.slice(0, start).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, from: value, to };
}

interface Expected {
  readonly start: number;
  readonly value: string;
}

/** Compares the nodes as written, an alias by its name; tells the first difference that was not asked for. */
function findDifference(before: string, after: string, expected: readonly Expected[]): string | undefined {
  const wanted = new Map(expected.map(({ start, value }) => [start, value]));
  const left = leaves(before);
  const right = leaves(after);
  if (left.length !== right.length) {
    return 'the edit would change the structure of the file';
  }
  const index = left.findIndex(({ start, text }, at) => (wanted.get(start) ?? text) !== right[at]?.text);
  return index < 0 ? undefined : `the edit would change another value (number ${index + 1})`;
}

function leaves(text: string): readonly { readonly start: number; readonly text: string }[] {
  const all: { start: number; text: string }[] = [];
  for (const document of parseDocuments(text)) {
    visit(document, (_key, node) => {
      if (isScalar(node)) {
        all.push({
          start: node.range?.[0] ?? -1,
          text: typeof node.value === 'string' ? node.value : `${typeof node.value}:${node.source ?? ''}`,
        });
      } else if (isAlias(node)) {
        all.push({ start: node.range?.[0] ?? -1, text: `*${node.source}` });
      }
    });
  }
  return all;
}
