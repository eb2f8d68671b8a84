import type { mongo } from 'mongoose'
import { type Bucket, endOf, type Grain } from '../events/marks/buckets.ts'

/** A filter with a branch for each start, not for each bucket: of hundreds the planner would make as many plans. */
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

/** The times of a bucket. */
export function timeFilterOf(grain: Grain, start: Date | null): { $gte: Date; $lt: Date } {
  if (grain === 'total' || grain === 'current' || start === null) throw new Error('all time has no span')
  return { $gte: start, $lt: endOf(grain, start) }
}
