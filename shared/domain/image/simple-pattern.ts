import { charSet, complement, type CharSet, type CodeRange } from './char-set.ts';

/** How often something may stand; `most` may be Infinity. */
export interface Repeat {
  readonly least: number;
  readonly most: number;
  readonly isLazy: boolean;
}

/** One piece of a pattern: a character of a set, or a group of alternatives; `group` is its number where it captures. */
export type Piece = Repeat &
  (
    | { readonly kind: 'char'; readonly set: CharSet }
    | { readonly kind: 'group'; readonly group?: number; readonly alternatives: readonly (readonly Piece[])[] }
  );

/** A pattern of the part of RE2 that people write for tags. */
export interface SimplePattern {
  readonly startsAtStart: boolean;
  readonly endsAtEnd: boolean;
  readonly pieces: readonly Piece[];
  readonly groups: number;
}

const DIGITS: CharSet = [[0x30, 0x39]];
const UPPER: CodeRange = [0x41, 0x5a];
const LOWER: CodeRange = [0x61, 0x7a];
const WORD = charSet([...DIGITS, UPPER, LOWER, [0x5f, 0x5f]]);
const SPACE = charSet([
  [0x09, 0x0a],
  [0x0c, 0x0d],
  [0x20, 0x20],
]);
const NOT_LINE_END = complement([[0x0a, 0x0a]]);
const ESCAPES: ReadonlyMap<string, CharSet> = new Map([
  ['d', DIGITS],
  ['D', complement(DIGITS)],
  ['w', WORD],
  ['W', complement(WORD)],
  ['s', SPACE],
  ['S', complement(SPACE)],
]);
const POSIX: ReadonlyMap<string, CharSet> = new Map([
  ['digit', DIGITS],
  ['lower', [LOWER]],
  ['upper', [UPPER]],
  ['alpha', [UPPER, LOWER]],
  ['alnum', charSet([...DIGITS, UPPER, LOWER])],
  ['xdigit', charSet([...DIGITS, [0x41, 0x46], [0x61, 0x66]])],
]);
const PLAIN = /^[ !"#%&',\-/0-9:;<=>@A-Z_`a-z~]$/;
const PUNCTUATION = /^[!-/:-@[-`{-~]$/;
const REPEAT = /^(?:[*+?]|\{(\d{1,3})(?:(,)(\d{0,3}))?\})(\??)/;
const GROUP = /^\((?:\?:|\?P?<\w+>)?/;
const POSIX_CLASS = /^\[:(\w+):\]/;
const MAX_DEPTH = 20;

/**
 * Reads a pattern that is known to be valid RE2.
 * @returns undefined for anything beyond characters, classes, groups, alternatives and repeats: nothing is guessed.
 */
export function readSimplePattern(pattern: string): SimplePattern | undefined {
  try {
    return new Reader(pattern).whole();
  } catch {
    // Whatever it was: RE2 itself reads the pattern then.
    return undefined;
  }
}

const NOT_SIMPLE = new Error('not a simple pattern');

class Reader {
  #rest: string;
  #groups = 0;

  constructor(pattern: string) {
    this.#rest = pattern;
  }

  whole(): SimplePattern {
    const startsAtStart = this.#take('^') || this.#take('\\A');
    const pieces = this.#sequence(0);
    const endsAtEnd = this.#take('$') || this.#take('\\z');
    if (this.#rest !== '') {
      throw NOT_SIMPLE;
    }
    return { startsAtStart, endsAtEnd, pieces, groups: this.#groups };
  }

  #take(text: string): boolean {
    const isThere = this.#rest.startsWith(text);
    this.#rest = isThere ? this.#rest.slice(text.length) : this.#rest;
    return isThere;
  }

  #match(form: RegExp): RegExpExecArray | undefined {
    const found = form.exec(this.#rest) ?? undefined;
    this.#rest = this.#rest.slice(found?.[0].length ?? 0);
    return found;
  }

  #sequence(depth: number): readonly Piece[] {
    const pieces: Piece[] = [];
    while (this.#rest !== '' && !/^(?:[)|$]|\\z)/.test(this.#rest)) {
      pieces.push(this.#piece(depth));
    }
    return pieces;
  }

  #piece(depth: number): Piece {
    const [opening] = this.#match(GROUP) ?? [];
    if (opening !== undefined) {
      return this.#group(opening !== '(?:', depth);
    }
    const set = this.#take('[') ? this.#class() : this.#take('.') ? NOT_LINE_END : this.#char(PLAIN);
    return { kind: 'char', set, ...this.#repeat() };
  }

  #group(isCaptured: boolean, depth: number): Piece {
    if (depth === MAX_DEPTH) {
      throw NOT_SIMPLE;
    }
    this.#groups += isCaptured ? 1 : 0;
    const group = this.#groups;
    const alternatives = [this.#sequence(depth + 1)];
    while (this.#take('|')) {
      alternatives.push(this.#sequence(depth + 1));
    }
    if (!this.#take(')')) {
      throw NOT_SIMPLE;
    }
    return { kind: 'group', ...(isCaptured ? { group } : {}), alternatives, ...this.#repeat() };
  }

  #repeat(): Repeat {
    const [whole, least, comma, most, lazy = ''] = this.#match(REPEAT) ?? [];
    const isLazy = lazy !== '';
    if (whole === undefined) {
      return { least: 1, most: 1, isLazy };
    }
    if (REPEAT.test(this.#rest)) {
      throw NOT_SIMPLE;
    }
    if (least === undefined) {
      return { least: whole.startsWith('+') ? 1 : 0, most: whole.startsWith('?') ? 1 : Infinity, isLazy };
    }
    const upTo = comma === undefined ? Number(least) : most === '' ? Infinity : Number(most);
    return { least: Number(least), most: upTo, isLazy };
  }

  /** A character or an escaped one; `form` says which stand for themselves here. */
  #char(form: RegExp): CharSet {
    const isEscaped = this.#take('\\');
    const [char = ''] = this.#rest;
    this.#rest = this.#rest.slice(char.length);
    const set = isEscaped ? ESCAPES.get(char) : undefined;
    if (set !== undefined) {
      return set;
    }
    if (!(isEscaped ? PUNCTUATION : form).test(char)) {
      throw NOT_SIMPLE;
    }
    const code = char.charCodeAt(0);
    return [[code, code]];
  }

  #class(): CharSet {
    const isNegated = this.#take('^');
    const ranges: CodeRange[] = [];
    while (!this.#take(']')) {
      ranges.push(...this.#classItem());
    }
    const set = charSet(ranges);
    if (set.length === 0) {
      throw NOT_SIMPLE;
    }
    return isNegated ? complement(set) : set;
  }

  #classItem(): CharSet {
    const [, name] = this.#match(POSIX_CLASS) ?? [];
    if (name !== undefined) {
      const set = POSIX.get(name);
      if (set === undefined) {
        throw NOT_SIMPLE;
      }
      return set;
    }
    const from = this.#char(IN_CLASS);
    if (!/^-[^\]]/.test(this.#rest)) {
      return from;
    }
    this.#take('-');
    const to = this.#char(IN_CLASS);
    const [[first, firstEnd] = [1, 0]] = from;
    const [[last, lastEnd] = [1, 0]] = to;
    if (from.length > 1 || to.length > 1 || first !== firstEnd || last !== lastEnd || first > last) {
      throw NOT_SIMPLE;
    }
    return [[first, last]];
  }
}

/** Within a class; a hyphen stands for itself only where no range can be meant, which `#classItem` sees to. */
const IN_CLASS = /^[ -Z_`a-z{-~]$/;
