import { isMap, isSeq, visit, type Node, type YAMLMap } from 'yaml';

import { isNamed, isReferenceTo, type Claims } from './claim.ts';
import { claimValues } from './helm-values.ts';
import { mapsIn, ownValue, resolve, textOf } from './nodes.ts';

const MODE = 'argocd-app';
const VERSION_PARAMETER = /^(.*?)(tag|version|digest)$/i;

/** Sources of an Argo CD Application, of an ApplicationSet, and of `.argocd-source*.yaml`. */
export function claimArgoApp(root: Node | null, found: Claims): void {
  visit(root, {
    Map: (_key, map) => {
      const kustomize = ownValue(map, 'kustomize');
      if (isMap(kustomize)) {
        claimImageTexts(ownValue(kustomize, 'images'), found);
      }
      const helm = ownValue(map, 'helm');
      if (isMap(helm)) {
        claimHelm(helm, found);
      }
    },
  });
}

/** Texts `[old=]name:tag`. */
function claimImageTexts(images: unknown, found: Claims): void {
  for (const node of isSeq(images) ? images.items : []) {
    const text = textOf(resolve(node, found.anchored));
    if (isReferenceTo(found, text.slice(text.indexOf('=') + 1)) === 'versioned') {
      found.claims.push({ kind: 'image', mode: MODE, node });
    }
  }
}

function claimHelm(helm: YAMLMap, found: Claims): void {
  claimParameters(mapsIn(ownValue(helm, 'parameters')), found);
  const values = ownValue(helm, 'valuesObject');
  if (isMap(values)) {
    claimValues(values, MODE, found);
  }
  if (textOf(ownValue(helm, 'values')).includes(found.image.repository)) {
    found.warnings.push('helm.values is text: use valuesObject, parameters or a values file for the image');
  }
}

/** `image.tag` beside `image.repository` or `image.name`, with `image.registry` apart or not. */
function claimParameters(parameters: readonly YAMLMap[], found: Claims): void {
  const texts = new Map(
    parameters.map((map) => [textOf(ownValue(map, 'name')), textOf(resolve(ownValue(map, 'value'), found.anchored))]),
  );
  for (const map of parameters) {
    const node = ownValue(map, 'value');
    const [, stem, what = ''] = VERSION_PARAMETER.exec(textOf(ownValue(map, 'name'))) ?? [];
    const isOurs = ['repository', 'name', 'image'].some((key) =>
      isNamed(found, texts.get(`${stem ?? ''}${key}`) ?? '', texts.get(`${stem ?? ''}registry`)),
    );
    if (stem !== undefined && isOurs) {
      found.claims.push({ kind: what.toLowerCase() === 'digest' ? 'digest' : 'tag', mode: MODE, node, map });
    } else if (isReferenceTo(found, textOf(resolve(node, found.anchored))) === 'versioned') {
      found.claims.push({ kind: 'image', mode: MODE, node, map });
    }
  }
}
