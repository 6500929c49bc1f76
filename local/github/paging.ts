/** GitHub's own: https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api */
const PAGE = { usual: 30, most: 100 };

/** The part of a list that `per_page` and `page` ask for. */
export function pageOf<Item>(items: readonly Item[], { searchParams }: URL): readonly Item[] {
  const size = Math.min(Number(searchParams.get('per_page') ?? PAGE.usual), PAGE.most);
  const page = Number(searchParams.get('page') ?? 1);
  return items.slice((page - 1) * size, page * size);
}
