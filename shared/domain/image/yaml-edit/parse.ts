import { Composer, Parser, type CST, type Document } from 'yaml';

/** A file's documents, or why it cannot be edited. */
export type ParsedFile = { readonly documents: readonly Document.Parsed[] } | { readonly refused: string };

/** Aliases are never expanded, so that a nest of them costs nothing; duplicate keys are looked for where we edit. */
const OPTIONS = { uniqueKeys: false, merge: false, version: '1.2', prettyErrors: false, logLevel: 'silent' } as const;
/** Larger files are generated; the tree reader passes them over as well. */
const MAX_FILE_BYTES = 1024 * 1024;
/** Deeper than any manifest; the composer is recursive. */
const MAX_DEPTH = 100;

/** Parses a YAML or JSON file with all its documents; a broken one is refused as a whole. */
export function parseFile(text: string): ParsedFile {
  if (text.length > MAX_FILE_BYTES || new TextEncoder().encode(text).length > MAX_FILE_BYTES) {
    return { refused: `larger than ${MAX_FILE_BYTES} bytes` };
  }
  // YAML ends a line at a lone carriage return, the parser does not: offsets would mean something else to others.
  if (/\r(?!\n)/.test(text)) {
    return { refused: 'has a carriage return without a newline' };
  }
  const depth = flowDepth(text);
  if (depth > MAX_DEPTH) {
    return tooDeep();
  }
  const tokens = [...new Parser().parse(text)];
  if (isTooDeep(tokens)) {
    return tooDeep();
  }
  const documents = [...new Composer(OPTIONS).compose(tokens, false)];
  const error = documents.flatMap(({ errors }) => errors).at(0);
  return error === undefined
    ? { documents }
    : { refused: `not valid YAML: ${error.message} (line ${lineOf(text, error.pos[0])})` };
}

function tooDeep(): ParsedFile {
  return { refused: `nested deeper than ${MAX_DEPTH} levels` };
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

/** Greatest number of brackets open at once, whatever they mean: a cheap bound before the parser's own stack grows. */
function flowDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    depth = bracket === '[' || bracket === '{' ? depth + 1 : Math.max(depth - 1, 0);
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

function isTooDeep(tokens: readonly CST.Token[]): boolean {
  let level: readonly CST.Token[] = tokens;
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) {
      return true;
    }
    level = level.flatMap(childrenOf);
  }
  return false;
}

function childrenOf(token: CST.Token): readonly CST.Token[] {
  if (token.type === 'document') {
    return token.value === undefined ? [] : [token.value];
  }
  if (!('items' in token)) {
    return [];
  }
  return token.items.flatMap(({ key, value }) => [key, value].filter((child) => child !== undefined && child !== null));
}
