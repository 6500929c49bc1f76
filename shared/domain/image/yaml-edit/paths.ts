import { isMap, isPair, visit, type Document, type Node, type Pair, type YAMLMap } from 'yaml';

import { repeatedKeys, textOf } from './nodes.ts';

/** For every node of a document, what holds it, outermost first: collections, each with the pair that was taken. */
export type Paths = ReadonlyMap<unknown, readonly (Document | Node | Pair)[]>;

/** A map and the key in it under which a value stands. */
export interface Owner {
  readonly key: string;
  readonly map: YAMLMap;
}

/** Walks a document once. */
export function readPaths(document: Document.Parsed): Paths {
  const paths = new Map<unknown, readonly (Document | Node | Pair)[]>();
  visit(document, {
    Node: (_key, node, path) => {
      paths.set(node, path);
    },
  });
  return paths;
}

/** Maps with the keys that lead to a node, outermost first. */
export function ownersOf(node: unknown, paths: Paths): readonly Owner[] {
  const path = paths.get(node) ?? [];
  return path.flatMap((step, index) => {
    const map = path[index - 1];
    return isPair(step) && isMap(map) ? [{ key: textOf(step.key), map }] : [];
  });
}

/** The map that a value stands in; undefined for a list item and for a document's root. */
export function ownerOf(node: unknown, paths: Paths): Owner | undefined {
  return isPair(paths.get(node)?.at(-1)) ? ownersOf(node, paths).at(-1) : undefined;
}

/** Tells the keys that stand more than once in a map; counts each map once, however often it is asked for. */
export function countingRepeats(): (map: YAMLMap) => ReadonlySet<string> {
  const counted = new Map<YAMLMap, ReadonlySet<string>>();
  return (map) => {
    const repeated = counted.get(map) ?? repeatedKeys(map);
    counted.set(map, repeated);
    return repeated;
  };
}
