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
  /** Rest of the line that a block scalar begins on, after its indicator: white space and a comment, no data. */
  readonly header: { readonly start: number; readonly end: number } | undefined;
}

/**
 * Comments of a document that a pattern matches. A comment marks the scalar before it on its line, also with a comma in
 * between; one that stands alone marks the scalar list item on the next line (or a value that stands there without its
 * key), unless the line above is a comment too or the item's line holds another. Text inside of scalars is data.
 *
 * @param search.words - with the flag `g`, in time linear to the text.
 * @param search.from - where the document starts, as `startOf` says.
 */
export function readMarkedComments(
  text: string,
  document: Document.Parsed,
  { words, from }: { readonly words: RegExp; readonly from: number },
): readonly MarkedComment[] {
  const spans = readSpans(text, document);
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
    const isData = holds(before(at), at);
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

function holds(span: Span | undefined, offset: number): boolean {
  const { end = 0, header } = span ?? {};
  return offset < end && (header === undefined || offset < header.start || offset >= header.end);
}

/** The first `#` of a line after white space or at its start, outside of scalars. */
function commentStart(text: string, from: number, at: number, before: SpanBefore): number | undefined {
  let hash = text.indexOf('#', from);
  while (hash >= 0 && hash < at) {
    if ((hash === from || /\s/.test(text[hash - 1] ?? '')) && !holds(before(hash), hash)) {
      return hash;
    }
    hash = text.indexOf('#', hash + 1);
  }
  return undefined;
}

interface Comment {
  readonly line: Line;
  readonly start: number;
}

function markedValue(text: string, { line, start }: Comment, before: SpanBefore): MarkedValue | undefined {
  const lead = text.slice(line.start, start).trim();
  const below = lead === '' || lead === '-' ? markedBelow(text, { line, start }, before) : undefined;
  if (lead === '' || below !== undefined) {
    return below;
  }
  const span = before(start);
  const end = span?.header !== undefined && start < span.header.end ? span.header.start : (span?.end ?? 0);
  const isNext = span?.role !== 'key' && end > line.start && BETWEEN.test(text.slice(end, start));
  return isNext ? span : undefined;
}

/** White space, and in a list or map in flow style the comma after a value. */
const BETWEEN = /^[ \t]*,?[ \t]*$/;
/** Up to the value of an item or of a key: a dash, the value on its line or on the next, anchor and tag. */
const TO_ITEM = /^[ \t]*(?:-[ \t]*(?:\r?\n[ \t]*|(?<=[ \t])))?(?:[&!][^\s,[\]{}]*[ \t]+)*/;
const MAX_LEAD_CHARS = 1000;

/** The scalar that the line below a comment starts with, after its dash. */
function markedBelow(text: string, { line, start }: Comment, before: SpanBefore): Span | undefined {
  const lead = text.slice(line.start, start);
  const next = text.slice(line.end + 1, line.end + 1 + MAX_LEAD_CHARS);
  const [toItem = ''] = TO_ITEM.exec(next) ?? [];
  const offset = line.end + 1 + toItem.length;
  const span = before(offset);
  if (span?.role === 'key' || span?.start !== offset || isBelowComment(text, line, before)) {
    return undefined;
  }
  // An item with a comment of its own is marked by that one alone.
  const end = span.header?.start ?? span.end;
  const hasOwn = /^[ \t]*,?[ \t]+#/.test(text.slice(end, readLine(text, end).end));
  const dash = toItem.indexOf('-');
  const isOther = dash >= 0 && (lead.trim() !== '' || (lead.length > dash && !isItemAt(text, before(start), dash)));
  return hasOwn || isOther ? undefined : span;
}

function isBelowComment(text: string, { start }: Line, before: SpanBefore): boolean {
  const above = start === 0 ? '' : text.slice(text.lastIndexOf('\n', start - 2) + 1, start - 1);
  return above.trimStart().startsWith('#') && !holds(before(start), start - 2);
}

/** A comment that is indented deeper than the dash below it is inside of the item above, unless that is a scalar. */
function isItemAt(text: string, span: Span | undefined, dash: number): boolean {
  if (span?.role !== 'item') {
    return span?.role === 'key';
  }
  const line = readLine(text, span.start);
  return /^[ \t]*-/.exec(text.slice(line.start, line.end))?.[0].length === dash + 1;
}

const BLOCK_INDICATOR = /^[|>][-+\d]*/;

function headerOf(text: string, { type, range }: Scalar): Span['header'] {
  if (type !== 'BLOCK_LITERAL' && type !== 'BLOCK_FOLDED') {
    return undefined;
  }
  const [from = 0] = range ?? [];
  const { end } = readLine(text, from);
  const [indicator = ''] = BLOCK_INDICATOR.exec(text.slice(from, end)) ?? [];
  return { start: from + indicator.length, end };
}

/** Scalars do not overlap, so that they are in order by start and by end. */
function readSpans(text: string, document: Document.Parsed): readonly Span[] {
  const spans: Span[] = [];
  visit(document, {
    Scalar: (key, scalar, path) => {
      const [parent, holder] = [path.at(-1), path.at(-2)];
      const [start = 0, end = 0] = scalar.range ?? [];
      const role = key === 'key' ? 'key' : isSeq(parent) && parent.flow !== true ? 'item' : 'value';
      const header = headerOf(text, scalar);
      spans.push({ scalar, start, end, role, header, ...(isMap(holder) ? { map: holder } : {}) });
    },
  });
  return spans;
}
