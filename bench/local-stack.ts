import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { readEndpoints, type Endpoints } from '../local/endpoints.ts';

const ROOT = resolve(import.meta.dirname, '..');
const PATIENCE_MS = 60_000;

export interface StackOptions {
  /** Of `npm start`. */
  readonly options?: readonly string[];
  /** Text of a fleet file; the example's if absent. */
  readonly fleet?: string;
}

/** Runs the local stack in a process and a data directory of its own, for as long as it is used. */
export async function withStack<T>(
  { options = [], fleet }: StackOptions,
  use: (endpoints: Endpoints) => Promise<T>,
): Promise<T> {
  const data = await mkdtemp(join(tmpdir(), 'reflex-bench-'));
  const named = fleet === undefined ? [] : ['--fleet', join(data, 'fleet.yaml')];
  if (fleet !== undefined) {
    await writeFile(join(data, 'fleet.yaml'), fleet);
  }
  const args = [join(ROOT, 'local/start.ts'), '--no-tour', '--data', data, ...named, ...options];
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
  try {
    return await use(await ready(child, data));
  } finally {
    child.kill('SIGTERM');
    await new Promise((resolveExit) => child.once('exit', resolveExit));
    await rm(data, { recursive: true, force: true });
  }
}

async function ready(child: ChildProcess, data: string): Promise<Endpoints> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const endpoints = await readEndpoints(data);
    if (endpoints !== undefined) {
      return endpoints;
    }
    if (child.exitCode !== null || Date.now() > end) {
      throw new Error('the local stack did not start');
    }
    await delay(100);
  }
}
