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
 * @returns what differs otherwise, undefined if nothing does.
 */
export function findDifference(
  before: readonly Document.Parsed[],
  after: readonly Document.Parsed[],
  regions: readonly WrittenRegion[],
): string | undefined {
  const [left, right] = [before.flatMap(readNodes), after.flatMap(readNodes)];
  const expected = left.map((node) => {
    const region = regions.find((one) => one.addedKey === undefined && holds(node, one.before));
    return node.properties + (region === undefined ? node.content : contentOf(region.text));
  });
  const kept = right.filter((node) => !regions.some((one) => one.addedKey !== undefined && isIn(node, one)));
  const index = expected.findIndex((text, at) => text !== nodeText(kept[at]));
  if (index >= 0 || kept.length !== expected.length) {
    return `the edit would change more than its value (node ${index < 0 ? expected.length : index})`;
  }
  return regions.some((region) => region.addedKey !== undefined && !isAddedRight(right, region))
    ? 'the added key would not read as written'
    : undefined;
}

function nodeText(node: WrittenNode | undefined): string | undefined {
  return node === undefined ? undefined : node.properties + node.content;
}

function contentOf(text: string): string {
  return `string ${text}`;
}

function holds({ start, end, content }: WrittenNode, offset: number): boolean {
  return !content.startsWith('=') && (start === offset || (start < offset && offset < end));
}

function isIn({ start }: WrittenNode, { after, afterEnd }: WrittenRegion): boolean {
  return start >= after && start < afterEnd;
}

function isAddedRight(nodes: readonly WrittenNode[], region: WrittenRegion): boolean {
  const added = nodes
    .filter((node) => isIn(node, region) && !node.content.startsWith('='))
    .map(({ content }) => content);
  return added.join('\n') === [contentOf(region.addedKey ?? ''), contentOf(region.text)].join('\n');
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
