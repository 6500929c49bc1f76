import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** Azurite's well-known account, the same on every machine: https://learn.microsoft.com/azure/storage/common/storage-connect-azurite */
const ACCOUNT = 'devstoreaccount1';
const KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

const START_LIMIT_MS = 30_000;
const PATIENCE_MS = 15_000;

interface AzuritePorts {
  readonly blob: number;
  readonly queue: number;
  readonly table: number;
}

export interface Azurite {
  readonly connectionString: string;
  /** Connection strings of the other accounts, by name. */
  readonly others: Readonly<Record<string, string>>;
  readonly ports: AzuritePorts;
  readonly pid: number;
  /** Resolves when everything is saved and the process has ended. */
  stop(): Promise<void>;
}

export interface AzuriteOptions {
  /** Folder for its data; created if missing. */
  readonly data: string;
  /** 0 or missing lets the system choose. */
  readonly ports?: Partial<AzuritePorts>;
  /** Names of accounts beside the well-known one; their keys are new with each start. */
  readonly others?: readonly string[];
  /** How long to wait for the Azurite of an earlier run to end, in milliseconds; 15 s unless told. */
  readonly patienceMs?: number;
}

/**
 * Starts Azurite on loopback, in 1 to 2 s.
 *
 * Two processes on one folder lose rows, so the one that an earlier run left behind is waited for.
 * @throws Error if it does not start, or if the earlier one does not end.
 */
export async function startAzurite({
  data,
  ports = {},
  others = [],
  patienceMs = PATIENCE_MS,
}: AzuriteOptions): Promise<Azurite> {
  await mkdir(data, { recursive: true });
  const pidFile = join(data, 'azurite.pid');
  await endOfEarlierProcess(pidFile, patienceMs);
  const accounts = others.map((name) => ({ name, key: randomBytes(64).toString('base64') }));
  const child = launch(data, ports, [{ name: ACCOUNT, key: KEY }, ...accounts]);
  const pid = child.pid ?? 0;
  writeFileSync(pidFile, `${pid}\n`);
  const bound = await listening(child);
  return {
    connectionString: connectionString({ name: ACCOUNT, key: KEY }, bound),
    others: Object.fromEntries(accounts.map((account) => [account.name, connectionString(account, bound)])),
    ports: bound,
    pid,
    stop: () => stop(child, pidFile),
  };
}

interface Account {
  readonly name: string;
  /** Base64. */
  readonly key: string;
}

function launch(data: string, ports: Partial<AzuritePorts>, accounts: readonly Account[]): ChildProcess {
  const port = (service: keyof AzuritePorts): string[] => [
    `--${service}Host`,
    '127.0.0.1',
    `--${service}Port`,
    `${ports[service] ?? 0}`,
  ];
  const options = ['--silent', '--disableTelemetry', '--skipApiVersionCheck', '--location', data];
  const script = fileURLToPath(new URL('child.ts', import.meta.url));
  return spawn(process.execPath, [script, ...options, ...port('blob'), ...port('queue'), ...port('table')], {
    // Detached, so that Ctrl-C in a terminal reaches only us, and Azurite outlives us by its flush.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, AZURITE_ACCOUNTS: accounts.map(({ name, key }) => `${name}:${key}`).join(';') },
  });
}

/** Reads the ports from Azurite's own words, `Azurite Blob service is successfully listening at http://127.0.0.1:1234`. */
async function listening(child: ChildProcess): Promise<AzuritePorts> {
  const started = Promise.withResolvers<AzuritePorts>();
  let output = '';
  const read = (chunk: Buffer): void => {
    output += chunk.toString();
    const ports = { blob: portOf(output, 'Blob'), queue: portOf(output, 'Queue'), table: portOf(output, 'Table') };
    if (isComplete(ports)) {
      output = '';
      started.resolve(ports);
    }
  };
  child.stdout?.on('data', read);
  child.stderr?.on('data', read);
  child.once('error', (error) => started.reject(error));
  child.once('exit', (code) => started.reject(new Error(`Azurite ended with ${code ?? 'a signal'}: ${output}`)));
  const limit = AbortSignal.timeout(START_LIMIT_MS);
  limit.addEventListener('abort', () => started.reject(new Error(`Azurite did not start: ${output}`)));
  try {
    return await started.promise;
  } catch (error) {
    child.kill('SIGTERM');
    throw error;
  }
}

function portOf(output: string, service: string): number | undefined {
  const found = new RegExp(`${service} service is successfully listening at \\S+:(\\d+)`).exec(output);
  return found === null ? undefined : Number(found[1]);
}

function isComplete(
  ports: Record<keyof AzuritePorts, number | undefined>,
): ports is { [K in keyof AzuritePorts]: number } {
  return Object.values(ports).every((port) => port !== undefined);
}

async function stop(child: ChildProcess, pidFile: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  }
  await rm(pidFile, { force: true });
}

/** Waits for the Azurite of a run that was killed: it is still saving. */
async function endOfEarlierProcess(pidFile: string, patienceMs: number): Promise<void> {
  const pid = Number(await readFile(pidFile, 'utf8').catch(() => '0'));
  for (let waited = 0; pid > 0 && isAzurite(await commandOf(pid), pid); waited += 50) {
    if (waited >= patienceMs) {
      throw new Error(
        `Azurite (process ${pid}) still uses this folder: stop the run that owns it, or use another folder`,
      );
    }
    await delay(50);
  }
  await rm(pidFile, { force: true });
}

/** undefined where the system does not tell (no /proc): then a live process of that id is taken for Azurite. */
async function commandOf(pid: number): Promise<string | undefined> {
  return await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined);
}

function isAzurite(command: string | undefined, pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return command?.includes('azurite') ?? true;
}

function connectionString({ name, key }: Account, { blob, queue, table }: AzuritePorts): string {
  return [
    'DefaultEndpointsProtocol=http',
    `AccountName=${name}`,
    `AccountKey=${key}`,
    `BlobEndpoint=http://127.0.0.1:${blob}/${name}`,
    `QueueEndpoint=http://127.0.0.1:${queue}/${name}`,
    `TableEndpoint=http://127.0.0.1:${table}/${name};`,
  ].join(';');
}
