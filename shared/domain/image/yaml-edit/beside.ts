import type { YAMLMap } from 'yaml';

import { isNamed, isReferenceTo, type Claims } from './claim.ts';
import { isNamedBeside } from './helm-values.ts';
import { lookUp, ownValue, resolve, textOf } from './nodes.ts';

const VERSION_WORD = /(?:newTag|tag|version|digest)$/i;
const INLINE_KEY = /image$/i;

/** Tells whether a key such as `newTag` or `imageTag` says the image's version: the keys beside it name the image. */
export function isVersionOfImage(map: YAMLMap, key: string, found: Claims): boolean {
  if (!VERSION_WORD.test(key)) {
    return false;
  }
  const newName = lookUp(map, 'newName', found.anchored);
  return newName === '' ? isNamedBeside(map, key.replace(VERSION_WORD, ''), found) : isNamed(found, newName);
}

/** Tells whether a key holds a whole reference to the image. */
export function isReferenceOfImage(map: YAMLMap, key: string, found: Claims): boolean {
  const text = textOf(resolve(ownValue(map, key), found.anchored));
  return INLINE_KEY.test(key) && isReferenceTo(found, text) !== 'no';
}
