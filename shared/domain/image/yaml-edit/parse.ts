import { Composer, type Document } from 'yaml';

import { parseTokens } from '../../yaml-tokens.ts';

/** A file's documents, or why it cannot be edited. */
export type ParsedFile = { readonly documents: readonly Document.Parsed[] } | { readonly refused: string };

/** Aliases are never expanded, so that a nest of them costs nothing; duplicate keys are looked for where we edit. */
const OPTIONS = { uniqueKeys: false, merge: false, version: '1.2', prettyErrors: false, logLevel: 'silent' } as const;
/** Larger files are generated; the tree reader passes them over as well. */
const MAX_FILE_BYTES = 1024 * 1024;
/** Deeper than any manifest. */
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
  const tokens = parseTokens(text, MAX_DEPTH);
  if (tokens === undefined) {
    return { refused: `nested deeper than ${MAX_DEPTH} levels` };
  }
  const documents = [...new Composer(OPTIONS).compose(tokens, false)];
  const error = documents.flatMap(({ errors }) => errors).at(0);
  return error === undefined
    ? { documents }
    : { refused: `not valid YAML: ${error.message} (line ${lineOf(text, error.pos[0])})` };
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
