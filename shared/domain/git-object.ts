import { sha1 } from './digest.ts';

/** Git's own object id: SHA-1 over a header and the bytes. https://git-scm.com/book/en/v2/Git-Internals-Git-Objects */
export function gitObjectId(type: 'blob' | 'tree' | 'commit', bytes: Uint8Array): string {
  return sha1(`${type} ${bytes.length}\0`, bytes);
}

/** The empty tree exists in every repository, and hosts answer 404 for it. */
export const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

/** Byte order of two paths, which is not the order of JavaScript's strings. */
export function comparePaths(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8'));
}
