/**
 * Tells whether a repository path matches a glob: `**` is any number of whole segments, `*` any text inside one, `?`
 * one character of it; everything else stands for itself. Files that start with a dot match like any other. Pure, in
 * time proportional to the product of both lengths whatever the glob is.
 *
 * @param path - segments joined by `/`, without a leading one.
 */
export function matchesGlob(path: string, glob: string): boolean {
  return matches(path.split('/'), glob.split('/'), SEGMENTS);
}

interface Rules {
  /** True for what stands for any number of items, none included. */
  readonly isAny: (pattern: string) => boolean;
  readonly matchesOne: (item: string, pattern: string) => boolean;
}

const CHARACTERS: Rules = {
  isAny: (pattern) => pattern === '*',
  matchesOne: (character, pattern) => pattern === '?' || character === pattern,
};
const SEGMENTS: Rules = {
  isAny: (pattern) => pattern === '**',
  matchesOne: (segment, pattern) =>
    /[*?]/.test(pattern) ? matches(Array.from(segment), Array.from(pattern), CHARACTERS) : segment === pattern,
};

/** One row of the usual table per pattern: `reached[n]` says that the first n items match the patterns so far. */
function matches(items: readonly string[], patterns: readonly string[], { isAny, matchesOne }: Rules): boolean {
  let reached = [true, ...items.map(() => false)];
  for (const pattern of patterns) {
    const next = [isAny(pattern) && reached[0] === true];
    items.forEach((item, index) => {
      next.push(
        isAny(pattern)
          ? reached[index + 1] === true || next[index] === true
          : reached[index] === true && matchesOne(item, pattern),
      );
    });
    if (!next.includes(true)) {
      return false;
    }
    reached = next;
  }
  return reached.at(-1) === true;
}
