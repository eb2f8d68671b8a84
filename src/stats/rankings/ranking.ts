/** So many of the best are looked at for images that may be shown, and so many of these are kept. */
const MOST_RANKED = 10_000
const MOST_LISTED = 200
const AT_ONCE = 500

/** An image with what it is ranked by. */
export interface Ranked {
  imageId: string
  value: number
}

/** Of some images those that everybody may see, and that have the tag where one is given. */
export type Listed = (ids: string[], tag?: string) => Promise<Set<string>>

/** Keeps the best of what comes: the highest value first, equal ones by their id. Holds at most twice what it gives back. */
export class TopItems<Item extends Ranked> {
  readonly #items: Item[] = []

  add(item: Item): void {
    this.#items.push(item)
    if (this.#items.length >= 2 * MOST_RANKED) this.#cut()
  }

  inOrder(): Item[] {
    this.#cut()
    return this.#items
  }

  #cut(): void {
    this.#items.sort((a, b) => b.value - a.value || (a.imageId < b.imageId ? -1 : 1)).splice(MOST_RANKED)
  }
}

/** The first of a ranking that may be listed. */
export async function firstListed<Item extends Ranked>(
  ranking: Item[],
  listed: Listed,
  tag?: string,
  most = MOST_LISTED,
): Promise<Item[]> {
  const found: Item[] = []
  for (let from = 0; from < ranking.length && found.length < most; from += AT_ONCE) {
    const some = ranking.slice(from, from + AT_ONCE)
    const ids = some.map(({ imageId }) => imageId)
    const shown = await listed(ids, tag)
    found.push(...some.filter(({ imageId }) => shown.has(imageId)))
  }
  return found.slice(0, most)
}
