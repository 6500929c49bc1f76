import type { Json } from '../../domain/json.ts';
import { encodeRowValue } from '../row-limits.ts';

/** A string property holds 64 KiB of UTF-16. https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model */
const MAX_CHUNK_LENGTH = 32 * 1024;

/** JSON as the properties `v0`, `v1`, ... of an entity. @throws RangeError if it is larger than the port allows. */
export function toProperties(value: Json): Record<string, string> {
  const text = encodeRowValue(value);
  const properties: Record<string, string> = {};
  for (let start = 0, index = 0; start < text.length; index += 1) {
    const end = chunkEnd(text, start);
    properties[`v${index}`] = text.slice(start, end);
    start = end;
  }
  return properties;
}

/** The inverse of `toProperties`; other properties are ignored. @throws SyntaxError if there is no whole value. */
export function fromProperties(properties: Readonly<Record<string, unknown>>): Json {
  const chunks: string[] = [];
  for (let index = 0; typeof properties[`v${index}`] === 'string'; index += 1) {
    chunks.push(properties[`v${index}`] as string);
  }
  return JSON.parse(chunks.join('')) as Json;
}

/** Never between the halves of a surrogate pair: each property is sent as UTF-8 of its own. */
function chunkEnd(text: string, start: number): number {
  const end = Math.min(start + MAX_CHUNK_LENGTH, text.length);
  const splitsPair = end < text.length && /[\ud800-\udbff]/.test(text.charAt(end - 1));
  return splitsPair ? end - 1 : end;
}
