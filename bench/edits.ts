import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Document, parseAllDocuments } from 'yaml';

import { readImageName } from '../shared/domain/image/reference.ts';
import { planImageEdit } from '../shared/domain/image/yaml-edit/edit.ts';
import type { PlaceQuery, TextFile } from '../shared/domain/image/yaml-edit/place.ts';
import { median } from './statistics.ts';

interface EditCase extends Omit<PlaceQuery, 'image'> {
  readonly file: string;
  readonly before: string;
  readonly image: string;
  readonly newTag: string | null;
  readonly newDigest: string | null;
  readonly after: string;
  readonly strict?: boolean;
  readonly outcome?: string;
}

const CASES = join(import.meta.dirname, '../test/cases');
const LAYOUTS = [true, false].map((indentSeq) => ({ indentSeq, lineWidth: 0 }));

/**
 * Byte-exact share of edits, ours against re-printing by `yaml`. The re-printer is given the finished text and has only
 * to print what it has read: no edit by way of its documents can do better.
 */
export function benchEdits(rounds: number): void {
  for (const [title, name] of [
    ['given cases', 'image.json'],
    ['further cases', 'image-edits-more.json'],
  ] as const) {
    const cases = readCases(name);
    const ours = cases.filter((one) => edit(one) === one.after).length;
    const printed = cases.filter(({ after }) => LAYOUTS.some((layout) => print(after, layout) === after)).length;
    console.log(
      `${title}: ${cases.length}; byte for byte: splice ${share(ours, cases)}, yaml ${share(printed, cases)}`,
    );
    const [splice, reprint] = [
      cases.map((one) => time(rounds, () => edit(one))),
      cases.map((one) => time(rounds, () => print(one.after))),
    ];
    const ratio = median(splice.map((ms, index) => ms / (reprint[index] ?? Number.NaN)));
    console.log(`  median time of an edit with its proof: ${ratio.toFixed(2)} x of reading and printing alone`);
  }
}

/** Edits that must succeed, byte for byte. */
function readCases(name: string): readonly EditCase[] {
  const { yamlCases, cases = [] } = JSON.parse(readFileSync(join(CASES, name), 'utf8')) as Readonly<
    Partial<Record<'yamlCases' | 'cases', readonly EditCase[]>>
  >;
  return (yamlCases ?? cases).filter(({ strict, outcome }) => strict !== false && outcome !== 'refused');
}

function edit({ file, before, image, newTag, newDigest, mode, keys, policies }: EditCase): string {
  const from: TextFile = { path: file, text: before };
  const query: PlaceQuery = {
    image: readImageName(image),
    ...(mode === undefined ? {} : { mode }),
    ...(keys === undefined ? {} : { keys }),
    ...(policies === undefined ? {} : { policies }),
  };
  const wanted = { ...(newTag === null ? {} : { tag: newTag }), ...(newDigest === null ? {} : { digest: newDigest }) };
  return planImageEdit(from, query, wanted).after;
}

function print(text: string, layout = LAYOUTS[0]): string {
  const documents = parseAllDocuments(text, { uniqueKeys: false });
  const isReadable =
    Array.isArray(documents) && documents.every((one) => one instanceof Document && one.errors.length === 0);
  return isReadable ? documents.map((one) => one.toString(layout)).join('') : '';
}

function share(count: number, { length }: readonly unknown[]): string {
  return `${((100 * count) / length).toFixed(0)} % (${count})`;
}

function time(rounds: number, run: () => unknown): number {
  const times = Array.from({ length: rounds }, () => {
    const began = performance.now();
    run();
    return performance.now() - began;
  });
  return median(times);
}
