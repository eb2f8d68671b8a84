import type { mongo } from 'mongoose'
import { FEEDBACK } from './feedback.ts'

const MAX_TAGS = 50

/** Counts of the current feedback on an image. */
export interface CurrentCounts {
  likes: number
  dislikes: number
  saves: number
  /** Number of ratings of 1, 2, 3, 4 and 5. */
  ratings: [number, number, number, number, number]
  /** The most frequent tags first; those that differ in case only are counted together. */
  tags: { tag: string; count: number }[]
}

/** Returns counts of zero. */
export function noCurrentCounts(): CurrentCounts {
  return { likes: 0, dislikes: 0, saves: 0, ratings: [0, 0, 0, 0, 0], tags: [] }
}

interface Group<Value> {
  _id: { imageId: string; value: Value }
  count: number
}

/** Counts the feedback on each image; one aggregation per register, each with its index. */
export async function countCurrent(
  db: mongo.Db,
  imageIds: string[],
  options: mongo.AggregateOptions,
): Promise<Map<string, CurrentCounts>> {
  const found = new Map(imageIds.map(id => [id, noCurrentCounts()]))
  const grouped = <Value, Further = unknown>(
    match: mongo.Document,
    value: string,
    before: mongo.Document[] = [],
    further = {},
  ) =>
    db
      .collection(FEEDBACK)
      .aggregate<Group<Value> & Further>(
        [
          { $match: { imageId: { $in: imageIds }, ...match } },
          ...before,
          { $group: { _id: { imageId: '$imageId', value }, count: { $sum: 1 }, ...further } },
        ],
        options,
      )
  for await (const { _id, count } of grouped<'like' | 'dislike'>(
    { 'reaction.value': { $in: ['like', 'dislike'] } },
    '$reaction.value',
  )) {
    const current = found.get(_id.imageId)
    if (current) current[_id.value === 'like' ? 'likes' : 'dislikes'] = count
  }
  for await (const { _id, count } of grouped({ 'saved.value': true }, '$saved.value')) {
    const current = found.get(_id.imageId)
    if (current) current.saves = count
  }
  for await (const { _id, count } of grouped<number>({ 'rating.value': { $gte: 1 } }, '$rating.value')) {
    const ratings = found.get(_id.imageId)?.ratings
    if (ratings) ratings[_id.value - 1] = count
  }
  const tagsOn = [{ $unwind: '$tags' }, { $match: { 'tags.on': true } }]
  const spelling = { tag: { $min: '$tags.tag' } }
  const tags = grouped<string, { tag: string }>({ 'tags.on': true }, '$tags.key', tagsOn, spelling)
  for await (const { _id, tag, count } of tags) {
    found.get(_id.imageId)?.tags.push({ tag, count })
  }
  for (const current of found.values()) {
    current.tags.sort((a, b) => b.count - a.count || (a.tag < b.tag ? -1 : 1)).splice(MAX_TAGS)
  }
  return found
}
