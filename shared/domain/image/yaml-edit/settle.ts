import { isAlias, isMap, isScalar, visit, type Alias, type Node, type YAMLMap } from 'yaml';

import { cutReference } from '../reference.ts';
import type { Claim, Claims, MissingKey } from './claim.ts';
import type { Position } from './line-index.ts';
import { hasDuplicateKeys, textOf } from './nodes.ts';
import type { Place, PlaceKind, ScalarText } from './place.ts';
import { readScalar } from './scalar-text.ts';

/** Places of one document, or why it must not be edited. */
export type Settled = { readonly places: readonly Place[] } | { readonly refused: string };

/** The whole file's text and its positions. */
export interface SettledFile {
  readonly text: string;
  readonly positionOf: (offset: number) => Position;
}

/** Refuses a document; caught where claims are settled, so that no finder carries results about. */
class Refusal extends Error {}

const TAG_KEY = /(?:tag|digest)$/i;
const NAME_KEY = /(?:repository|name|image)$/i;

/**
 * Turns claims into places. An alias is written at its anchor, once, if all its uses are claimed; an anchor that also
 * stands for another image is refused, as are keys that stand twice and scalars that cannot be spliced.
 */
export function settleClaims(file: SettledFile, { anchored, claims, missing }: Claims): Settled {
  try {
    const direct = new Map<Node, Claim>();
    for (const claim of claims.filter(({ node }) => !isAlias(node))) {
      keepClaim(direct, claim.node as Node, claim);
    }
    const claimed = new Set(claims.map(({ node }) => node));
    const parents = readParents(anchored.document);
    for (const claim of claims) {
      if (isAlias(claim.node)) {
        const target = anchored.target(claim.node);
        const uses = usesOf(target, anchored.aliases);
        if (!isScalar(target) || (!direct.has(target) && !uses.every((use) => claimed.has(use)))) {
          throw new Refusal(
            `the ${claim.kind} is the alias *${claim.node.source}, which stands for something else too`,
          );
        }
        keepClaim(direct, target, claim);
      }
    }
    for (const [node] of direct) {
      refuseForeignUses(node, usesOf(node, anchored.aliases), { claimed, parents });
    }
    const places = [...direct].map(([node, claim]) => toPlace(file, node, claim));
    return { places: [...places, ...missing.map((one) => toMissingPlace(file, one))] };
  } catch (error) {
    if (error instanceof Refusal) {
      return { refused: error.message };
    }
    throw error;
  }
}

function keepClaim(kept: Map<Node, Claim>, node: Node, claim: Claim): void {
  const earlier = kept.get(node);
  if (earlier !== undefined && (earlier.kind !== claim.kind || earlier.value !== claim.value)) {
    throw new Refusal(`one scalar is claimed as ${earlier.kind} and as ${claim.kind}`);
  }
  if (claim.map !== undefined && hasDuplicateKeys(claim.map)) {
    throw new Refusal('a key stands twice beside the image');
  }
  kept.set(node, earlier ?? claim);
}

function usesOf(target: unknown, aliases: ReadonlyMap<Alias, Node | undefined>): readonly Alias[] {
  return target === undefined ? [] : [...aliases].filter(([, node]) => node === target).map(([alias]) => alias);
}

interface Owner {
  readonly key: string;
  readonly map: YAMLMap;
}

function readParents(document: Parameters<typeof visit>[0]): ReadonlyMap<unknown, Owner> {
  const parents = new Map<unknown, Owner>();
  visit(document, {
    Pair: (_key, { key, value }, path) => {
      const map = path.at(-1);
      if (isMap(map)) {
        parents.set(value, { key: textOf(key), map });
      }
    },
  });
  return parents;
}

/** A version that another image's keys hold, by the anchor or by an alias, would move with ours. */
function refuseForeignUses(
  node: Node,
  uses: readonly Alias[],
  { claimed, parents }: { readonly claimed: ReadonlySet<unknown>; readonly parents: ReadonlyMap<unknown, Owner> },
): void {
  const foreign = [node, ...uses].find((use) => {
    const owner = claimed.has(use) ? undefined : parents.get(use);
    return (
      owner !== undefined && TAG_KEY.test(owner.key) && owner.map.items.some(({ key }) => NAME_KEY.test(textOf(key)))
    );
  });
  if (foreign !== undefined) {
    throw new Refusal('the value is anchored and stands for another image too');
  }
}

function toPlace({ text, positionOf }: SettledFile, node: Node, { kind, mode, value }: Claim): Place {
  const scalar = readScalar(text, node);
  if (typeof scalar === 'string') {
    throw new Refusal(`the ${kind} ${scalar}`);
  }
  const position = positionOf(scalar.start);
  return {
    ...position,
    mode,
    kind,
    current: currentOf(kind, scalar.text),
    scalar,
    ...(value === undefined ? {} : { value }),
  };
}

/** The key goes below the entry's last one, or after it on the same line where the entry is in flow style. */
function toMissingPlace({ text, positionOf }: SettledFile, { mode, map, key }: MissingKey): Place {
  const last = map.items.at(-1);
  const [first] = map.items;
  const value = isScalar(last?.value) ? last.value : undefined;
  const keyStart = isScalar(first?.key) ? first.key.range?.[0] : undefined;
  const end = value?.range?.[1];
  const isOneLine = value?.type !== 'BLOCK_FOLDED' && value?.type !== 'BLOCK_LITERAL';
  if (end === undefined || keyStart === undefined || !isOneLine || hasDuplicateKeys(map)) {
    throw new Refusal(`the entry has no ${key}, and none can be added after its last key`);
  }
  const newline = text.indexOf('\n', end);
  const lineEnd = newline < 0 ? text.length : newline;
  const eol = text[lineEnd - 1] === '\r' ? '\r\n' : '\n';
  const at = map.flow === true ? end : eol === '\n' ? lineEnd : lineEnd - 1;
  const indent = ' '.repeat(keyStart - (text.lastIndexOf('\n', keyStart - 1) + 1));
  const lead = map.flow === true ? `, ${key}: ` : `${eol}${indent}${key}: `;
  const scalar: ScalarText = { start: at, end: at, style: 'absent', text: '', tail: '', lead };
  return { ...positionOf(at), mode, kind: 'tag', current: {}, scalar };
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
