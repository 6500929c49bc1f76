import { isMap, visit, type Node } from 'yaml';

import { isReferenceTo, type Claims } from './claim.ts';
import { kindOf, ownValue, resolve, textOf } from './nodes.ts';

/** Kinds whose text is data, whatever it looks like. */
const DATA_KINDS: readonly string[] = ['ConfigMap', 'Secret'];

/**
 * `image` of containers (of every kind and depth) and `reference` of image volumes in Kubernetes objects. What lies in
 * metadata, in a ConfigMap or in a Secret is data.
 */
export function claimManifest(root: Node | null, found: Claims): void {
  if (kindOf(root) === '') {
    return;
  }
  visit(root, {
    Map: (_key, map) => {
      if (DATA_KINDS.includes(kindOf(map))) {
        return visit.SKIP;
      }
      claimReference(map, 'image', found);
      return undefined;
    },
    Pair: (_key, { key, value }) => {
      const name = textOf(key);
      if (name === 'image' && isMap(value)) {
        claimReference(value, 'reference', found);
      }
      return name === 'metadata' ? visit.SKIP : undefined;
    },
  });
}

function claimReference(map: Parameters<typeof ownValue>[0], key: string, found: Claims): void {
  const node = ownValue(map, key);
  if (isReferenceTo(found, textOf(resolve(node, found.anchored))) !== 'no') {
    found.claims.push({ kind: 'image', mode: 'raw-manifest', node, map });
  }
}
