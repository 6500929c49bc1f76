import { posix } from 'node:path';

import { matchesGlob } from '../../shared/domain/glob.ts';

/** `./clusters/prod/` -> `clusters/prod/**`; the root, and what leaves it, is everything below it. */
export function globBelow(path: string): string {
  const plain = posix.normalize(`/${path}`).replace(/^\/+|\/+$/g, '');
  return plain === '' ? '**' : `${plain}/**`;
}

/** True if a file lies under a glob. */
export function covers(glob: string, file: string): boolean {
  return matchesGlob(file, glob);
}

/** The file itself, or everything below the deepest directory that holds all of them. */
export function narrowest(files: readonly string[]): string {
  const [first = ''] = files;
  if (files.length < 2) {
    return first;
  }
  const segments = first.split('/').slice(0, -1);
  const shared = segments.findIndex((segment, index) => files.some((file) => file.split('/')[index] !== segment));
  const directory = segments.slice(0, shared < 0 ? segments.length : shared).join('/');
  return directory === '' ? '**' : `${directory}/**`;
}
