import { isMap, isSeq, type Node } from 'yaml';

import { isDigest } from '../reference.ts';
import type { Claims } from './claim.ts';
import { ownValue, resolve, textOf } from './nodes.ts';
import type { EditMode, KeyValue, PlaceKind } from './place.ts';

interface Spot {
  readonly node: unknown;
  readonly isInherited: boolean;
}

/**
 * Exact places: `image.tag`, `images[0].newTag` or `images.0.newTag`; `\.` is a dot within a key, and a
 * key that holds the whole rest of a path counts too.
 *
 * @returns the keys that stand in this document.
 */
export function claimKeys(
  root: Node | null,
  keys: readonly KeyValue[],
  mode: EditMode,
  found: Claims,
): readonly string[] {
  return keys.flatMap(({ key, value }) => {
    const spot = walk({ node: root, isInherited: false }, parsePath(key), found);
    if (spot === undefined) {
      return [];
    }
    if (spot.isInherited) {
      found.warnings.push(`${key} stands behind an alias: name the anchor's own path`);
      return [];
    }
    const kind = kindOfKey(key, value ?? textOf(resolve(spot.node, found.anchored)));
    found.claims.push({ kind, mode, node: spot.node, ...(value === undefined ? {} : { value }) });
    return [key];
  });
}

function parsePath(key: string): readonly string[] {
  const path = key.replace(/^\$?\.?/, '').replace(/\[(\d+)\]/g, '.$1');
  return [...path.matchAll(/(?:\\.|[^.\\])+/g)].map(([segment]) => segment.replace(/\\(.)/g, '$1'));
}

function walk(spot: Spot, path: readonly string[], found: Claims): Spot | undefined {
  const [segment, ...rest] = path;
  if (segment === undefined) {
    return spot;
  }
  const node = resolve(spot.node, found.anchored);
  const isInherited = spot.isInherited || node !== spot.node;
  if (isSeq(node)) {
    const item = /^\d{1,6}$/.test(segment) ? node.items[Number(segment)] : undefined;
    return item === undefined ? undefined : walk({ node: item, isInherited }, rest, found);
  }
  if (!isMap(node)) {
    return undefined;
  }
  const whole = ownValue(node, path.join('.'));
  if (whole !== undefined) {
    return { node: whole, isInherited };
  }
  const value = ownValue(node, segment);
  return value === undefined ? undefined : walk({ node: value, isInherited }, rest, found);
}

function kindOfKey(key: string, text: string): PlaceKind {
  return text.includes('/') ? 'image' : /digest$/i.test(key) || isDigest(text) ? 'digest' : 'tag';
}
