import { isMap, visit, type Node, type YAMLMap } from 'yaml';

import { isNamed, type Claims } from './claim.ts';
import { claimValues } from './helm-values.ts';
import { claimEntries } from './kustomize.ts';
import { kindOf, lookUp, ownValue, resolve, textOf } from './nodes.ts';

const MODE = 'helmrelease-or-flux';

/** Values of a HelmRelease, `spec.images` of a Flux Kustomization, images of post-renderers, an OCIRepository's `ref`. */
export function claimFluxObject(root: Node | null, found: Claims): void {
  if (!isMap(root)) {
    return;
  }
  const spec = ownValue(root, 'spec');
  if (kindOf(root) === 'OCIRepository') {
    claimOciRepository(spec, found);
    return;
  }
  const values = isMap(spec) ? ownValue(spec, 'values') : root;
  if (kindOf(root) !== 'Kustomization' && isMap(values)) {
    claimValues(values, MODE, found);
  }
  visit(root, {
    Pair: (_key, { key, value }) => {
      const isValues = value === values || textOf(key) === 'valuesFrom';
      if (textOf(key) === 'images') {
        claimEntries(value, MODE, found);
      }
      return isValues ? visit.SKIP : undefined;
    },
  });
}

function claimOciRepository(spec: unknown, found: Claims): void {
  if (!isMap(spec) || !isNamed(found, lookUp(spec, 'url', found.anchored).replace(/^oci:\/\//, ''))) {
    return;
  }
  const ref = resolve(ownValue(spec, 'ref'), found.anchored);
  if (isMap(ref)) {
    claimRef(ref, found);
  }
}

function claimRef(ref: YAMLMap, { anchored, claims }: Claims): void {
  for (const [key, kind] of [
    ['tag', 'tag'],
    ['digest', 'digest'],
  ] as const) {
    const node = ownValue(ref, key);
    if (textOf(resolve(node, anchored)) !== '') {
      claims.push({ kind, mode: MODE, node, map: ref });
    }
  }
}
