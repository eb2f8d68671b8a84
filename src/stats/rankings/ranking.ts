/** Length of a ranking before it is filtered for public images, and after. */
const MAX_RANKED = 10_000
const MAX_LISTED = 200
const BATCH_SIZE = 500

/** An image and the value that it is ranked by. */
export interface Ranked {
  imageId: string
  value: number
}

/** Returns those of the ids that are public images and, if a tag is given, have it. */
export type Listed = (ids: string[], tag?: string) => Promise<Set<string>>

/** Collects the items with the highest values. Holds at most twice as many as it returns: 10,000, if not said otherwise. */
export class TopItems<Item extends Ranked> {
  readonly #most: number
  readonly #items: Item[] = []

  constructor(most = MAX_RANKED) {
    this.#most = most
  }

  /** Adds an item. */
  add(item: Item): void {
    this.#items.push(item)
    if (this.#items.length >= 2 * this.#most) this.#cut()
  }

  /** Returns the items by descending value; equal values by id. */
  inOrder(): Item[] {
    this.#cut()
    return this.#items
  }

  #cut(): void {
    this.#items.sort((a, b) => b.value - a.value || (a.imageId < b.imageId ? -1 : 1)).splice(this.#most)
  }
}

/** Returns the first items of a ranking that are public images and, if a tag is given, have it. */
export async function firstListed<Item extends Ranked>(
  ranking: Item[],
  listed: Listed,
  tag?: string,
  limit = MAX_LISTED,
): Promise<Item[]> {
  const found: Item[] = []
  for (let from = 0; from < ranking.length && found.length < limit; from += BATCH_SIZE) {
    const batch = ranking.slice(from, from + BATCH_SIZE)
    const ids = batch.map(({ imageId }) => imageId)
    const shown = await listed(ids, tag)
    found.push(...batch.filter(({ imageId }) => shown.has(imageId)))
  }
  return found.slice(0, limit)
}
