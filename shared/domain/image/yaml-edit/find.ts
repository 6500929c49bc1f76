import type { Document } from 'yaml';

import { claimArgoApp } from './argocd-app.ts';
import type { Claims } from './claim.ts';
import { claimFluxObject } from './flux-objects.ts';
import { claimMarkers, MARKER, warnOfNearMisses } from './flux-marker.ts';
import { claimValues } from './helm-values.ts';
import { claimKeys } from './keys.ts';
import { indexLines } from './line-index.ts';
import { claimKustomization } from './kustomize.ts';
import { kindOf, mapsIn, ownValue, readAnchors, textOf } from './nodes.ts';
import { parseFile, startOf } from './parse.ts';
import type { EditMode, FoundPlaces, IndexedFile, Place, PlaceQuery, TextFile } from './place.ts';
import { claimManifest } from './raw-manifest.ts';
import { settleClaims } from './settle.ts';

const KUSTOMIZATION_FILE = /(?:^|\/)kustomization(?:\.ya?ml)?$/i;
const ARGO_SOURCE_FILE = /(?:^|\/)\.argocd-source[^/]*\.ya?ml$/;
const FLUX_API = /^[a-z]+\.toolkit\.fluxcd\.io\//;

/** A cheap test that spares most files of a tree the parser: false means that no place of the image is in the text. */
export function mentions(text: string, { repository }: PlaceQuery['image']): boolean {
  return text.includes(repository.slice(repository.lastIndexOf('/') + 1));
}

/** Forms that a file can hold, in the order of its documents; none for a file that is not valid YAML. @public */
export function detectModes(path: string, text: string): readonly EditMode[] {
  const parsed = parseFile(text);
  const documents = 'refused' in parsed ? [] : parsed.documents;
  return [...new Set(documents.map((document) => modeOf({ path, text }, document.contents)))];
}

/**
 * Finds the scalars that say which version of an image a file uses. Pure; writes nothing.
 *
 * A file that is broken, too large or nested too deep, and a place that cannot be written safely (an alias that stands
 * for another image too, a value of several lines, a key that stands twice), refuse the whole file.
 */
export function findImagePlaces(file: TextFile, query: PlaceQuery): FoundPlaces {
  const parsed = parseFile(file.text);
  if ('refused' in parsed) {
    // A file of another kind in the same folder, such as a chart's template, is nobody's concern.
    const isOurs = query.mode !== undefined || file.text.includes(query.image.repository);
    return { documents: [], places: [], warnings: [], ...(isOurs ? { refused: parsed.refused } : {}) };
  }
  const { documents } = parsed;
  const indexed: IndexedFile = { ...file, isJson: isJsonText(file.text), positionOf: indexLines(file.text) };
  const places: Place[] = [];
  const warnings: string[] = [];
  const keys = new Set<string>();
  for (const [index, document] of documents.entries()) {
    const found: Claims = {
      anchored: readAnchors(document),
      from: startOf(documents, index),
      image: query.image,
      claims: [],
      missing: [],
      warnings,
    };
    for (const key of claimDocument(indexed, query, found)) {
      keys.add(key);
    }
    const settled = settleClaims(indexed, found);
    if ('refused' in settled) {
      return { documents, places: [], warnings, refused: settled.refused };
    }
    places.push(...settled.places);
  }
  const absent = (query.keys ?? []).map(({ key }) => key).filter((key) => !keys.has(key));
  warnings.push(...absent.map((key) => `${key} does not stand in the file`));
  return {
    documents,
    places: places.toSorted((a, b) => a.scalar.start - b.scalar.start),
    warnings,
    ...(absent.length > 0 && keys.size === 0 ? { refused: 'none of the keys stands in the file' } : {}),
  };
}

function isJsonText(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) {
    return false;
  }
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Returns the keys of the query that stand in the document. */
function claimDocument(file: IndexedFile, query: PlaceQuery, found: Claims): readonly string[] {
  const root = found.anchored.document.contents;
  const mode = query.mode ?? modeOf(file, root);
  if (query.keys !== undefined) {
    return claimKeys(root, query.keys, mode, found);
  }
  if (query.mode === undefined && mode !== 'flux-marker') {
    warnOfNearMisses(file, found);
  }
  switch (mode) {
    case 'kustomize-images':
      claimKustomization(found);
      break;
    case 'flux-marker':
      claimMarkers(file, query.policies, found);
      break;
    case 'helm-values':
      claimValues(root, mode, found);
      break;
    case 'raw-manifest':
      claimManifest(root, found);
      break;
    case 'argocd-app':
      claimArgoApp(root, found);
      break;
    case 'helmrelease-or-flux':
      claimFluxObject(root, found);
      break;
  }
  return [];
}

/** Who marks lines for Flux has said which lines may move, so that markers go before all other forms of the file. */
function modeOf({ path, text }: TextFile, root: Document.Parsed['contents']): EditMode {
  const kind = kindOf(root);
  const apiVersion = kind === '' ? '' : textOf(ownValue(root as Parameters<typeof ownValue>[0], 'apiVersion'));
  if (text.includes(`"${MARKER}"`)) {
    return 'flux-marker';
  }
  if (ARGO_SOURCE_FILE.test(path) || (apiVersion.startsWith('argoproj.io/') && /^Application(?:Set)?$/.test(kind))) {
    return 'argocd-app';
  }
  if (FLUX_API.test(apiVersion)) {
    return 'helmrelease-or-flux';
  }
  if (kind === 'Kustomization' || kind === 'Component' || KUSTOMIZATION_FILE.test(path)) {
    return 'kustomize-images';
  }
  if (kind !== '') {
    return 'raw-manifest';
  }
  return hasKustomizeEntries(root) ? 'kustomize-images' : 'helm-values';
}

/** A Kustomization may leave out its kind. */
function hasKustomizeEntries(root: unknown): boolean {
  const images = ownValueOf(root, 'images');
  return mapsIn(images).some(
    (entry) => ownValue(entry, 'newTag') !== undefined || ownValue(entry, 'newName') !== undefined,
  );
}

function ownValueOf(node: unknown, key: string): unknown {
  return typeof node === 'object' && node !== null && 'items' in node
    ? ownValue(node as Parameters<typeof ownValue>[0], key)
    : undefined;
}
