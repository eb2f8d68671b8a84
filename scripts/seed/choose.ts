/** Returns an item at random. */
export function choose<Item>(items: readonly Item[], random: () => number): Item {
  return items[Math.floor(random() * items.length)] as Item
}

/** Returns an item at random, those with a larger weight more often. */
export function chooseBy<Item>(items: readonly Item[], weightOf: (item: Item) => number, random: () => number): Item {
  let left = random() * items.reduce((sum, item) => sum + weightOf(item), 0)
  for (const item of items) {
    left -= weightOf(item)
    if (left < 0) return item
  }
  return items.at(-1) as Item
}

/** Returns a random number in [from, to). */
export function between(from: number, to: number, random: () => number): number {
  return from + (to - from) * random()
}
