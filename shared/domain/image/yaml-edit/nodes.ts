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
  /** The aliases that stand for a node, in the order of the text. */
  readonly usesOf: (node: Node) => readonly Alias[];
}

/** Names may be anchored anew: an alias stands for the last anchor before it. */
export function readAnchors(document: Document.Parsed): Anchored {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  const uses = new Map<Node, Alias[]>();
  visit(document, {
    Alias: (_key, alias) => {
      const target = anchors.get(alias.source);
      if (target !== undefined) {
        targets.set(alias, target);
        uses.set(target, uses.get(target) ?? []);
        uses.get(target)?.push(alias);
      }
    },
    Value: (_key, node) => {
      if (node.anchor !== undefined) {
        anchors.set(node.anchor, node);
      }
    },
  });
  return { document, target: (alias) => targets.get(alias), usesOf: (node) => uses.get(node) ?? [] };
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

/** A list of pairs is walked up to here; a longer one is indexed, so that a look-up takes no time linear to the map. */
const MAX_WALKED = 20;
const indexes = new WeakMap<YAMLMap, ReadonlyMap<string, unknown>>();

/** Value of a key that stands in the map itself; of a key that stands twice, the first. */
export function ownValue(map: YAMLMap, key: string): unknown {
  return map.items.length <= MAX_WALKED
    ? (map.items.find((pair) => textOf(pair.key) === key)?.value ?? undefined)
    : indexOf(map).get(key);
}

function indexOf(map: YAMLMap): ReadonlyMap<string, unknown> {
  const known = indexes.get(map);
  if (known !== undefined) {
    return known;
  }
  const index = new Map(map.items.toReversed().map((pair) => [textOf(pair.key), pair.value ?? undefined]));
  indexes.set(map, index);
  return index;
}

/** Text of a key, in the map itself or inherited through `<<`. */
export function lookUp(map: YAMLMap, key: string, anchored: Anchored): string {
  const own = withMerged(map, anchored)
    .values()
    .map((one) => ownValue(one, key))
    .find((value) => value !== undefined);
  return textOf(resolve(own, anchored));
}

/** Maps that are merged into one, by any number of steps; more are no hand-written file. */
const MAX_MERGED = 100;

/** A map and all that it inherits from through `<<`, each once; of a key that stands in several, the first counts. */
export function withMerged(map: YAMLMap, anchored: Anchored): readonly YAMLMap[] {
  const all = new Set<YAMLMap>();
  const due: unknown[] = [map];
  while (due.length > 0 && all.size < MAX_MERGED) {
    const next = resolve(due.pop(), anchored);
    if (isMap(next) && !all.has(next)) {
      all.add(next);
      const merged = resolve(ownValue(next, '<<'), anchored);
      due.push(...(isSeq(merged) ? merged.items.slice(0, MAX_MERGED).toReversed() : [merged]));
    }
  }
  return [...all];
}

/** Keys that stand more than once: readers disagree about which one counts. Merges may stand often. */
export function repeatedKeys(map: YAMLMap): ReadonlySet<string> {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const key of map.items.map((pair) => textOf(pair.key))) {
    (seen.has(key) && key !== '<<' ? repeated : seen).add(key);
  }
  return repeated;
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
