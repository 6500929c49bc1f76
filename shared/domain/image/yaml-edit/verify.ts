import { isAlias, isMap, isNode, isScalar, visit, type Document, type Node } from 'yaml';

/** Characters that an edit wrote, with what they must read as. Offsets count in each text by itself. */
export interface WrittenRegion {
  readonly before: number;
  readonly after: number;
  readonly afterEnd: number;
  /** What the scalar must be, as text. */
  readonly text: string;
  /** Name of the key that was added with it; the nodes before the edit hold neither. */
  readonly addedKey?: string;
}

/** One node as written: an alias is its name, a collection its bounds, a scalar its type and text. */
interface WrittenNode {
  readonly start: number;
  readonly end: number;
  /** Anchor and tag. */
  readonly properties: string;
  readonly content: string;
}

/**
 * Compares two files node by node as written; only the scalars of the regions may differ, and only as they should.
 *
 * @param regions - in the order of the text.
 * @returns what differs otherwise, undefined if nothing does.
 */
export function findDifference(
  before: readonly Document.Parsed[],
  after: readonly Document.Parsed[],
  regions: readonly WrittenRegion[],
): string | undefined {
  const [left, right] = [before.flatMap(readNodes), after.flatMap(readNodes)];
  const replaced = regions.filter(({ addedKey }) => addedKey === undefined);
  const added = regions.filter(({ addedKey }) => addedKey !== undefined);
  const expected = left.map((node) => {
    const region = replacedIn(node, replaced);
    return node.properties + (region === undefined ? node.content : contentOf(region.text));
  });
  const kept: WrittenNode[] = [];
  const addedTexts = new Map<WrittenRegion, string[]>(added.map((region) => [region, []]));
  for (const node of right) {
    const texts = addedTexts.get(regionAround(node, added) ?? NO_REGION);
    if (texts === undefined) {
      kept.push(node);
    } else if (!node.content.startsWith('=')) {
      texts.push(node.content);
    }
  }
  const index = expected.findIndex((text, at) => text !== nodeText(kept[at]));
  if (index >= 0 || kept.length !== expected.length) {
    return `the edit would change more than its value (node ${index < 0 ? expected.length : index})`;
  }
  return [...addedTexts].every(
    ([{ addedKey = '', text }, texts]) => texts.join('\n') === [contentOf(addedKey), contentOf(text)].join('\n'),
  )
    ? undefined
    : 'the added key would not read as written';
}

const NO_REGION: WrittenRegion = { before: -1, after: -1, afterEnd: -1, text: '' };

function nodeText(node: WrittenNode | undefined): string | undefined {
  return node === undefined ? undefined : node.properties + node.content;
}

function contentOf(text: string): string {
  return `string ${text}`;
}

/** The region that a scalar of the text before holds; scalars do not overlap, and nor do regions. */
function replacedIn(
  { start, end, content }: WrittenNode,
  regions: readonly WrittenRegion[],
): WrittenRegion | undefined {
  const next = regions[countUntil(regions, (region) => region.before >= start)];
  const isHeld = next !== undefined && (next.before === start || next.before < end);
  return isHeld && !content.startsWith('=') ? next : undefined;
}

/** The region in which a node of the text after starts. */
function regionAround({ start }: WrittenNode, regions: readonly WrittenRegion[]): WrittenRegion | undefined {
  const last = regions[countUntil(regions, (region) => region.after > start) - 1];
  return last !== undefined && start < last.afterEnd ? last : undefined;
}

/** How many regions come before the first that has passed a point of the text. */
function countUntil(regions: readonly WrittenRegion[], hasPassed: (region: WrittenRegion) => boolean): number {
  let [low, high] = [0, regions.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const region = regions[middle];
    [low, high] = region !== undefined && hasPassed(region) ? [low, middle] : [middle + 1, high];
  }
  return low;
}

/** In the order of the text, each with its depth, which together tell the tree. */
function readNodes(document: Document.Parsed): readonly WrittenNode[] {
  const nodes: WrittenNode[] = [{ start: -1, end: -1, properties: '', content: '=document' }];
  visit(document, {
    Node: (_key, node, path) => {
      const [start = -1, end = -1] = node.range ?? [];
      nodes.push({ start, end, properties: `${path.length} ${propertiesOf(node)}`, content: readContent(node) });
    },
    Pair: (_key, { key }) => {
      const start = isNode(key) ? (key.range?.[0] ?? -1) : -1;
      nodes.push({ start, end: -1, properties: '', content: '=pair' });
    },
  });
  return nodes;
}

function propertiesOf(node: Node): string {
  return isAlias(node) ? '' : `&${node.anchor ?? ''} !${node.tag ?? ''} `;
}

/** What is no scalar starts with `=`. */
function readContent(node: Node): string {
  if (isScalar(node)) {
    return typeof node.value === 'string' ? contentOf(node.value) : `other ${node.source ?? ''}`;
  }
  return isAlias(node) ? `=*${node.source}` : isMap(node) ? '=map' : '=list';
}
