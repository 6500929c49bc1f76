import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const SERVER = fileURLToPath(new URL('../../../examples/gate/server.mjs', import.meta.url));

/** One line of the server's log. */
export type GateLine = Readonly<Record<string, unknown>>;

/** The example server as a process of its own, on a free port of the loopback. */
export class GateProcess {
  readonly lines: GateLine[] = [];
  readonly #child: ChildProcess;
  #errors = '';

  constructor(env: Readonly<Record<string, string>>) {
    const own = { PATH: process.env['PATH'] ?? '', PORT: '0', GATE_HOST: '127.0.0.1', GATE_POLL_MS: '10' };
    this.#child = spawn(process.execPath, [SERVER], { env: { ...own, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    const lines = createInterface({ input: this.#child.stdout! });
    lines.on('line', (line) => this.lines.push(JSON.parse(line) as GateLine));
    this.#child.stderr!.on('data', (chunk: Buffer) => (this.#errors += chunk.toString()));
  }

  /** Resolves when the process has ended, with what it said about that. */
  async ended(): Promise<{ readonly code: number | null; readonly errors: string }> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      await once(this.#child, 'close');
    }
    return { code: this.#child.exitCode, errors: this.#errors };
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended();
  }

  /** @throws Error until it listens, and for good when it has ended. */
  async ask(path = '/probe', method = 'GET'): Promise<Response> {
    const port = this.lines.find(({ event }) => event === 'listening')?.['port'];
    if (typeof port !== 'number') {
      throw new Error(`not listening: ${this.#errors}`);
    }
    return await fetch(`http://127.0.0.1:${port}${path}`, { method });
  }

  /** Status of the probe, 0 while there is no answer. */
  async probe(): Promise<number> {
    return await this.ask().then(
      async (response) => {
        await response.arrayBuffer();
        return response.status;
      },
      () => 0,
    );
  }
}
