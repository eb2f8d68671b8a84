import type { Feedback, ImageStats } from '../../../api/types.ts'

/** A change of the feedback of one account. */
export type FeedbackChange = Partial<Pick<Feedback, 'reaction' | 'rating' | 'saved' | 'tags'>>
/** What all people think of an image. */
export type Opinions = ImageStats['current']

/** Returns the opinions of all people when those of one of them change: the service counts it some seconds later. */
export function recounted(opinions: Opinions, before: Feedback, after: Feedback): Opinions {
  const { count, mean } = opinions.rating
  const ratings = { count: count - rates(before) + rates(after) }
  const stars = (mean ?? 0) * count - (before.rating ?? 0) + (after.rating ?? 0)
  return {
    ...opinions,
    likes: opinions.likes - Number(before.reaction === 'like') + Number(after.reaction === 'like'),
    dislikes: opinions.dislikes - Number(before.reaction === 'dislike') + Number(after.reaction === 'dislike'),
    saves: opinions.saves - Number(before.saved) + Number(after.saved),
    rating: { ...ratings, mean: ratings.count > 0 ? stars / ratings.count : null },
    tags: recountedTags(opinions.tags, before.tags, after.tags),
  }
}

function recountedTags(counts: Opinions['tags'], before: string[], after: string[]): Opinions['tags'] {
  const added = after.filter(tag => !has(before, tag))
  const removed = before.filter(tag => !has(after, tag))
  const known = counts.map(({ tag }) => tag)
  return [...counts, ...added.filter(tag => !has(known, tag)).map(tag => ({ tag, count: 0 }))]
    .map(({ tag, count }) => ({ tag, count: count + Number(has(added, tag)) - Number(has(removed, tag)) }))
    .filter(({ count }) => count > 0)
}

/** Whether a tag is among others, in upper or lower case. */
export function has(tags: string[], tag: string): boolean {
  return tags.some(other => other.toLowerCase() === tag.toLowerCase())
}

function rates({ rating }: Feedback): number {
  return rating === null ? 0 : 1
}
