/** One page of a list. */
export interface PageOf<T> {
  readonly items: readonly T[];
  /** Names the last item; absent if nothing follows. */
  readonly next?: string;
}

/**
 * Cuts a page out of a list, newest first.
 * @param keyOf - unique, and sorted by time: an ISO 8601 instant and an id. What comes or goes between two pages moves
 *   no other item from one page to another.
 */
export function pageOf<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  { limit, after }: { readonly limit: number; readonly after?: string },
): PageOf<T> {
  const last = after === undefined ? undefined : fromCursor(after);
  const sorted = items
    .map((item) => ({ item, key: keyOf(item) }))
    .filter(({ key }) => last === undefined || key < last)
    .toSorted((a, b) => (a.key > b.key ? -1 : 1));
  const page = sorted.slice(0, limit);
  const end = page.at(-1);
  return {
    items: page.map(({ item }) => item),
    ...(end === undefined || page.length === sorted.length ? {} : { next: toCursor(end.key) }),
  };
}

function toCursor(key: string): string {
  return Buffer.from(key).toString('base64url');
}

function fromCursor(cursor: string): string {
  return Buffer.from(cursor, 'base64url').toString();
}
