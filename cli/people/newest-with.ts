/** Parts of a list that are looked through, newest first; what is older is named in full. */
const PARTS = 5;
const PART_SIZE = 100;

/** One part of a list of the API; `next` names the following one. */
interface Part<T> {
  readonly items: readonly T[];
  readonly next: string | undefined;
}

/** Those among the newest of a list whose ids begin so. @param read - a part of it, by its query. */
export async function newestWith<T extends { readonly id: string }>(
  beginning: string,
  read: (query: string) => Promise<Part<T>>,
): Promise<readonly T[]> {
  const found: T[] = [];
  let after: string | undefined;
  for (let part = 0; part < PARTS; part += 1) {
    const query = new URLSearchParams({ limit: String(PART_SIZE), ...(after === undefined ? {} : { after }) });
    const { items, next } = await read(query.toString());
    found.push(...items.filter(({ id }) => id.startsWith(beginning)));
    if (next === undefined) {
      break;
    }
    after = next;
  }
  return found;
}
