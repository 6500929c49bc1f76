/**
 * The right word that a wrong one most likely meant, or undefined if none is near.
 *
 * Near: at most a third of the word's length in edits (insert, delete, replace, swap of two neighbours), at least one
 * edit. Equal distances go to the word that comes first.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const limit = Math.max(1, Math.floor(word.length / 3));
  let best: { readonly text: string; readonly distance: number } | undefined;
  for (const text of candidates) {
    // Long values are ids, not misspelt words; the table below would be quadratic in them.
    if (text.length > 200 || word.length > 200 || Math.abs(text.length - word.length) > limit) {
      continue;
    }
    const distance = editDistance(word.toLowerCase(), text.toLowerCase());
    if (distance <= limit && (best === undefined || distance < best.distance)) {
      best = { text, distance };
    }
  }
  return best?.text;
}

/** `, did you mean \`x\`?`, or nothing. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const found = nearest(word, candidates);
  return found === undefined ? '' : `, did you mean \`${found}\`?`;
}

/** Damerau-Levenshtein distance in its optimal string alignment form. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const isSame = a[row - 1] === b[column - 1];
      const isSwap = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current.push(
        Math.min(
          cell(last, column) + 1,
          cell(current, column - 1) + 1,
          cell(last, column - 1) + (isSame ? 0 : 1),
          isSwap ? cell(beforeLast, column - 2) + 1 : Infinity,
        ),
      );
    }
    beforeLast = last;
    last = current;
  }
  return cell(last, b.length);
}

function cell(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}
