import type { Image } from '../../../api/types.ts'

const MOST = 12

/** Returns the tags that most of the images have, the most frequent ones first; equally frequent ones by their names. */
export function frequentTags(images: Pick<Image, 'tags'>[]): string[] {
  const counts = new Map<string, number>()
  for (const tag of images.flatMap(({ tags }) => tags)) counts.set(tag, (counts.get(tag) ?? 0) + 1)
  return [...counts]
    .toSorted(([a, countA], [b, countB]) => countB - countA || a.localeCompare(b))
    .slice(0, MOST)
    .map(([tag]) => tag)
}
