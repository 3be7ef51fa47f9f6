/** Works on items, a few at a time, in their order. @throws what the first to fail throws, without starting others */
export async function pooled<Item>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  let next = 0;
  let hasFailed = false;
  const go = async () => {
    while (next < items.length && !hasFailed) {
      try {
        await work(items[next++]!);
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, go));
}
