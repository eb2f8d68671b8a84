/** Returns a random item; undefined if there are none. @param random numbers in [0, 1) */
export function randomItem<Item>(items: readonly Item[], random = Math.random): Item | undefined {
  return items[Math.floor(random() * items.length)]
}
