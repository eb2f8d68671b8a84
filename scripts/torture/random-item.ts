/** Returns a random item; undefined if there are none. */
export function randomItem<Item>(items: readonly Item[]): Item | undefined {
  return items[Math.floor(Math.random() * items.length)]
}
