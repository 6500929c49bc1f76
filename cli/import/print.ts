import { Document, isMap, isScalar } from 'yaml';

import { printable } from '../output.ts';
import type { FleetDraft } from './assemble.ts';
import type { Origin, Remark } from './draft.ts';

const HEAD = [
  ' Made by `reflex import`. Nothing is written as long as the mode is `observe`: read it, compare, then enforce.',
  ' Files that name an image are found by themselves: markers are not needed, and in a file that has some only the',
  ' marked lines are written. What has no equal is listed at the end.',
];

/** Prints a fleet file, with what each rule came from and all that has no equal as comments. Pure. */
export function printFleet(draft: FleetDraft, remarks: readonly Remark[]): string {
  const { registries, gitops, rollouts, images, origins } = draft;
  const sections = Object.entries({ registries, gitops, rollouts, images }).filter(
    ([, entries]) => Object.keys(entries).length > 0,
  );
  const document = new Document({
    version: 1,
    fleet: 'imported',
    defaults: { mode: 'observe' },
    ...Object.fromEntries(sections),
  });
  document.commentBefore = HEAD.join('\n');
  commentOn(document, ['registries'], ['Replace the ids by those of your registries.']);
  if (JSON.stringify(gitops).includes('"owner/repository"')) {
    commentOn(document, ['gitops'], ['Say which repository the files are of: --github OWNER/NAME.']);
  }
  for (const [name, from] of Object.entries(origins)) {
    commentOn(document, ['images', name], from.map(placed));
  }
  const rest = remarks.filter(({ severity }) => severity === 'unequal');
  const lines = rest.map((remark) => ` ${placed(remark)}: ${printable(remark.text)}`);
  if (lines.length > 0) {
    document.comment = [' No equal, for a person to look at:', ...lines].join('\n');
  }
  // A fleet file with the replacement character counts as one that is no UTF-8.
  return document.toString({ lineWidth: 0, singleQuote: true }).replaceAll('\uFFFD', '?');
}

/** `FILE:LINE KIND NAME` */
export function placed({ file, line, kind, name }: Origin): string {
  return printable(`${file}:${line} ${kind}${name === '' ? '' : ` ${name}`}`);
}

function commentOn(document: Document, path: readonly string[], lines: readonly string[]): void {
  const map = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const pair = isMap(map) ? map.items.find(({ key }) => isScalar(key) && key.value === path.at(-1)) : undefined;
  if (isScalar(pair?.key)) {
    pair.key.commentBefore = lines.map((line) => ` ${line}`).join('\n');
  }
}
