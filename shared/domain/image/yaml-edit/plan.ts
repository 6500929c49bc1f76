import type { Document } from 'yaml';

import { parseFile } from './parse.ts';
import type { Place } from './place.ts';
import { isSafeValue, writeScalar } from './scalar-text.ts';
import { findDifference, type WrittenRegion } from './verify.ts';

/** A place and what it shall hold. */
export interface PlaceEdit {
  readonly place: Place;
  readonly value: string;
}

/** One value that changed; line and column count from 1, in the text before. */
export interface ValueChange {
  readonly line: number;
  readonly column: number;
  readonly from: string;
  readonly to: string;
}

/** What editing a file comes to; `after` is the text before wherever nothing is edited. */
export interface EditPlan {
  readonly outcome: 'edited' | 'unchanged' | 'refused';
  readonly after: string;
  readonly edits: readonly ValueChange[];
  readonly warnings: readonly string[];
  /** Why it is refused. */
  readonly reason?: string;
}

/**
 * Writes values at places of a text, by the characters of the scalars alone. Pure.
 *
 * The result is parsed again and compared node by node; if anything differs but the values, the edit is refused.
 *
 * @param edits - places that were found in this very text, each at most once.
 * @param documents - of this very text, where it has been parsed already.
 */
export function planEdit(text: string, edits: readonly PlaceEdit[], documents?: readonly Document.Parsed[]): EditPlan {
  const due = edits
    .filter(({ place, value }) => value !== place.scalar.text)
    .toSorted((a, b) => a.place.scalar.start - b.place.scalar.start);
  if (due.length === 0) {
    return { outcome: 'unchanged', after: text, edits: [], warnings: [] };
  }
  const unsafe = due.find(({ value }) => !isSafeValue(value));
  if (unsafe !== undefined) {
    return refuse(text, `${JSON.stringify(unsafe.value.slice(0, 100))} is no tag, digest or image`);
  }
  const { after, regions } = splice(text, due);
  const [before, result] = [documents === undefined ? parseFile(text) : { documents }, parseFile(after)];
  if ('refused' in before || 'refused' in result) {
    return refuse(text, 'refused' in before ? before.refused : `the result would not be valid: it ${reasonOf(result)}`);
  }
  const difference = findDifference(before.documents, result.documents, regions);
  return difference === undefined
    ? { outcome: 'edited', after, edits: due.map(toChange), warnings: [] }
    : refuse(text, difference);
}

/** A plan that leaves the text as it is. */
export function refuse(text: string, reason: string, warnings: readonly string[] = []): EditPlan {
  return { outcome: 'refused', after: text, edits: [], warnings, reason };
}

function reasonOf(parsed: ReturnType<typeof parseFile>): string {
  return 'refused' in parsed ? parsed.refused : '';
}

/** In one pass: a file may hold thousands of places. */
function splice(text: string, due: readonly PlaceEdit[]): { after: string; regions: readonly WrittenRegion[] } {
  let after = '';
  let done = 0;
  const regions = due.map(({ place: { scalar }, value }): WrittenRegion => {
    const written = writeScalar(scalar, value);
    after += text.slice(done, scalar.start);
    const start = after.length;
    after += written;
    done = scalar.end;
    const [, addedKey] = /(\w+)"?:\s*$/.exec(scalar.lead) ?? [];
    return {
      before: scalar.start,
      after: start,
      afterEnd: after.length,
      text: value + scalar.tail,
      ...(addedKey === undefined ? {} : { addedKey }),
    };
  });
  return { after: after + text.slice(done), regions };
}

function toChange({ place: { line, column, scalar }, value }: PlaceEdit): ValueChange {
  return { line, column, from: scalar.text, to: value };
}
