import { spawn } from 'node:child_process';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Settings of the machine's user must not change what the double does. */
const ENVIRONMENT = {
  PATH: process.env['PATH'] ?? '',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
  LC_ALL: 'C',
};

/** Git ended with another status than 0. */
export class GitFailure extends Error {
  readonly status: number;

  constructor(args: readonly string[], status: number, stderr: string) {
    super(`git ${args[0] ?? ''} ended with ${status}: ${stderr.trim()}`);
    this.name = 'GitFailure';
    this.status = status;
  }
}

export interface GitRun {
  readonly input?: string | Uint8Array;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs git on one bare repository, without a shell; answers with its standard output. */
export function git(
  directory: string,
  args: readonly string[],
  { input, environment = {} }: GitRun = {},
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', ['-c', 'safe.directory=*', '-C', directory, ...args], {
      env: { ...ENVIRONMENT, ...environment },
    });
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
    child.once('error', reject);
    child.stdin.on('error', () => undefined);
    child.once('close', (status) => {
      if (status === 0) {
        resolve(Buffer.concat(output));
      } else {
        reject(new GitFailure(args, status ?? -1, Buffer.concat(errors).toString()));
      }
    });
    child.stdin.end(input ?? '');
  });
}

/** The same as trimmed text. */
export async function gitText(directory: string, args: readonly string[], run: GitRun = {}): Promise<string> {
  return (await git(directory, args, run)).toString('utf8').trim();
}

/** A killed git leaves `*.lock` behind, after which every update of that ref fails: cleared at start. */
export async function clearLocks(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isFile() && entry.name.endsWith('.lock')) {
      await rm(join(entry.parentPath, entry.name), { force: true });
    }
  }
}

export interface Author {
  readonly name: string;
  readonly email: string;
  readonly at: Date;
}

/** Environment that makes a commit's author, committer and times its own. */
export function identity(author: Author, committer: Author): Readonly<Record<string, string>> {
  return {
    GIT_AUTHOR_NAME: author.name,
    GIT_AUTHOR_EMAIL: author.email,
    GIT_AUTHOR_DATE: author.at.toISOString(),
    GIT_COMMITTER_NAME: committer.name,
    GIT_COMMITTER_EMAIL: committer.email,
    GIT_COMMITTER_DATE: committer.at.toISOString(),
  };
}
