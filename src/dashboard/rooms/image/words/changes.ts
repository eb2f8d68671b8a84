import type { Image } from '../../../api/types.ts'

/** What can be written about an image. */
export type Writing = Pick<Image, 'title' | 'description' | 'altText' | 'tags' | 'visibility'>

export const FIELDS = {
  title: 'Title',
  description: 'Description',
  altText: 'Alternative text',
  tags: 'Tags',
  visibility: 'Visibility',
} as const satisfies Record<keyof Writing, string>
const NAMES = Object.keys(FIELDS) as (keyof Writing)[]

/** Returns what a form says. */
export function writingOf({
  title = '',
  description = '',
  altText = '',
  tags = '',
  visibility,
}: Record<string, string>): Writing {
  return {
    title: title.trim(),
    description: description.trim(),
    altText: altText.trim(),
    tags: tagsIn(tags),
    visibility: visibility === 'private' ? 'private' : 'public',
  }
}

/** Returns the properties in which one writing differs from another. */
export function changesOf(before: Writing, after: Writing): Partial<Writing> {
  return Object.fromEntries(NAMES.filter(name => !isSame(before[name], after[name])).map(name => [name, after[name]]))
}

/** Returns the tags in a text: they are separated by commas. */
export function tagsIn(text: string): string[] {
  return [...new Set(text.split(',').map(tag => tag.trim().replace(/\s+/g, ' ')))].filter(tag => tag !== '')
}

function isSame(one: string | string[], other: string | string[]): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
