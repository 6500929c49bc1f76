/**
 * Compares two texts as their UTF-8 bytes would compare; never by locale. Negative, zero or positive.
 *
 * UTF-16 order differs from it only where one side has a surrogate: those stand for code points above all others.
 */
export function compareBytes(a: string, b: string): number {
  const end = Math.min(a.length, b.length);
  let at = 0;
  while (at < end && a.charCodeAt(at) === b.charCodeAt(at)) {
    at += 1;
  }
  return at === end ? a.length - b.length : rank(a.charCodeAt(at)) - rank(b.charCodeAt(at));
}

function rank(unit: number): number {
  const isSurrogate = unit >= 0xd800 && unit <= 0xdfff;
  return isSurrogate ? unit + 0x10000 : unit;
}
