import { readFile } from 'node:fs/promises';
import { basename, dirname, relative, resolve, sep } from 'node:path';

import { InvalidArgumentError } from 'commander';

import { FileTextSource } from '../shared/adapters/node/file-text-source.ts';
import { ReflexError } from '../shared/errors.ts';
import { buildFleet, type BuiltFleet } from '../shared/fleet/build.ts';
import { NO_CEILING, parseCeiling, type Ceiling } from '../shared/fleet/ceiling.ts';
import { sortFindings } from '../shared/fleet/findings.ts';
import { gatherParts, type FleetRoot } from '../shared/fleet/read/gather.ts';
import type { Output } from './output.ts';

/** Options that every command on fleet files takes. */
export interface FleetOptions {
  /** `owner/name` (lower case) to a local directory. */
  readonly repo: Readonly<Record<string, string>>;
  /** File with the value of the setting REFLEX_CEILING. */
  readonly ceiling?: string;
  readonly json?: boolean;
}

/** Collects `--repo owner/name=DIR`. */
export function collectRepository(
  value: string,
  before: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const [repo = '', directory = ''] = splitOnce(value, '=');
  if (!/^[^/]+\/[^/]+$/.test(repo) || directory === '') {
    throw new InvalidArgumentError('expected OWNER/NAME=DIR');
  }
  return { ...before, [repo.toLowerCase()]: directory };
}

/** Reads a fleet file and what it includes from local directories; never from the network. */
export async function readFleet(file: string, { repo, ceiling }: FleetOptions): Promise<BuiltFleet> {
  const bounds = ceiling === undefined ? NO_CEILING : await readCeiling(ceiling);
  const gathered = await gatherParts({
    root: rootOf(file, repo),
    openRepository: (name) => {
      const directory = repo[name.toLowerCase()];
      return directory === undefined ? undefined : new FileTextSource(directory);
    },
    lastGood: [],
  });
  const built =
    gathered.choices.length === 0 ? { findings: [], parts: [], texts: [] } : buildFleet(gathered.choices, bounds);
  return { ...built, findings: sortFindings([...gathered.findings, ...built.findings]) };
}

/** Runs a command; a problem that we foresee is a line on standard error and exit code 1. */
export async function guarded(output: Output, work: () => Promise<0 | 1>): Promise<void> {
  try {
    output.exit(await work());
  } catch (error) {
    if (!(error instanceof ReflexError)) {
      throw error;
    }
    output.err(`error: ${error.message} [${error.code}]`);
    output.exit(1);
  }
}

function rootOf(file: string, repositories: Readonly<Record<string, string>>): FleetRoot {
  const path = resolve(file);
  const root = { source: new FileTextSource(dirname(path)), path: basename(path), file };
  const holder = Object.entries(repositories).find(([, directory]) => path.startsWith(resolve(directory) + sep));
  if (holder === undefined) {
    return root;
  }
  const [repo, directory] = holder;
  return { ...root, stored: { repo, path: relative(resolve(directory), path).split(sep).join('/') } };
}

async function readCeiling(file: string): Promise<Ceiling> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) {
    throw new InvalidArgumentError(`--ceiling: cannot read ${file}`);
  }
  return parseCeiling(parseJson(text));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function splitOnce(text: string, separator: string): readonly string[] {
  const at = text.indexOf(separator);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
