import { isAlias, isScalar, type Alias, type Node, type YAMLMap } from 'yaml';

import { cutReference } from '../reference.ts';
import { isReferenceOfImage, isVersionOfImage } from './beside.ts';
import type { Claim, Claims } from './claim.ts';
import { toMissingPlace } from './missing-key.ts';
import { textOf, withMerged, type Anchored } from './nodes.ts';
import { countingRepeats, ownerOf, ownersOf, readPaths, type Owner, type Paths } from './paths.ts';
import type { IndexedFile, Place, PlaceKind, ScalarText } from './place.ts';
import { Refusal } from './refusal.ts';
import { readScalar } from './scalar-text.ts';

/** Places of one document, or why it must not be edited. */
export type Settled = { readonly places: readonly Place[] } | { readonly refused: string };

const TAG_KEY = /(?:tag|digest)$/i;
const NAME_KEY = /(?:repository|name|image)$/i;
/** What Helm, Flux and shells fill in later. */
const TEMPLATE = /\{\{|\$\{|\$\(/;

/**
 * Turns claims into places. An alias is written at its anchor, once, if all its uses are claimed or stand for the image;
 * an anchor that also stands for another image is refused, as are keys that stand twice on the way and scalars that
 * cannot be spliced. What a template fills in stays, with a warning.
 */
export function settleClaims(file: IndexedFile, found: Claims): Settled {
  const { anchored, claims, missing, warnings } = found;
  try {
    const paths = readPaths(anchored.document);
    const repeatedIn = countingRepeats();
    for (const { node, map } of [...claims, ...missing.map((one) => ({ ...one, node: one.map }))]) {
      refuseRepeatedKeys(ownersOf(node, paths), map, repeatedIn);
    }
    const direct = new Map<Node, Claim>();
    for (const claim of claims.filter(({ node }) => !isAlias(node))) {
      keepClaim(direct, claim.node as Node, claim);
    }
    const claimed = new Set(claims.map(({ node }) => node));
    const isOurs = (use: Node): boolean => claimed.has(use) || standsForImage(use, paths, found);
    for (const claim of claims) {
      if (isAlias(claim.node)) {
        keepClaim(direct, aliasedScalar(claim, claim.node, { direct, isOurs, anchored }), claim);
      }
    }
    for (const [node] of direct) {
      refuseForeignUses([node, ...anchored.usesOf(node)], { isOurs, anchored }, paths);
    }
    const places = [...direct].map(([node, claim]) => toPlace(file, node, claim));
    const [written, templated] = [places.filter((place) => !isTemplate(place)), places.filter(isTemplate)];
    warnings.push(...templated.map(({ line, kind }) => `line ${line}: a template fills the ${kind} in; it stays`));
    return { places: [...written, ...missing.map((one) => toMissingPlace(file, one))] };
  } catch (error) {
    if (error instanceof Refusal) {
      return { refused: error.message };
    }
    throw error;
  }
}

/** An exact value replaces a template too. */
function isTemplate({ value, scalar }: Place): boolean {
  return value === undefined && TEMPLATE.test(scalar.text);
}

/** Neither a key on the way to a place nor one beside it may stand twice. */
function refuseRepeatedKeys(
  owners: readonly Owner[],
  beside: YAMLMap | undefined,
  repeatedIn: ReturnType<typeof countingRepeats>,
): void {
  const onTheWay = owners.find(({ key, map }) => repeatedIn(map).has(key));
  if (onTheWay !== undefined) {
    throw new Refusal(`${onTheWay.key} stands twice`);
  }
  if (beside !== undefined && repeatedIn(beside).size > 0) {
    throw new Refusal('a key stands twice beside the image');
  }
}

function keepClaim(kept: Map<Node, Claim>, node: Node, claim: Claim): void {
  const earlier = kept.get(node);
  if (earlier !== undefined && (earlier.kind !== claim.kind || earlier.value !== claim.value)) {
    throw new Refusal(`one scalar is claimed as ${earlier.kind} and as ${claim.kind}`);
  }
  kept.set(node, earlier ?? claim);
}

/** Exact keys and markers name some uses of an anchor; others may be the image's as well. */
function standsForImage(use: Node, paths: Paths, found: Claims): boolean {
  const owner = ownerOf(use, paths);
  return (
    owner !== undefined &&
    (isVersionOfImage(owner.map, owner.key, found) || isReferenceOfImage(owner.map, owner.key, found))
  );
}

interface Known {
  readonly direct: ReadonlyMap<Node, Claim>;
  readonly isOurs: (use: Node) => boolean;
  readonly anchored: Anchored;
}

function aliasedScalar({ kind }: Claim, alias: Alias, { direct, isOurs, anchored }: Known): Node {
  const target = anchored.target(alias);
  const isAllOurs = target !== undefined && (direct.has(target) || anchored.usesOf(target).every(isOurs));
  if (!isScalar(target) || !isAllOurs) {
    throw new Refusal(`the ${kind} is the alias *${alias.source}, which stands for something else too`);
  }
  return target;
}

/** A version that another image's keys hold, by the anchor or by an alias, would move with ours. */
function refuseForeignUses(uses: readonly Node[], { isOurs, anchored }: Omit<Known, 'direct'>, paths: Paths): void {
  const foreign = uses.find((use) => {
    const owner = isOurs(use) ? undefined : ownerOf(use, paths);
    return owner !== undefined && TAG_KEY.test(owner.key) && hasName(owner.map, anchored);
  });
  if (foreign !== undefined) {
    throw new Refusal('the value is anchored and stands for another image too');
  }
}

function hasName(map: YAMLMap, anchored: Anchored): boolean {
  return withMerged(map, anchored).some(({ items }) => items.some(({ key }) => NAME_KEY.test(textOf(key))));
}

function toPlace(file: IndexedFile, node: Node, { kind, mode, value }: Claim): Place {
  const scalar = readScalar(file.text, node);
  if (typeof scalar === 'string') {
    throw new Refusal(`the ${kind} ${scalar}`);
  }
  if (value === undefined && /\s/.test(scalar.text) && !TEMPLATE.test(scalar.text)) {
    throw new Refusal(`the ${kind} is of more than one word`);
  }
  return {
    ...file.positionOf(scalar.start),
    mode,
    kind,
    current: currentOf(kind, scalar.text),
    scalar: file.isJson ? quoted(scalar) : scalar,
    ...(value === undefined ? {} : { value }),
  };
}

/** JSON knows no plain text: a number or a null becomes a text in double quotes. */
function quoted(scalar: ScalarText): ScalarText {
  return { ...scalar, style: 'double' };
}

function currentOf(kind: PlaceKind, text: string): Place['current'] {
  const [tagText = '', digestText] = text.split('@');
  const reference = kind === 'image' ? cutReference(text) : { tag: tagText, digest: digestText };
  const { tag, digest } = kind === 'digest' ? { tag: undefined, digest: text } : kind === 'name' ? {} : reference;
  return {
    ...(tag === undefined || tag === '' ? {} : { tag }),
    ...(digest === undefined || digest === '' ? {} : { digest }),
  };
}
