import { isMap, type YAMLMap } from 'yaml';

import { isNamed, type Claims } from './claim.ts';
import { lookUp, mapsIn, ownValue, resolve, textOf } from './nodes.ts';
import type { EditMode } from './place.ts';

/** The `images` of a Kustomization, at the document's root. */
export function claimKustomization(found: Claims): void {
  const root = found.anchored.document.contents;
  if (isMap(root)) {
    claimEntries(ownValue(root, 'images'), 'kustomize-images', found);
  }
}

/** Entries `{name, newName?, newTag?, digest?}` whose effective name is the image. */
export function claimEntries(images: unknown, mode: EditMode, found: Claims): void {
  for (const entry of mapsIn(resolve(images, found.anchored))) {
    const name = lookUp(entry, 'newName', found.anchored) || lookUp(entry, 'name', found.anchored);
    if (isNamed(found, name)) {
      claimEntry(entry, mode, found);
    }
  }
}

function claimEntry(map: YAMLMap, mode: EditMode, { anchored, claims, missing }: Claims): void {
  const tag = ownValue(map, 'newTag');
  const digest = ownValue(map, 'digest');
  const hasDigest = textOf(resolve(digest, anchored)) !== '';
  if (hasDigest) {
    claims.push({ kind: 'digest', mode, node: digest, map });
  }
  if (tag !== undefined && (textOf(resolve(tag, anchored)) !== '' || !hasDigest)) {
    claims.push({ kind: 'tag', mode, node: tag, map });
  }
  const isInherited = lookUp(map, 'newTag', anchored) !== '' || lookUp(map, 'digest', anchored) !== '';
  if (tag === undefined && digest === undefined && !isInherited) {
    missing.push({ mode, map, key: 'newTag' });
  }
}
