import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { TextFile } from '../../shared/domain/image/yaml-edit/place.ts';
import type { Remark } from './draft.ts';

/** The same limit as for files that are written. */
const MAX_FILE_BYTES = 1024 * 1024;
/** More are no repository of manifests. */
const MAX_FILES = 100_000;
const NAMES = /(?:\.ya?ml|(?:^|\/)Kustomization)$/;
const PASSED_OVER: readonly string[] = ['.git', 'node_modules'];

/** What lies below a directory: texts, and why not the others. */
export interface Walked {
  readonly files: readonly TextFile[];
  readonly remarks: readonly Remark[];
}

/**
 * Reads the YAML files below a directory, in the order of their paths. Symbolic links are named and never followed.
 *
 * @returns undefined if there is no such directory.
 */
export async function walk(root: string): Promise<Walked | undefined> {
  const info = await lstat(root).catch(() => undefined);
  if (info?.isDirectory() !== true) {
    return undefined;
  }
  const files: TextFile[] = [];
  const remarks: Remark[] = [];
  const paths = await pathsBelow(root, '', remarks);
  for (const path of paths.slice(0, MAX_FILES)) {
    const text = await readText(join(root, path));
    if (typeof text === 'string') {
      files.push({ path, text });
    } else {
      remarks.push(unread(path, text.why));
    }
  }
  if (paths.length > MAX_FILES) {
    remarks.push(unread('.', `only the first ${MAX_FILES} of ${paths.length} files were read`));
  }
  return { files, remarks };
}

async function pathsBelow(root: string, directory: string, remarks: Remark[]): Promise<readonly string[]> {
  const entries = await readdir(join(root, directory), { withFileTypes: true }).catch(() => undefined);
  if (entries === undefined) {
    remarks.push(unread(directory, 'this directory cannot be read'));
    return [];
  }
  const paths: string[] = [];
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
    if (entry.isDirectory() && !PASSED_OVER.includes(entry.name)) {
      paths.push(...(await pathsBelow(root, path, remarks)));
    } else if (entry.isFile() && NAMES.test(path)) {
      paths.push(path);
    } else if (entry.isSymbolicLink()) {
      remarks.push({ ...unread(path, 'a symbolic link is not followed'), severity: 'note' });
    }
  }
  return paths;
}

async function readText(file: string): Promise<string | { readonly why: string }> {
  try {
    if ((await lstat(file)).size > MAX_FILE_BYTES) {
      return { why: `larger than ${MAX_FILE_BYTES} bytes` };
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (error) {
    return { why: error instanceof TypeError ? 'not UTF-8' : 'cannot be read' };
  }
}

function unread(file: string, text: string): Remark {
  return { file, line: 1, kind: 'file', name: '', severity: 'unequal', text };
}
