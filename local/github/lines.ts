import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Repository } from './repository.ts';

/** What is only ever added to a repository beside its Git objects: one JSON text a line, oldest first. */
export class Lines<T> {
  readonly #name: string;

  /** @param name - of the file in the repository's directory. */
  constructor(name: string) {
    this.#name = name;
  }

  async add({ directory }: Repository, value: T): Promise<void> {
    await appendFile(join(directory, this.#name), `${JSON.stringify(value)}\n`);
  }

  async all({ directory }: Repository): Promise<readonly T[]> {
    const text = await readFile(join(directory, this.#name), 'utf8').catch(() => '');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as T);
  }
}
