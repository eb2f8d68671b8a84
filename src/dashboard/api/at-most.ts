/** Does a job for each item, so many at once. @returns when all are done @throws what the first job threw that failed */
export async function atMost<Item>(
  limit: number,
  items: readonly Item[],
  job: (item: Item) => Promise<void>,
): Promise<void> {
  const left = items.values()
  const work = async () => {
    for (const item of left) await job(item)
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, work))
}
