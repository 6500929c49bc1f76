import type { Scalar, YAMLMap } from 'yaml';

import { isVersionOfImage } from './beside.ts';
import { isReferenceTo, type Claims } from './claim.ts';
import { textOf } from './nodes.ts';
import { readMarkedComments, type MarkedValue } from './marker-comments.ts';
import type { IndexedFile, MarkerPolicy, PlaceKind } from './place.ts';

/** Flux reads a file only if it holds this. */
export const MARKER = '$imagepolicy';

/**
 * Comments that look as if they were meant to be a marker: one without its quotes or braces, or with its word misspelt.
 * Prose that names the thing, templates and the setters of other tools (`$openapi`, `$kpt-set`) do not.
 */
export const NEAR =
  /\$image[-_]?policy|["'{]\s*image[-_]?policy|(?<!\{)\{\s*["']?\$(?:im|\w*pol)|image[-_ ]?policy\s*[:=]\s*["']?[a-z\d-]+:[a-z\d-]+/gi;
const REFERENCE = /^([^:]+:[^:]+)(?::(tag|name|digest))?$/;
const KINDS: Readonly<Record<string, PlaceKind>> = { tag: 'tag', name: 'name', digest: 'digest' };
const FORM =
  '# {"$imagepolicy": "namespace:name"}, with :tag, :name or :digest after the name where only that part stands';

/**
 * Scalars with a setter marker: the whole comment at the end of the scalar's line, or the one comment line above a
 * scalar list item. A comment that comes close gives a warning with its line and the right form.
 *
 * @param policies - absent: a marker counts where the scalar, or the keys beside it, name the image.
 */
export function claimMarkers(
  { text, positionOf }: IndexedFile,
  policies: Readonly<Record<string, MarkerPolicy>> | undefined,
  found: Claims,
): void {
  for (const comment of readMarkedComments(text, found.anchored.document, { words: NEAR, from: found.from })) {
    const { value } = comment;
    const marker = parseMarker(comment.text);
    const { line } = positionOf(comment.start);
    if (marker === undefined || value === undefined) {
      found.warnings.push(nearMiss(line, marker === undefined ? 'is not written so' : 'belongs to no scalar'));
    } else if (policies === undefined) {
      claimBeside(value, marker.kind, found);
    } else {
      claimPolicy(value, { ...marker, line, policy: ownPolicy(policies, marker.policy) }, found);
    }
  }
}

/** Warns of comments that come close to a marker, in a file that has none. */
export function warnOfNearMisses({ text, positionOf }: IndexedFile, { anchored, from, warnings }: Claims): void {
  for (const { start } of readMarkedComments(text, anchored.document, { words: NEAR, from })) {
    warnings.push(nearMiss(positionOf(start).line, 'is not written so'));
  }
}

function nearMiss(line: number, why: string): string {
  return `line ${line}: a marker that ${why} does nothing; expected ${FORM}`;
}

/** What a marker asks for. */
interface Marker {
  readonly policy: string;
  readonly kind: PlaceKind;
}

/** Reads a comment without its number signs; undefined where it is no marker. */
export function parseMarker(comment: string): Marker | undefined {
  const [, policy = '', part] = REFERENCE.exec(readJson(comment)) ?? [];
  return policy === '' ? undefined : { policy, kind: part === undefined ? 'image' : (KINDS[part] ?? 'image') };
}

/** Flux decodes the comment into a map of texts: anything else is an ordinary comment. */
function readJson(comment: string): string {
  try {
    const parsed: unknown = JSON.parse(comment);
    const entries = typeof parsed === 'object' && parsed !== null ? Object.entries(parsed) : [];
    const isTexts = entries.every(([, value]) => typeof value === 'string');
    const marker: unknown = isTexts ? new Map(entries).get(MARKER) : undefined;
    return typeof marker === 'string' ? marker : '';
  } catch {
    return '';
  }
}

function ownPolicy(policies: Readonly<Record<string, MarkerPolicy>>, name: string): MarkerPolicy | undefined {
  return Object.hasOwn(policies, name) ? policies[name] : undefined;
}

interface Named {
  readonly kind: PlaceKind;
  readonly line: number;
  readonly policy: MarkerPolicy | undefined;
}

function claimPolicy({ scalar, map }: MarkedValue, { kind, line, policy }: Named, found: Claims): void {
  if (policy === undefined) {
    found.warnings.push(`line ${line}: the marker names a policy that is not known`);
    return;
  }
  const { name, tag, digest } = policy;
  const whole = `${name}:${tag}${digest === undefined ? '' : `@${digest}`}`;
  const value = { image: whole, name, tag, digest }[kind];
  if (value === undefined) {
    found.warnings.push(`line ${line}: the marker asks for a digest, which its policy does not carry`);
    return;
  }
  found.claims.push({ kind, mode: 'flux-marker', node: scalar, value, ...(map === undefined ? {} : { map }) });
}

/** Without policies the fleet's image decides; a name is never written then. */
function claimBeside({ scalar, map }: MarkedValue, kind: PlaceKind, found: Claims): void {
  const isOurs =
    kind === 'image'
      ? isReferenceTo(found, textOf(scalar)) !== 'no'
      : kind !== 'name' && map !== undefined && isBeside(map, scalar, found);
  if (isOurs) {
    found.claims.push({ kind, mode: 'flux-marker', node: scalar, ...(map === undefined ? {} : { map }) });
  }
}

function isBeside(map: YAMLMap, scalar: Scalar, found: Claims): boolean {
  return isVersionOfImage(map, textOf(map.items.find(({ value }) => value === scalar)?.key), found);
}
