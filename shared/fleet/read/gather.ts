import { posix } from 'node:path';

import { ReflexError } from '../../errors.ts';
import type { SourceText, TextSource } from '../../ports/text-source.ts';
import type { PartChoice } from '../build.ts';
import { parseFleetDocument } from './document.ts';
import type { Finding, FleetPath } from '../findings.ts';
import { parsePart, type Grant, type PartText } from './part.ts';
import type { Include } from '../schema.ts';

/** The root file: where it is read and what findings call it. */
export interface FleetRoot {
  readonly source: TextSource;
  readonly path: string;
  readonly file: string;
  /** Where it lies in a Git repository (`owner/repo`), if it does. */
  readonly stored?: { readonly repo: string; readonly path: string };
}

export interface GatherOptions {
  readonly root: FleetRoot;
  /** @returns undefined if this caller cannot read that repository (the CLI without its directory). */
  readonly openRepository: (repo: string, branch: string) => TextSource | undefined;
  /** Texts that were last in force. */
  readonly lastGood: readonly PartText[];
}

export interface Gathered {
  /** Root first. Empty if there is neither a root file nor a good version of it. */
  readonly choices: readonly PartChoice[];
  /** Files that could not be read. */
  readonly findings: readonly Finding[];
  /** Why the root file could not be read, where an error says so. */
  readonly cause?: ReflexError | undefined;
}

/** Reads the root file and everything that it includes. */
export async function gatherParts(options: GatherOptions): Promise<Gathered> {
  const { root, lastGood } = options;
  const findings: Finding[] = [];
  const lastRoot = lastGood.find(({ grant, file }) => grant === undefined && file === root.file);
  const read = await attempt(async () => await root.source.read(root.path));
  const current = read.value === undefined ? undefined : asPart(root, read.value);
  if (current === undefined) {
    const why = read.error === undefined ? 'there is no such file' : 'it cannot be read';
    findings.push({
      severity: 'error',
      code: 'unreadable',
      file: root.file,
      line: 1,
      column: 1,
      path: '',
      message: why,
    });
  }
  const choice = chooseFrom(current, lastRoot);
  if (choice === undefined) {
    return { choices: [], findings, cause: read.error };
  }
  const included = await gatherIncluded(choice, options, findings);
  return { choices: [choice, ...included], findings, cause: read.error };
}

async function gatherIncluded(
  root: PartChoice,
  options: GatherOptions,
  findings: Finding[],
): Promise<readonly PartChoice[]> {
  const found = new Map<string, PartChoice>();
  const { include, text } = includesOf(root);
  const document = parseFleetDocument(options.root.file, text);
  for (const [index, each] of include.entries()) {
    const report: Report = (below, remark) => findings.push(document.remark(['include', index, ...below], remark));
    for (const choice of await gatherInclude(each, options, report)) {
      const { file = '' } = choice.current ?? choice.lastGood ?? {};
      // The first include entry that names a file says what it may do.
      found.set(file, found.get(file) ?? choice);
    }
  }
  return [...found.values()];
}

/** The include list of the root file, or of its last good version while it is bad. */
function includesOf({ current, lastGood }: PartChoice): {
  readonly include: readonly Include[];
  readonly text: string;
} {
  for (const text of [current, lastGood]) {
    const root = text === undefined ? undefined : parsePart(text).root;
    if (text !== undefined && root !== undefined) {
      return { include: root.include, text: text.text };
    }
  }
  return { include: [], text: '' };
}

type Report = (below: FleetPath, remark: Parameters<ReturnType<typeof parseFleetDocument>['remark']>[1]) => void;

async function gatherInclude(include: Include, options: GatherOptions, report: Report): Promise<readonly PartChoice[]> {
  const { repo, branch } = include;
  const via = `${repo ?? ''} ${branch} ${include.path}`;
  const lastGood = options.lastGood.filter((part) => part.via === via);
  const source = repo === undefined ? options.root.source : options.openRepository(repo, branch);
  if (source === undefined) {
    report(['repo'], { severity: 'note', code: 'not-included', message: `files of ${repo ?? ''} were not looked at` });
    return [];
  }
  const path = repo === undefined ? posix.join(posix.dirname(options.root.path), include.path) : include.path;
  const read = await attempt(async () => await readMatching(source, path));
  if (read.value === undefined) {
    report(['path'], { severity: 'warning', code: 'unreadable', message: `${via.trim()} cannot be read` });
    return lastGood.map((part) => ({ lastGood: withGrant(part, include) }));
  }
  const files = read.value.filter((file) => repo !== undefined || file.path !== options.root.path);
  const gone = path.includes('*')
    ? []
    : lastGood.filter((part) => files.every((file) => label(options, repo, file.path) !== part.file));
  if (files.length === 0) {
    report(['path'], { severity: 'warning', code: 'unreadable', message: `no file matches \`${include.path}\`` });
  }
  return [
    ...files.map((file) => {
      const current: PartText = { ...partText(options, repo, file), grant: grantOf(include), via };
      const last = lastGood.find((part) => part.file === current.file);
      return last === undefined ? { current } : { current, lastGood: withGrant(last, include) };
    }),
    ...gone.map((part) => ({ lastGood: withGrant(part, include) })),
  ];
}

interface ReadFile extends SourceText {
  readonly path: string;
}

async function readMatching(source: TextSource, path: string): Promise<readonly ReadFile[]> {
  const paths = path.includes('*') ? await source.list(path) : [path];
  const read = await Promise.all(paths.map(async (each) => ({ path: each, text: await source.read(each) })));
  return read.flatMap((file) => (file.text === undefined ? [] : [{ ...file.text, path: file.path }]));
}

function label({ root }: GatherOptions, repo: string | undefined, path: string): string {
  return repo === undefined
    ? posix.join(posix.dirname(root.file), posix.relative(posix.dirname(root.path), path))
    : `${repo}/${path}`;
}

function partText(options: GatherOptions, repo: string | undefined, { path, text, version }: ReadFile): PartText {
  const holder = repo ?? options.root.stored?.repo;
  const stored = holder === undefined ? {} : { stored: { repo: holder, path } };
  return { file: label(options, repo, path), text, version, ...stored };
}

function asPart({ file, stored }: FleetRoot, { text, version }: SourceText): PartText {
  return { file, text, version, ...(stored === undefined ? {} : { stored }) };
}

function chooseFrom(current: PartText | undefined, lastGood: PartText | undefined): PartChoice | undefined {
  if (current === undefined) {
    return lastGood === undefined ? undefined : { lastGood };
  }
  return lastGood === undefined ? { current } : { current, lastGood };
}

/** What an old text may do is what the root file says now. */
function withGrant(part: PartText, include: Include): PartText {
  return { ...part, grant: grantOf(include) };
}

function grantOf({ owns, team }: Include): Grant {
  return { owns, ...(team === undefined ? {} : { team }) };
}

/** A place that cannot be read is an answer here; a mistake in our own code is not. */
async function attempt<T>(read: () => Promise<T>): Promise<{ readonly value?: T; readonly error?: ReflexError }> {
  try {
    return { value: await read() };
  } catch (error) {
    if (error instanceof ReflexError) {
      return { error };
    }
    throw error;
  }
}
