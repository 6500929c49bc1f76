/** True if some repository name matches both; `*` is one whole segment. */
export function patternsMeet(a: string, b: string): boolean {
  const left = a.split('/');
  const right = b.split('/');
  return (
    left.length === right.length &&
    left.every((segment, index) => segment === '*' || right[index] === '*' || segment === right[index])
  );
}

/**
 * True if every path that `inner` matches is matched by `outer`. Says no where it cannot tell.
 * `*` alone is one whole segment, `**` any number of them; a `*` within a segment covers only its own spelling.
 */
export function globCovers(outer: string, inner: string): boolean {
  return segmentsCover(outer.split('/'), inner.split('/'));
}

function segmentsCover(outer: readonly string[], inner: readonly string[]): boolean {
  const [first, ...rest] = outer;
  if (first === undefined) {
    return inner.length === 0;
  }
  if (first === '**') {
    return rest.length === 0 || inner.some((_, index) => segmentsCover(rest, inner.slice(index)));
  }
  const [segment, ...others] = inner;
  if (segment === undefined || segment === '**') {
    return false;
  }
  return (first === '*' || first === segment) && segmentsCover(rest, others);
}
