/** Returns the tags of a text, which separates them by commas. */
export function tagsOf(text: string): string[] {
  return text
    .split(',')
    .map(tag => tag.trim())
    .filter(tag => tag !== '')
}

/** Returns tags with further ones; undefined when there is no further one: tags that differ in case only are the same. */
export function withTags(tags: string[], added: string[]): string[] | undefined {
  const further = added.filter(tag => !hasTag(tags, tag))
  return further.length === 0 ? undefined : [...tags, ...further]
}

/** Returns tags without one; undefined when it is not among them. */
export function withoutTag(tags: string[], removed: string): string[] | undefined {
  return hasTag(tags, removed) ? tags.filter(tag => keyOf(tag) !== keyOf(removed)) : undefined
}

/** Returns each tag that images have, with the number of images that have it, by name. */
export function countTags(images: { tags: string[] }[]): [tag: string, count: number][] {
  const counts = new Map<string, { tag: string; count: number }>()
  for (const tag of images.flatMap(({ tags }) => tags)) {
    const { count } = counts.get(keyOf(tag)) ?? { count: 0 }
    counts.set(keyOf(tag), { tag, count: count + 1 })
  }
  return [...counts.values()]
    .map(({ tag, count }): [string, number] => [tag, count])
    .toSorted(([a], [b]) => a.localeCompare(b))
}

function hasTag(tags: string[], tag: string): boolean {
  return tags.some(other => keyOf(other) === keyOf(tag))
}

/** Returns what a tag is compared by. */
function keyOf(tag: string): string {
  return tag.normalize('NFC').toUpperCase().toLowerCase()
}
