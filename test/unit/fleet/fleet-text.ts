import { readFileSync } from 'node:fs';

import { buildFleet, type BuiltFleet } from '../../../shared/fleet/build.ts';
import { NO_CEILING, type Ceiling } from '../../../shared/fleet/ceiling.ts';
import type { Grant, PartText } from '../../../shared/fleet/read/part.ts';
import type { SourceText, TextSource } from '../../../shared/ports/text-source.ts';

/** The example's root file: every section is in it. */
export const CONTOSO = readFileSync(new URL('../../../examples/contoso/fleet.yaml', import.meta.url), 'utf8');
export const CONTOSO_TEAM = readFileSync(new URL('../../../examples/contoso/teams/shop.yaml', import.meta.url), 'utf8');

export function rootText(text: string): PartText {
  return { file: 'fleet.yaml', text, version: `v${text.length}` };
}

export function includedText(file: string, text: string, grant: Grant): PartText {
  return { file, text, version: `v${text.length}`, grant, via: ` main ${file}` };
}

/** Builds from one root file and what it includes, without any last good version. */
export function build(text: string, included: readonly PartText[] = [], ceiling: Ceiling = NO_CEILING): BuiltFleet {
  return buildFleet(
    [rootText(text), ...included].map((current) => ({ current })),
    ceiling,
  );
}

/** Replaces exactly one place of a text. */
export function replaced(text: string, from: string, to: string): string {
  if (text.split(from).length !== 2) {
    throw new RangeError(`${from} is not in the text exactly once`);
  }
  return text.replace(from, to);
}

/** Line number (from 1) of the first line that holds `part`. */
export function lineOf(text: string, part: string): number {
  return text.split('\n').findIndex((line) => line.includes(part)) + 1;
}

/** Text files in memory; `failure` makes every read fail. */
export class MemoryTextSource implements TextSource {
  readonly files = new Map<string, string>();
  reads = 0;
  failure: Error | undefined;

  constructor(files: Readonly<Record<string, string>>) {
    for (const [path, text] of Object.entries(files)) {
      this.files.set(path, text);
    }
  }

  async read(path: string): Promise<SourceText | undefined> {
    await Promise.resolve();
    this.reads += 1;
    if (this.failure !== undefined) {
      throw this.failure;
    }
    const text = this.files.get(path);
    return text === undefined ? undefined : { text, version: text };
  }

  async list(glob: string): Promise<readonly string[]> {
    await Promise.resolve();
    if (this.failure !== undefined) {
      throw this.failure;
    }
    const prefix = glob.slice(0, glob.indexOf('*'));
    return [...this.files.keys()].filter((path) => path.startsWith(prefix)).sort();
  }
}
