/** Code points from and to, both included. */
export type CodeRange = readonly [from: number, to: number];

/** A set of code points: ranges in ascending order that neither meet nor touch. */
export type CharSet = readonly CodeRange[];

const LAST_CODE_POINT = 0x10ffff;

/** Ranges in any order as a set. */
export function charSet(ranges: readonly CodeRange[]): CharSet {
  const merged: [number, number][] = [];
  for (const [from, to] of ranges.toSorted(([a], [b]) => a - b)) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last[1] + 1) {
      last[1] = Math.max(last[1], to);
    } else {
      merged.push([from, to]);
    }
  }
  return merged;
}

/** All code points that are not in a set. */
export function complement(set: CharSet): CharSet {
  const ends: CodeRange[] = [];
  let next = 0;
  for (const [from, to] of set) {
    if (from > next) {
      ends.push([next, from - 1]);
    }
    next = to + 1;
  }
  return next > LAST_CODE_POINT ? ends : [...ends, [next, LAST_CODE_POINT]];
}

/** True if no code point is in both sets. */
export function areDisjoint(a: CharSet, b: CharSet): boolean {
  return a.every(([from, to]) => b.every(([start, end]) => to < start || end < from));
}

/** A set as a class of a RegExp with the flag `u`. */
export function classSource(set: CharSet): string {
  const escape = (code: number): string => `\\u{${code.toString(16)}}`;
  return `[${set.map(([from, to]) => (from === to ? escape(from) : `${escape(from)}-${escape(to)}`)).join('')}]`;
}
