import type { mongo } from 'mongoose'
import type { EventType } from '../events/event.ts'
import { type Bucket, bucketKey, bucketOf, endOf, type Grain, SITE } from '../events/grains.ts'
import type { Log } from '../events/log.ts'
import { type Floors, isWhole, type Source } from './floors.ts'
import { addEvent, addParts, nothing, type Parts } from './fold.ts'
import { type Rollup, rollups } from './rollup.ts'

type Below = Exclude<Grain, 'total'>

/** What each grain is summed from. */
const BELOW: Record<Exclude<Grain, 'minute'>, Below> = { hour: 'minute', day: 'hour', month: 'day', total: 'month' }

/**
 * Where a bucket's sum can be read from as a whole: its minute from the log, the others from the grain below, an hour whose
 * minutes have gone from the log again. Undefined where too much has expired: then its sum must be left as it is.
 */
export function sourceOf({ grain, start, imageId }: Bucket, floors: Floors): 'log' | Below | undefined {
  const whole = (source: Source) => start !== null && isWhole(floors, source, start)
  if (grain === 'minute') return whole('log') ? 'log' : undefined
  if (grain === 'day') return whole('hour') ? 'hour' : undefined
  if (grain !== 'hour') return BELOW[grain]
  if (imageId === SITE) return whole('hour') ? 'hour' : undefined
  if (whole('minute')) return 'minute'
  return whole('log') ? 'log' : undefined
}

/** The sums of buckets of one grain that are read from the log, by their keys. */
export async function sumLog(
  db: mongo.Db,
  log: Log,
  buckets: Bucket[],
  options: mongo.AggregateOptions,
): Promise<Map<string, Parts>> {
  const sums = emptySums(buckets)
  const [first] = buckets
  if (!first) return sums
  const $or = buckets.map(bucket => ({ imageId: bucket.imageId, at: spanOf(bucket) }))
  const stages = [...log.once({ $or }), { $project: { _id: 0, imageId: 1, at: 1, type: 1 } }]
  const events = db.collection('events').aggregate<{ imageId: string; at: Date; type: EventType }>(stages, options)
  for await (const event of events) {
    const sum = sums.get(bucketKey(bucketOf(event.imageId, first.grain, event.at)))
    if (sum) addEvent(sum, event)
  }
  return sums
}

/** The sums of buckets of one grain that are read from shorter rollups, by their keys. */
export async function sumRollups(
  db: mongo.Db,
  below: Below,
  buckets: Bucket[],
  options: mongo.FindOptions,
): Promise<Map<string, Parts>> {
  const sums = emptySums(buckets)
  const [first] = buckets
  if (!first) return sums
  const site = first.imageId === SITE && first.grain === 'hour'
  const $or = buckets.map(bucket => (site ? siteFilter(bucket) : imageFilter(bucket, below)))
  const projection = { imageId: 1, counts: 1 }
  for await (const { _id, imageId, counts } of rollups(db).find<Rollup>({ $or }, { ...options, projection })) {
    const start = _id.start ?? new Date(0)
    const sum = sums.get(bucketKey(bucketOf(site ? SITE : imageId, first.grain, start)))
    if (sum) addParts(sum, { counts })
  }
  return sums
}

function imageFilter(bucket: Bucket, below: Below) {
  const { imageId, start } = bucket
  return { imageId, '_id.grain': below, ...(start === null ? {} : { '_id.start': spanOf(bucket) }) }
}

/** The site's hour is the sum of all other images' same hour. */
function siteFilter({ start }: Bucket) {
  return { '_id.grain': 'hour' as const, '_id.start': start, imageId: { $ne: SITE } }
}

function spanOf({ grain, start }: Bucket): { $gte: Date; $lt: Date } {
  if (grain === 'total' || start === null) throw new Error('all time has no span')
  return { $gte: start, $lt: endOf(grain, start) }
}

function emptySums(buckets: Bucket[]): Map<string, Parts> {
  return new Map(buckets.map(bucket => [bucketKey(bucket), nothing()]))
}
