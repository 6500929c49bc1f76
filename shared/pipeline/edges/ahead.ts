/**
 * Begins `work` on the items in their order, at most `width` at a time.
 * @returns what becomes of each, in the order of `items`; whoever waits for the first does not wait for the last.
 */
export function ahead<T, R>(items: readonly T[], width: number, work: (item: T) => Promise<R>): readonly Promise<R>[] {
  const all = items.map((item) => ({ item, ...Promise.withResolvers<R>() }));
  const queue = all.values();
  const worker = async (): Promise<void> => {
    for (const { item, resolve, reject } of queue) {
      await work(item).then(resolve, reject);
    }
  };
  void Promise.all(Array.from({ length: width }, worker));
  return all.map(({ promise }) => promise);
}
