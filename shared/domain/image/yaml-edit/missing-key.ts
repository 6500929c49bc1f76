import { isScalar } from 'yaml';

import type { MissingKey } from './claim.ts';
import { repeatedKeys } from './nodes.ts';
import type { IndexedFile, Place, ScalarText } from './place.ts';
import { Refusal } from './refusal.ts';

/** The key goes below the entry's last one, or after it on the same line where the entry is in flow style. */
export function toMissingPlace({ text, isJson, positionOf }: IndexedFile, { mode, map, key }: MissingKey): Place {
  const last = map.items.at(-1);
  const [first] = map.items;
  const value = isScalar(last?.value) ? last.value : undefined;
  const keyStart = isScalar(first?.key) ? first.key.range?.[0] : undefined;
  const end = value?.range?.[1];
  const isOneLine = value?.type !== 'BLOCK_FOLDED' && value?.type !== 'BLOCK_LITERAL';
  if (end === undefined || keyStart === undefined || !isOneLine || repeatedKeys(map).size > 0) {
    throw new Refusal(`the entry has no ${key}, and none can be added after its last key`);
  }
  const newline = text.indexOf('\n', end);
  const lineEnd = newline < 0 ? text.length : newline;
  const eol = text[lineEnd - 1] === '\r' ? '\r\n' : '\n';
  const at = map.flow === true ? end : eol === '\n' ? lineEnd : lineEnd - 1;
  const indent = ' '.repeat(keyStart - (text.lastIndexOf('\n', keyStart - 1) + 1));
  const name = isJson ? `"${key}"` : key;
  const lead = map.flow === true ? `, ${name}: ` : `${eol}${indent}${name}: `;
  const style = isJson ? 'double' : 'absent';
  const scalar: ScalarText = { start: at, end: at, style, text: '', tail: '', lead, trail: '' };
  return { ...positionOf(at), mode, kind: 'tag', current: {}, scalar };
}
