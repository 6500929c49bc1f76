import { cutReference, isDigest, isTag, type ImageName } from '../reference.ts';
import { findImagePlaces, mentions } from './find.ts';
import type { Place, PlaceKind, PlaceQuery, TextFile } from './place.ts';
import { planEdit, refuse, type EditPlan, type ValueChange } from './plan.ts';

export type { ValueChange } from './plan.ts';

/** What should stand in the file. A digest is written only where one stands already, a tag where none does. */
export interface WantedImage {
  readonly tag?: string;
  readonly digest?: string;
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

/**
 * Writes a tag (and a digest, where one stands) at every place of an image in a file, whatever its form. Pure.
 *
 * Only the characters of the values change: quotes, comments, line ends and everything else stay. A plain value that
 * YAML would not read as text gains double quotes. The result is parsed again and compared node by node; if anything
 * else differs, the edit is refused.
 */
export function editImage(text: string, image: ImageName, wanted: WantedImage): ImageEdit {
  if (!mentions(text, image)) {
    return { outcome: 'absent' };
  }
  const { places, refused } = findImagePlaces({ path: '', text }, { image });
  if (refused !== undefined) {
    return { outcome: 'refused', reason: refused };
  }
  if (places.length === 0) {
    return { outcome: 'absent' };
  }
  const current = places.flatMap((place) => (place.current.tag === undefined ? [] : [place.current.tag]));
  const { outcome, after, edits, reason = '' } = planPlaces(text, places, wanted);
  switch (outcome) {
    case 'refused':
      return { outcome, reason };
    case 'unchanged':
      return { outcome, current };
    case 'edited':
      return { outcome, after, changes: edits, current };
  }
}

/** Finds the places of a query and plans their values; a file without places is `unchanged`, with a warning. @public */
export function planImageEdit(file: TextFile, query: PlaceQuery, wanted: WantedImage): EditPlan {
  const { places, warnings, refused } = findImagePlaces(file, query);
  if (refused !== undefined) {
    return refuse(file.text, refused, warnings);
  }
  const plan = planPlaces(file.text, places, wanted);
  const none = places.length === 0 ? ['the file has no place of the image'] : [];
  return { ...plan, warnings: [...warnings, ...none, ...plan.warnings] };
}

function planPlaces(text: string, places: readonly Place[], wanted: WantedImage): EditPlan {
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
  );
  const isStale = digest === undefined && tag !== undefined && places.some(isPinned);
  return isStale ? { ...plan, warnings: ['a digest stands there and stays: it goes before the tag'] } : plan;
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
