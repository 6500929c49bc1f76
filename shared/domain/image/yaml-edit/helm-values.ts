import { visit, type Node, type YAMLMap } from 'yaml';

import { isNamed, isReferenceTo, type Claims } from './claim.ts';
import { lookUp, ownValue, resolve, textOf } from './nodes.ts';
import type { EditMode } from './place.ts';

/** `image.tag` is found by the stem `image.`, `imageTag` by `image`, `tag` by the empty stem. */
const VERSION_KEY = /^(.*?)(tag|version|digest)$/i;
const INLINE_KEY = /image$/i;
const NAME_KEYS = ['repository', 'Repository', 'name', 'Name', 'image', 'Image'];
const REGISTRY_KEYS = ['registry', 'Registry'];

/**
 * Places in values: `repository`, `name` or `image` beside `tag`, `version` or `digest`, with a `registry` apart or
 * not, with or without a common stem (`imageTag`, `image.tag` as one key); and whole references under `*image`.
 */
export function claimValues(root: Node | null, mode: EditMode, found: Claims): void {
  visit(root, {
    Map: (_key, map) => {
      claimVersions(map, mode, found);
      claimInline(map, mode, found);
    },
  });
}

function claimVersions(map: YAMLMap, mode: EditMode, found: Claims): void {
  const { anchored, claims } = found;
  for (const { key, value } of map.items) {
    const [, stem, what = ''] = VERSION_KEY.exec(textOf(key)) ?? [];
    if (stem === undefined || !isNamedBeside(map, stem, found)) {
      continue;
    }
    const word = what.toLowerCase();
    const text = textOf(resolve(value, anchored));
    const hasDigest = siblingText(map, [`${stem}digest`, `${stem}Digest`], found) !== '';
    const hasTag = word === 'version' && (ownValue(map, `${stem}tag`) ?? ownValue(map, `${stem}Tag`)) !== undefined;
    // An empty digest is none; an empty tag beside a digest leaves the version to the digest.
    const isWritten = word === 'digest' ? text !== '' : !hasTag && (text !== '' || !hasDigest);
    if (isWritten) {
      claims.push({ kind: word === 'digest' ? 'digest' : 'tag', mode, node: value, map });
    }
  }
}

/** Tells whether the keys of a stem name the image; they may be inherited. */
export function isNamedBeside(map: YAMLMap, stem: string, found: Claims): boolean {
  const registry = siblingText(map, withStem(stem, REGISTRY_KEYS), found);
  const names = [...withStem(stem, NAME_KEYS), ...(INLINE_KEY.test(stem) ? [stem] : [])];
  return names.some((key) => isNamed(found, lookUp(map, key, found.anchored), registry));
}

function claimInline(map: YAMLMap, mode: EditMode, found: Claims): void {
  for (const { key, value } of map.items) {
    const name = textOf(key);
    if (!INLINE_KEY.test(name)) {
      continue;
    }
    const stem = name.replace(INLINE_KEY, '');
    const registry = siblingText(map, [...withStem(stem, REGISTRY_KEYS), ...withStem(name, REGISTRY_KEYS)], found);
    if (isReferenceTo(found, textOf(resolve(value, found.anchored)), registry) === 'versioned') {
      found.claims.push({ kind: 'image', mode, node: value, map });
    }
  }
}

function withStem(stem: string, keys: readonly string[]): readonly string[] {
  return keys.map((key) => `${stem}${key}`);
}

function siblingText(map: YAMLMap, keys: readonly string[], { anchored }: Claims): string {
  return keys.map((key) => lookUp(map, key, anchored)).find((text) => text !== '') ?? '';
}
