import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, posix, relative, resolve, sep } from 'node:path';

import { sha256 } from '../../domain/digest.ts';
import { matchesGlob } from '../../domain/glob.ts';
import { UpstreamError } from '../../errors.ts';
import type { SourceText, TextSource } from '../../ports/text-source.ts';

/** Text files under a local directory; nothing outside it is read, not even through a symbolic link. */
export class FileTextSource implements TextSource {
  readonly #root: string;

  constructor(directory: string) {
    this.#root = resolve(directory);
  }

  async read(path: string): Promise<SourceText | undefined> {
    const file = await this.#inside(path);
    if (file === undefined) {
      return undefined;
    }
    const bytes = await readFile(file);
    return { text: new TextDecoder().decode(bytes), version: sha256(bytes) };
  }

  async list(glob: string): Promise<readonly string[]> {
    const fixed = glob.split('/').slice(0, -1);
    const wild = fixed.findIndex((segment) => /[*?]/.test(segment));
    const base = join(this.#root, ...(wild === -1 ? fixed : fixed.slice(0, wild)));
    const isDeep = wild !== -1;
    const entries = await readdir(base, { recursive: isDeep, withFileTypes: true }).catch(nothingIfMissing);
    return (entries ?? [])
      .filter((entry) => entry.isFile() || entry.isSymbolicLink())
      .map((entry) => relative(this.#root, join(entry.parentPath, entry.name)).split(sep).join('/'))
      .filter((path) => matchesGlob(path, posix.normalize(glob)))
      .sort();
  }

  async #inside(path: string): Promise<string | undefined> {
    const file = await realpath(join(this.#root, path)).catch(nothingIfMissing);
    if (file === undefined) {
      return undefined;
    }
    const root = await realpath(this.#root);
    const isInside = file.startsWith(root.endsWith(sep) ? root : root + sep);
    return isInside && (await stat(file)).isFile() ? file : undefined;
  }
}

function nothingIfMissing(error: unknown): undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return undefined;
  }
  throw new UpstreamError('read a local file', 0, { cause: error });
}
