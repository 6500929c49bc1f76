import type { YAMLMap } from 'yaml';

import { cutReference, formatImageName, readImageName, type ImageName } from '../reference.ts';
import type { Anchored } from './nodes.ts';
import type { EditMode, PlaceKind } from './place.ts';

/** A node that a finder takes for a place of the image; whether it can be written is settled later. */
export interface Claim {
  readonly kind: PlaceKind;
  readonly mode: EditMode;
  /** A scalar or an alias; anything else is refused. */
  readonly node: unknown;
  /** The map that it stands in. */
  readonly map?: YAMLMap;
  readonly value?: string;
}

/** A key that an entry of an image lacks, to be added after its last one. */
export interface MissingKey {
  readonly mode: EditMode;
  readonly map: YAMLMap;
  readonly key: string;
}

/** What finders gather about one document. */
export interface Claims {
  readonly anchored: Anchored;
  /** Where the document before it ends: comments from there on are this document's. */
  readonly from: number;
  readonly image: ImageName;
  readonly claims: Claim[];
  readonly missing: MissingKey[];
  readonly warnings: string[];
}

/** Tells whether a name, with its registry apart or not, is the image's; Docker Hub's short names count. */
export function isNamed({ image }: Pick<Claims, 'image'>, name: string, registry = ''): boolean {
  const wanted = formatImageName(image);
  return (
    name !== '' &&
    (formatImageName(readImageName(name)) === wanted ||
      (registry !== '' && formatImageName(readImageName(`${registry.replace(/\/$/, '')}/${name}`)) === wanted))
  );
}

/** Tells whether a whole reference names the image, and whether it says which version. */
export function isReferenceTo(claims: Pick<Claims, 'image'>, text: string, registry = ''): 'versioned' | 'bare' | 'no' {
  const { name, tag, digest } = cutReference(text);
  return !isNamed(claims, name, registry) ? 'no' : tag === undefined && digest === undefined ? 'bare' : 'versioned';
}
