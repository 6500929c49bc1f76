import { isMap, isSeq, visit, type Document, type Scalar, type YAMLMap } from 'yaml';

import { countUpTo } from './line-index.ts';

/** A comment that holds some words, and the scalar that it marks, if any. */
export interface MarkedComment {
  /** Offset of the first `#`. */
  readonly start: number;
  /** Without the number signs. */
  readonly text: string;
  readonly value: MarkedValue | undefined;
}

/** A scalar that is a value or a list item, with the map that holds it. */
export interface MarkedValue {
  readonly scalar: Scalar;
  readonly map?: YAMLMap;
}

interface Span extends MarkedValue {
  readonly start: number;
  readonly end: number;
  readonly role: 'key' | 'value' | 'item';
}

/**
 * Comments of a document that a pattern matches. A comment marks the scalar before it on its line; one that stands alone
 * marks the scalar list item on the next line, unless the line above is a comment too or the item's line holds another.
 * Text inside of scalars is data.
 *
 * @param search.words - with the flag `g`, in time linear to the text.
 * @param search.from - where the document starts, as `startOf` says.
 */
export function readMarkedComments(
  text: string,
  document: Document.Parsed,
  { words, from }: { readonly words: RegExp; readonly from: number },
): readonly MarkedComment[] {
  const spans = readSpans(document);
  const starts = spans.map(({ start }) => start);
  const before = (offset: number): Span | undefined => spans[countUpTo(starts, offset) - 1];
  const comments: MarkedComment[] = [];
  const [, , to] = document.range;
  let seen = from;
  for (const { index } of text.slice(from, to).matchAll(words)) {
    const at = from + index;
    if (at < seen) {
      continue;
    }
    const line = readLine(text, at);
    const start = commentStart(text, line.start, at, before);
    const isData = (before(at)?.end ?? 0) > at;
    if (start !== undefined && !isData) {
      const value = markedValue(text, { line, start }, before);
      comments.push({ start, text: text.slice(start, line.end).replace(/^#+/, '').trim(), value });
    }
    seen = isData ? at + 1 : line.end;
  }
  return comments;
}

interface Line {
  readonly start: number;
  readonly end: number;
}

function readLine(text: string, at: number): Line {
  const end = text.indexOf('\n', at);
  return { start: text.lastIndexOf('\n', at) + 1, end: end < 0 ? text.length : end };
}

type SpanBefore = (offset: number) => Span | undefined;

/** The first `#` of a line after white space or at its start, outside of scalars. */
function commentStart(text: string, from: number, at: number, before: SpanBefore): number | undefined {
  let hash = text.indexOf('#', from);
  while (hash >= 0 && hash < at) {
    if ((hash === from || /\s/.test(text[hash - 1] ?? '')) && (before(hash)?.end ?? 0) <= hash) {
      return hash;
    }
    hash = text.indexOf('#', hash + 1);
  }
  return undefined;
}

function markedValue(
  text: string,
  { line, start }: { readonly line: Line; readonly start: number },
  before: SpanBefore,
): MarkedValue | undefined {
  if (text.slice(line.start, start).trim() !== '') {
    const span = before(start);
    const isNext = span !== undefined && span.role !== 'key' && text.slice(span.end, start).trim() === '';
    return isNext && span.end > line.start ? span : undefined;
  }
  const above = line.start === 0 ? '' : text.slice(text.lastIndexOf('\n', line.start - 2) + 1, line.start);
  const next = text.slice(line.end + 1, text.indexOf('\n', line.end + 1) + 1 || text.length);
  const [item] = /^[ \t]*-[ \t]+/.exec(next) ?? [];
  if (item === undefined || above.trim().startsWith('#')) {
    return undefined;
  }
  const offset = line.end + 1 + item.length;
  const span = before(offset);
  if (span?.role !== 'item' || span.start !== offset) {
    return undefined;
  }
  // An item with a comment of its own is marked by that one alone.
  const hasOwn = /^[ \t]+#/.test(text.slice(span.end, readLine(text, span.end).end));
  return hasOwn ? undefined : span;
}

/** Scalars do not overlap, so that they are in order by start and by end. */
function readSpans(document: Document.Parsed): readonly Span[] {
  const spans: Span[] = [];
  visit(document, {
    Scalar: (key, scalar, path) => {
      const [parent, holder] = [path.at(-1), path.at(-2)];
      const [start = 0, end = 0] = scalar.range ?? [];
      const role = key === 'key' ? 'key' : isSeq(parent) && parent.flow !== true ? 'item' : 'value';
      spans.push({ scalar, start, end, role, ...(isMap(holder) ? { map: holder } : {}) });
    },
  });
  return spans;
}
