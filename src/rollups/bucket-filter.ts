import type { mongo } from 'mongoose'
import { type Bucket, endOf, type Grain } from '../events/marks/buckets.ts'

/**
 * Returns a filter for buckets, with one branch of `$or` for each start: with one for each bucket the query planner would make
 * hundreds of plans.
 */
export function anyOf(
  buckets: Bucket[],
  filter: (start: Date | null, imageId: { $in: string[] }) => mongo.Document,
): mongo.Document {
  const starts = new Map<number | undefined, Bucket[]>()
  for (const bucket of buckets) {
    const start = bucket.start?.getTime()
    starts.set(start, [...(starts.get(start) ?? []), bucket])
  }
  const branches = [...starts.values()].map(group =>
    filter(group[0]?.start ?? null, { $in: group.map(({ imageId }) => imageId) }),
  )
  return branches.length === 1 && branches[0] ? branches[0] : { $or: branches }
}

/**
 * Returns the range of times of a bucket.
 * @throws Error for the grains `total` and `current`, which have none
 */
export function timeFilterOf(grain: Grain, start: Date | null): { $gte: Date; $lt: Date } {
  if (grain === 'total' || grain === 'current' || start === null) throw new Error('this grain has no range of times')
  return { $gte: start, $lt: endOf(grain, start) }
}
