import { areDisjoint, charSet, classSource, type CharSet } from './char-set.ts';
import { readSimplePattern, type Piece } from './simple-pattern.ts';

/** What may come next at a place of a pattern, and whether the pattern may end there. */
interface Next {
  readonly first: CharSet;
  readonly mayEnd: boolean;
}

/** Longest text that is matched the fast way: twice the longest tag, so that no start position matters. */
const MAX_FAST_CHARS = 256;

/**
 * A RegExp that matches as RE2 would, for patterns of which every step is decided by the next character.
 *
 * Where a repeat could go on and could stop, the next character tells which: its set and the set of what follows have
 * nothing in common, and so with alternatives. There is then one way to match from a start, so that greed and order do
 * not matter, and a step taken back fails at once: time is linear in the text for each start.
 *
 * @returns undefined where that is not so.
 */
export function compileFast(pattern: string): RegExp | undefined {
  const simple = readSimplePattern(pattern);
  if (simple === undefined) {
    return undefined;
  }
  const { startsAtStart, endsAtEnd, pieces } = simple;
  if (before(pieces, { first: [], mayEnd: true }, endsAtEnd) === undefined) {
    return undefined;
  }
  const source = `${startsAtStart ? '^' : ''}${pieces.map(sourceOf).join('')}${endsAtEnd ? '$' : ''}`;
  return new RegExp(source, 'u');
}

/** True for a text that is short enough for `compileFast`'s answer. */
export function isShort(text: string): boolean {
  return text.length <= MAX_FAST_CHARS;
}

/** What may come at the start of some pieces, from the last to the first; undefined where a choice is not decided. */
function before(pieces: readonly Piece[], after: Next, endsAtEnd: boolean): Next | undefined {
  let next: Next | undefined = after;
  for (const piece of pieces.toReversed()) {
    next = beforeOne(piece, next, endsAtEnd);
    if (next === undefined) {
      return undefined;
    }
  }
  return next;
}

function beforeOne(piece: Piece, after: Next, endsAtEnd: boolean): Next | undefined {
  const own = firstOf(piece, after, endsAtEnd);
  if (own === undefined) {
    return undefined;
  }
  const isOpen = piece.least !== piece.most;
  // A lazy piece before an end that may come anywhere takes as little as it can: nothing decides but its laziness.
  if (isOpen && (!areDisjoint(own, after.first) || (piece.isLazy && after.mayEnd && !endsAtEnd))) {
    return undefined;
  }
  return piece.least === 0
    ? { first: charSet([...own, ...after.first]), mayEnd: after.mayEnd }
    : { first: own, mayEnd: false };
}

/** The characters that a piece may start with; a group may stand once at most and is never empty. */
function firstOf(piece: Piece, after: Next, endsAtEnd: boolean): CharSet | undefined {
  if (piece.most === 0) {
    return undefined;
  }
  if (piece.kind === 'char') {
    return piece.set;
  }
  if (piece.most > 1) {
    return undefined;
  }
  const starts: CharSet[] = [];
  for (const alternative of piece.alternatives) {
    const inner = before(alternative, after, endsAtEnd);
    const canBeEmpty = alternative.every(({ least }) => least === 0);
    if (inner === undefined || canBeEmpty || starts.some((other) => !areDisjoint(other, inner.first))) {
      return undefined;
    }
    starts.push(inner.first);
  }
  return charSet(starts.flat());
}

function sourceOf(piece: Piece): string {
  const body =
    piece.kind === 'char'
      ? classSource(piece.set)
      : `(${piece.group === undefined ? '?:' : ''}${piece.alternatives
          .map((alternative) => alternative.map(sourceOf).join(''))
          .join('|')})`;
  const { least, most } = piece;
  if (least === 1 && most === 1) {
    return body;
  }
  return `${body}{${least}${most === least ? '' : `,${most === Infinity ? '' : most}`}}`;
}
