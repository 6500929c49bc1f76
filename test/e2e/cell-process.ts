import { spawn, type ChildProcess } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { until } from './stack-process.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** Where an app answers. */
export interface CellAddress {
  readonly url: string;
  readonly masterKey: string;
}

/** The app alone in a process of its own, against a stack that was started with `--no-app`. */
export class CellProcess {
  readonly #stack: string;
  readonly #data: string;
  #child: ChildProcess | undefined;

  /** @param stack - data directory of the stack. @param name - of this cell; the same name is the same cell again. */
  constructor(stack: string, name: string) {
    this.#stack = stack;
    this.#data = join(stack, `cell-${name}`);
  }

  async start(): Promise<CellAddress> {
    const file = join(this.#data, 'cell.json');
    await rm(file, { force: true });
    const args = [join(ROOT, 'local/cell.ts'), '--stack', this.#stack, '--data', this.#data];
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: 'ignore' });
    this.#child = child;
    return await until(async () => {
      if (child.exitCode !== null || child.signalCode !== null) {
        throw new Error('the cell ended while it was starting');
      }
      const text = await readFile(file, 'utf8').catch(() => undefined);
      return text === undefined ? undefined : (JSON.parse(text) as CellAddress);
    });
  }

  /** Ends the process, as by `kill -9` unless told otherwise; one that has ended is left alone. */
  async kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    const child = this.#child;
    child?.kill(signal);
    await until(() => Promise.resolve(child === undefined ? true : (child.exitCode ?? child.signalCode ?? undefined)));
  }
}
