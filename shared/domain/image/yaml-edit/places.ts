import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseAllDocuments,
  visit,
  type Document,
  type Scalar,
  type YAMLMap,
} from 'yaml';

import { formatImageName, parseImageReference, type ImageName } from '../reference.ts';

/** One scalar that names the image, its tag or its digest. Offsets are UTF-16 units into the file's text. */
export interface Place {
  readonly kind: 'tag' | 'digest' | 'image';
  readonly start: number;
  readonly end: number;
  readonly style: 'plain' | 'single' | 'double';
  readonly value: string;
}

/** Places of one image in a file, or why none may be written. */
export type Found = { readonly places: readonly Place[] } | { readonly refused: string };

/** Aliases are never expanded, so that a nest of them costs nothing. */
const PARSE = { keepSourceTokens: true, uniqueKeys: false, merge: false, version: '1.2' } as const;
/** Kinds whose text is data, whatever it looks like. */
const DATA_KINDS = ['ConfigMap', 'Secret'];

/** All documents of a file. Errors are in each document's `errors`. */
export function parseDocuments(text: string): readonly Document.Parsed[] {
  const documents = parseAllDocuments(text, PARSE);
  return Array.isArray(documents) ? documents : [];
}

/** A cheap test that spares most files of a tree the parser. */
export function mentions(text: string, { repository }: ImageName): boolean {
  return text.includes(repository) || text.includes(repository.slice(repository.lastIndexOf('/') + 1));
}

/**
 * Finds the scalars that say which tag or digest of an image a file uses: `images` of a Kustomization, `image:` of a
 * container or a values file (Flux markers stand there too), `repository` with `tag` in values.
 */
export function findPlaces(text: string, image: ImageName): Found {
  const places: Place[] = [];
  const problems: string[] = [];
  const keep = (kind: Place['kind'], node: unknown): void => {
    const place = toPlace(kind, node);
    if (typeof place === 'string') {
      problems.push(place);
    } else {
      places.push(place);
    }
  };
  const documents = parseDocuments(text);
  for (const document of documents) {
    if (DATA_KINDS.includes(textOf(document.get('kind'))) || document.errors.length > 0) {
      continue;
    }
    visit(document, {
      Map: (key, map) => {
        inMap(map, image, keep);
      },
    });
  }
  const broken = documents.flatMap(({ errors }) => errors).at(0);
  if (broken !== undefined && (places.length > 0 || text.includes(image.repository))) {
    return { refused: `not valid YAML: ${broken.message.split('\n')[0] ?? ''}` };
  }
  const [problem] = problems;
  return problem === undefined ? { places: places.toSorted((a, b) => a.start - b.start) } : { refused: problem };
}

type Keep = (kind: Place['kind'], node: unknown) => void;

function inMap(map: YAMLMap, image: ImageName, keep: Keep): void {
  const full = formatImageName(image);
  const inline = map.get('image', true);
  if (isSameImage(textOf(inline), full)) {
    keep('image', inline);
  }
  const images = map.get('images', true);
  if (isSeq(images)) {
    for (const entry of images.items) {
      if (isMap(entry) && textOf(entry.get('newName') ?? entry.get('name')) === full) {
        keepTagAndDigest(entry, 'newTag', keep);
      }
    }
  }
  const repository = textOf(map.get('repository'));
  const registry = textOf(map.get('registry'));
  if (repository === full || (registry !== '' && `${registry}/${repository}` === full)) {
    keepTagAndDigest(map, 'tag', keep);
  }
}

function keepTagAndDigest(map: YAMLMap, tagKey: string, keep: Keep): void {
  const tag = map.get(tagKey, true);
  const digest = map.get('digest', true);
  if (tag !== undefined) {
    keep('tag', tag);
  }
  if (digest !== undefined && textOf(digest) !== '') {
    keep('digest', digest);
  }
}

function isSameImage(text: string, full: string): boolean {
  const reference = text.includes('/') ? parseImageReference(text) : undefined;
  return (
    reference !== undefined && formatImageName(reference) === full && (reference.tag ?? reference.digest) !== undefined
  );
}

function textOf(node: unknown): string {
  const value: unknown = isScalar(node) ? node.value : node;
  return typeof value === 'string' ? value : isScalar(node) ? (node.source ?? '') : '';
}

function toPlace(kind: Place['kind'], node: unknown): Place | string {
  if (isAlias(node)) {
    return `the ${kind} is an alias: write it out, or edit its anchor`;
  }
  if (!isScalar(node) || node.range === null || node.range === undefined) {
    return `the ${kind} is not a plain value`;
  }
  const style = styleOf(node);
  const [start, end] = node.range;
  return style === undefined ? `the ${kind} is a block scalar` : { kind, start, end, style, value: textOf(node) };
}

function styleOf({ type }: Scalar): Place['style'] | undefined {
  return type === 'PLAIN'
    ? 'plain'
    : type === 'QUOTE_SINGLE'
      ? 'single'
      : type === 'QUOTE_DOUBLE'
        ? 'double'
        : undefined;
}
