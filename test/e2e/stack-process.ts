import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

import { readEndpoints, type Endpoints } from '../../local/endpoints.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const PATIENCE_MS = 180_000;
const run = promisify(execFile);

/** The served stack in a process of its own, as `npm start -- --no-tour` runs it. */
export class StackProcess {
  readonly data: string;
  #child: ChildProcess | undefined;
  endpoints!: Endpoints;

  private constructor(data: string) {
    this.data = data;
  }

  static async create(): Promise<StackProcess> {
    return new StackProcess(await mkdtemp(join(tmpdir(), 'reflex-e2e-')));
  }

  /** Starts (again) on the same data. @param environment - beside this process's own. @param options - of `npm start`. */
  async start(environment: Readonly<Record<string, string>> = {}, options: readonly string[] = []): Promise<void> {
    await rm(join(this.data, 'endpoints.json'), { force: true });
    const args = [join(ROOT, 'local/start.ts'), '--no-tour', '--data', this.data, ...options];
    const child = spawn(process.execPath, args, {
      cwd: ROOT,
      stdio: 'ignore',
      env: { ...process.env, ...environment },
    });
    this.#child = child;
    this.endpoints = await until(async () => {
      if (child.exitCode !== null || child.signalCode !== null) {
        throw new Error('the stack ended while it was starting');
      }
      return await readEndpoints(this.data);
    });
  }

  get repository(): { readonly clone: string; readonly path: string; readonly branch: string } {
    return Object.values(this.endpoints.github.repositories)[0]!;
  }

  get registry(): Endpoints['registries'][string] {
    return Object.values(this.endpoints.registries)[0]!;
  }

  async git(...args: readonly string[]): Promise<string> {
    return (await gitIn(this.repository.path, ...args)).trim();
  }

  /** A file's text as a commit has it: `COMMIT:PATH`. */
  async bytes(object: string): Promise<string> {
    return await gitIn(this.repository.path, 'cat-file', 'blob', object);
  }

  /** Posts a body as Event Grid would. */
  async deliver(
    body: unknown,
    headers: Readonly<Record<string, string>> = {},
    signal?: AbortSignal,
  ): Promise<Response> {
    const { url, eventGridKey } = this.endpoints.host;
    return await fetch(`${url}/runtime/webhooks/eventgrid?functionName=event-grid&code=${eventGridKey}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'aeg-event-type': 'Notification', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
      ...(signal === undefined ? {} : { signal }),
    });
  }

  get hasEnded(): boolean {
    return this.#child?.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Waits until the process has ended by itself. */
  async exited(): Promise<void> {
    await until(() => Promise.resolve(this.#child?.exitCode ?? this.#child?.signalCode ?? undefined));
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    this.#child?.kill(signal);
    await this.exited();
  }

  async remove(): Promise<void> {
    if (this.#child?.exitCode === null && this.#child.signalCode === null) {
      await this.stop();
    }
    await rm(this.data, { recursive: true, force: true });
  }
}

/** What Git prints about a repository, to the byte. */
export async function gitIn(path: string, ...args: readonly string[]): Promise<string> {
  return (await run('git', ['-c', 'safe.directory=*', '-C', path, ...args])).stdout;
}

/** Asks until the answer is there. @throws Error after three minutes. */
export async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) {
      return answer;
    }
    if (Date.now() > end) {
      throw new Error('waited for three minutes in vain');
    }
    await delay(50);
  }
}
