import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  visit,
  type Alias,
  type Document,
  type Node,
  type Scalar,
  type YAMLMap,
} from 'yaml';

/** A document with what its aliases stand for. */
export interface Anchored {
  readonly document: Document.Parsed;
  /** Undefined for an alias without an anchor before it. */
  readonly target: (alias: Alias) => Node | undefined;
  /** Every alias with what it stands for. */
  readonly aliases: ReadonlyMap<Alias, Node | undefined>;
}

/** Names may be anchored anew: an alias stands for the last anchor before it. */
export function readAnchors(document: Document.Parsed): Anchored {
  const anchors = new Map<string, Node>();
  const aliases = new Map<Alias, Node | undefined>();
  visit(document, {
    Alias: (_key, alias) => {
      aliases.set(alias, anchors.get(alias.source));
    },
    Value: (_key, node) => {
      if (node.anchor !== undefined) {
        anchors.set(node.anchor, node);
      }
    },
  });
  return { document, aliases, target: (alias) => aliases.get(alias) };
}

/** The node itself, or what an alias stands for. */
export function resolve(node: unknown, { target }: Anchored): unknown {
  return isAlias(node) ? target(node) : node;
}

/** A scalar's text as written: `1.10` stays `1.10`; nothing and null are empty. */
export function textOf(node: unknown): string {
  if (!isScalar(node) || node.value === null) {
    return '';
  }
  return typeof node.value === 'string' ? node.value : (node.source ?? '');
}

/** Value of a key that stands in the map itself. */
export function ownValue(map: YAMLMap, key: string): unknown {
  return map.items.find((pair) => textOf(pair.key) === key)?.value ?? undefined;
}

/** More merges in a row are no hand-written file. */
const MAX_MERGES = 20;

/** Text of a key, in the map itself or inherited through `<<`. */
export function lookUp(map: YAMLMap, key: string, anchored: Anchored, merges = 0): string {
  const own = ownValue(map, key);
  if (own !== undefined) {
    return textOf(resolve(own, anchored));
  }
  const merged = resolve(ownValue(map, '<<'), anchored);
  const bases = isSeq(merged) ? merged.items.map((item) => resolve(item, anchored)) : [merged];
  for (const base of merges < MAX_MERGES ? bases : []) {
    const inherited = isMap(base) ? lookUp(base, key, anchored, merges + 1) : '';
    if (inherited !== '') {
      return inherited;
    }
  }
  return '';
}

/** True where a key stands twice: readers disagree about which one counts. */
export function hasDuplicateKeys(map: YAMLMap): boolean {
  const keys = map.items.map(({ key }) => textOf(key)).filter((key) => key !== '<<');
  return new Set(keys).size < keys.length;
}

/** How often a key stands in a map. */
export function countKey(map: YAMLMap, key: string): number {
  return map.items.filter((pair) => textOf(pair.key) === key).length;
}

/** Kind of a Kubernetes object; empty where the document is none. */
export function kindOf(node: unknown): string {
  return isMap(node) ? textOf(ownValue(node, 'kind')) : '';
}

/** The maps of a list, in order. */
export function mapsIn(node: unknown): readonly YAMLMap[] {
  return isSeq(node) ? node.items.filter((item): item is YAMLMap => isMap(item)) : [];
}

/** @public */
export type { Scalar };
