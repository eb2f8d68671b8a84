import type { mongo } from 'mongoose'
import { FEEDBACK } from '../../feedback/feedback.ts'
import { rollups } from '../../rollups/rollup.ts'
import { likeRatio, smoothedRating } from '../block.ts'
import { type Ranked, TopItems } from './ranking.ts'

/** Metrics of what people think now. Each person counts once, with the latest opinion, however many events it took. */
export const OPINION_METRICS = ['currentLikes', 'currentDislikes', 'currentSaves', 'likeRatio', 'meanRating'] as const
export type OpinionMetric = (typeof OPINION_METRICS)[number]

const STARS = [1, 2, 3, 4, 5]

/** Number of people by opinion. */
interface Opinions {
  likes: number
  dislikes: number
  saves: number
  /** Number of ratings of 1, 2, 3, 4 and 5. */
  ratings: number[]
}

const VALUES: Record<OpinionMetric, (opinions: Opinions) => number | null> = {
  currentLikes: ({ likes }) => likes,
  currentDislikes: ({ dislikes }) => dislikes,
  currentSaves: ({ saves }) => saves,
  likeRatio: ({ likes, dislikes }) => likeRatio({ likes, dislikes }),
  meanRating: ({ ratings }) => smoothedRating(ratings),
}

/** Whether a metric is one of opinions. */
export function isOpinion(metric: string): metric is OpinionMetric {
  return (OPINION_METRICS as readonly string[]).includes(metric)
}

/**
 * Ranks images by what people think now.
 * @param from only opinions that have stood unchanged since a time from this one on count; null for all
 */
export async function rankByOpinion(metric: OpinionMetric, from: Date | null, db: mongo.Db): Promise<Ranked[]> {
  const best = new TopItems()
  for await (const [imageId, opinions] of from === null ? allOpinions(db) : opinionsSince(from, db)) {
    const value = VALUES[metric](opinions)
    if (value !== null && value > 0) best.add({ imageId, value })
  }
  return best.inOrder()
}

async function* allOpinions(db: mongo.Db): AsyncGenerator<[string, Opinions]> {
  const projection = Object.fromEntries(
    ['imageId', 'current.likes', 'current.dislikes', 'current.saves', 'current.ratings'].map(path => [path, 1]),
  )
  for await (const { imageId, current } of rollups(db).find({ '_id.grain': 'current' }, { projection })) {
    if (current) yield [imageId, current]
  }
}

async function* opinionsSince(from: Date, db: mongo.Db): AsyncGenerator<[string, Opinions]> {
  const stars = Object.fromEntries(STARS.map(star => [`star${star}`, { $sum: given('rating', star, from) }]))
  const pipeline = [
    { $match: { updatedAt: { $gte: from } } },
    {
      $group: {
        _id: '$imageId',
        likes: { $sum: given('reaction', 'like', from) },
        dislikes: { $sum: given('reaction', 'dislike', from) },
        saves: { $sum: given('saved', true, from) },
        ...stars,
      },
    },
  ]
  type Row = { _id: string; likes: number; dislikes: number; saves: number } & Record<`star${number}`, number>
  for await (const row of db.collection(FEEDBACK).aggregate<Row>(pipeline)) {
    yield [row._id, { ...row, ratings: STARS.map(star => row[`star${star}`] ?? 0) }]
  }
}

/** Returns an expression that is 1 for feedback whose register has had this value since `from` or later, else 0. */
export function given(register: 'reaction' | 'rating' | 'saved', value: unknown, from: Date, before?: Date) {
  const at = `$${register}.at`
  const isInTime = before === undefined ? [{ $gte: [at, from] }] : [{ $gte: [at, from] }, { $lt: [at, before] }]
  return { $cond: [{ $and: [{ $eq: [`$${register}.value`, value] }, ...isInTime] }, 1, 0] }
}
