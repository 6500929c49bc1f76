import { Composer, visit, type Document } from 'yaml';

import { parseTokens } from '../../yaml-tokens.ts';

/** A file's documents, or why it cannot be edited. */
export type ParsedFile = { readonly documents: readonly Document.Parsed[] } | { readonly refused: string };

/** Aliases are never expanded, so that a nest of them costs nothing; duplicate keys are looked for where we edit. */
const OPTIONS = { uniqueKeys: false, merge: false, version: '1.2', prettyErrors: false, logLevel: 'silent' } as const;
/** Larger files are generated; the tree reader passes them over as well. */
const MAX_FILE_BYTES = 1024 * 1024;
/** Deeper than any manifest. */
const MAX_DEPTH = 100;

/** Line breaks to YAML 1.1, as most of Kubernetes reads it, and text to YAML 1.2. */
const FOREIGN_BREAK = /[\u0085\u2028\u2029]/;

/** Parses a YAML or JSON file with all its documents; a broken one is refused as a whole. */
export function parseFile(text: string): ParsedFile {
  if (text.length > MAX_FILE_BYTES || new TextEncoder().encode(text).length > MAX_FILE_BYTES) {
    return { refused: `larger than ${MAX_FILE_BYTES} bytes` };
  }
  // YAML ends a line at a lone carriage return, the parser does not: offsets would mean something else to others.
  if (/\r(?!\n)/.test(text)) {
    return { refused: 'has a carriage return without a newline' };
  }
  const tokens = parseTokens(text, MAX_DEPTH);
  if (tokens === undefined) {
    return { refused: `nested deeper than ${MAX_DEPTH} levels` };
  }
  const documents = [...new Composer(OPTIONS).compose(tokens, false)];
  const error = documents.flatMap(({ errors }) => errors).at(0);
  if (error !== undefined) {
    return { refused: `not valid YAML: ${error.message} (line ${lineOf(text, error.pos[0])})` };
  }
  return FOREIGN_BREAK.test(text) && documents.some(breaksPlainText)
    ? { refused: 'has a line break of YAML 1.1 in text without quotes' }
    : { documents };
}

/** Where a document starts, with the comments above its first node, which its own range leaves out. */
export function startOf(documents: readonly Document.Parsed[], index: number): number {
  return documents[index - 1]?.range[2] ?? 0;
}

function breaksPlainText(document: Document.Parsed): boolean {
  let isBroken = false;
  visit(document, {
    Scalar: (_key, { type, source = '' }) => {
      isBroken = type === 'PLAIN' && FOREIGN_BREAK.test(source);
      return isBroken ? visit.BREAK : undefined;
    },
  });
  return isBroken;
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
