import type { Document } from 'yaml';

import { cutReference, isDigest, isTag } from '../reference.ts';
import { findImagePlaces, mentions } from './find.ts';
import type { Place, PlaceKind, PlaceQuery, TextFile } from './place.ts';
import { isText } from './scalar-text.ts';
import { planEdit, refuse, type EditPlan, type ValueChange } from './plan.ts';

export type { ValueChange } from './plan.ts';

/** What should stand in the file. A digest is written only where one stands already, a tag where none does. */
export interface WantedImage {
  readonly tag?: string;
  readonly digest?: string;
}

/** `absent`: the file has no place of the image. `current`: tags that stood there, those of explicit keys too. */
export type ImageEdit = { readonly warnings: readonly string[] } & (
  | { readonly outcome: 'absent' }
  | { readonly outcome: 'unchanged'; readonly current: readonly string[] }
  | {
      readonly outcome: 'edited';
      readonly after: string;
      readonly changes: readonly ValueChange[];
      readonly current: readonly string[];
    }
  | { readonly outcome: 'refused'; readonly reason: string }
);

/**
 * Writes a tag (and a digest, where one stands) at every place of an image in a file, whatever its form. Pure.
 *
 * Only the characters of the values change: quotes, comments, line ends and everything else stay. A plain value that
 * YAML would not read as text gains double quotes. The result is parsed again and compared node by node; if anything
 * else differs, the edit is refused.
 */
export function editImage(file: TextFile, query: PlaceQuery, wanted: WantedImage): ImageEdit {
  if (query.mode === undefined && query.keys === undefined && !mentions(file.text, query.image)) {
    return { outcome: 'absent', warnings: [] };
  }
  const { documents, places, warnings: found, refused } = findImagePlaces(file, query);
  if (refused !== undefined) {
    return { outcome: 'refused', reason: refused, warnings: found };
  }
  if (places.length === 0) {
    return { outcome: 'absent', warnings: found };
  }
  const current = places.flatMap((place) => (place.current.tag === undefined ? [] : [place.current.tag]));
  const {
    outcome,
    after,
    edits,
    reason = '',
    warnings: planned,
  } = planPlaces({ text: file.text, documents }, places, wanted);
  const warnings = [...found, ...planned];
  switch (outcome) {
    case 'refused':
      return { outcome, reason, warnings };
    case 'unchanged':
      return { outcome, current, warnings };
    case 'edited':
      return { outcome, after, changes: edits, current, warnings };
  }
}

/** Finds the places of a query and plans their values; a file without places is `unchanged`, with a warning. @public */
export function planImageEdit(file: TextFile, query: PlaceQuery, wanted: WantedImage): EditPlan {
  const edit = editImage(file, query, wanted);
  const { outcome, warnings } = edit;
  switch (outcome) {
    case 'refused':
      return refuse(file.text, edit.reason, warnings);
    case 'edited':
      return { outcome, after: edit.after, edits: edit.changes, warnings };
    case 'absent':
    case 'unchanged': {
      const none = outcome === 'absent' ? ['the file has no place of the image'] : [];
      return { outcome: 'unchanged', after: file.text, edits: [], warnings: [...warnings, ...none] };
    }
  }
}

interface Parsed {
  readonly text: string;
  readonly documents: readonly Document.Parsed[];
}

function planPlaces({ text, documents }: Parsed, places: readonly Place[], wanted: WantedImage): EditPlan {
  const { tag, digest } = wanted;
  if ((tag !== undefined && !isTag(tag)) || (digest !== undefined && !isDigest(digest))) {
    return refuse(text, 'the tag or the digest is outside of its grammar');
  }
  const plan = planEdit(
    text,
    places.flatMap((place) => {
      const value = place.value ?? (place.kind === 'name' ? undefined : valueFor(place.kind, place, wanted));
      return value === undefined ? [] : [{ place, value }];
    }),
    documents,
  );
  const isStale = digest === undefined && tag !== undefined && places.some(isPinned);
  const warnings = [
    ...(isStale ? ['a digest stands there and stays: it goes before the tag'] : []),
    ...places.filter(isMisread).map(({ line, scalar }) => `line ${line}: ${scalar.text} without quotes is no text`),
  ];
  return { ...plan, warnings: [...plan.warnings, ...(plan.outcome === 'refused' ? [] : warnings)] };
}

/** A tag such as 1.10 that somebody wrote plain reads as a number, and charts then ask for 1.1. */
function isMisread({ scalar }: Place): boolean {
  return scalar.style === 'plain' && scalar.text !== '' && !isText(scalar.text);
}

function isPinned({ value, current }: Place): boolean {
  return value === undefined && current.digest !== undefined;
}

/** The scalar's text with the parts that stand in it replaced; undefined leaves it as it is. */
function valueFor(
  kind: Exclude<PlaceKind, 'name'>,
  { current, scalar }: Place,
  { tag, digest }: WantedImage,
): string | undefined {
  const digestPart = current.digest === undefined ? '' : `@${digest ?? current.digest}`;
  const isDigestAlone = current.tag === undefined && current.digest !== undefined;
  const tagText = isDigestAlone ? undefined : (tag ?? current.tag);
  switch (kind) {
    case 'digest':
      return digest;
    case 'tag':
      return tagText === undefined && digestPart === '' ? undefined : `${tagText ?? ''}${digestPart}`;
    case 'image':
      return `${cutReference(scalar.text).name}${tagText === undefined ? '' : `:${tagText}`}${digestPart}`;
  }
}
