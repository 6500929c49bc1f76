import { createHash } from 'node:crypto';

import { canonicalJson, type Json } from './json.ts';

/** SHA-256 of text (as UTF-8) or bytes, as 64 lower-case hex digits. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** SHA-1 of what stands in one after another, as 40 lower-case hex digits: for Git's object ids alone. */
export function sha1(...contents: readonly (string | Uint8Array)[]): string {
  return contents.reduce((hash, content) => hash.update(content), createHash('sha1')).digest('hex');
}

/** SHA-256 of the canonical JSON (RFC 8785) of `value`: equal values have equal digests whatever their key order. */
export function digestOf(value: Json): string {
  return sha256(canonicalJson(value));
}
