/** Returns a tag as it is stored: in NFC, without white space around it. */
export function tagText(tag: string): string {
  return tag.normalize('NFC').trim()
}

/** Returns what a tag is compared by: tags that differ only in case, or in white space around them, are the same. */
export function tagKey(tag: string): string {
  // Upper case first: it makes "ß" and "SS", and both forms of the small sigma, the same.
  return tagText(tag).toUpperCase().toLowerCase().normalize('NFC')
}

/** Returns tags as they are stored, each once, in the spelling that comes first. */
export function distinctTags(tags: string[]): string[] {
  const byKey = new Map<string, string>()
  for (const tag of tags.map(tagText)) if (!byKey.has(tagKey(tag))) byKey.set(tagKey(tag), tag)
  return [...byKey.values()]
}
