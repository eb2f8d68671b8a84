import type { mongo } from 'mongoose'
import { CURRENT_READ } from '../../database/connect.ts'
import { ROLL_UP_LIMIT } from '../../database/time-limits.ts'
import type { ReadableLog } from '../../events/log/log.ts'
import { type Bucket, bucketKey, bucketOf, SITE, type TimeGrain } from '../../events/marks/buckets.ts'
import { countCurrent, noCurrentCounts } from '../../feedback/current-counts.ts'
import { anyOf, timeFilterOf } from '../bucket-filter.ts'
import { type Horizons, isComplete, type Source as Perishable } from '../retention-horizons.ts'
import { rollups } from '../rollup.ts'
import { emptySums, type Sum, type SumParts } from './sum.ts'
import { sumLog } from './sum-log.ts'

type Below = Exclude<TimeGrain, 'total'>

/** What a bucket is summed from. */
export type Source = 'log' | 'feedback' | Below

/** The grain that each longer grain is summed from. */
const BELOW: Record<'hour' | 'day' | 'month' | 'total', Below> = {
  hour: 'minute',
  day: 'hour',
  month: 'day',
  total: 'month',
}

/**
 * Returns a source that holds all of a bucket: the log for a minute, the grain below for the others, the log for an hour whose
 * minutes have expired. Undefined when every source may be incomplete: then the roll-up must stay as it is.
 */
export function sourceOf({ grain, start, imageId }: Bucket, horizons: Horizons): Source | undefined {
  const whole = (source: Perishable) => start !== null && isComplete(horizons, source, start)
  if (grain === 'current') return 'feedback'
  if (grain === 'minute') return whole('log') ? 'log' : undefined
  if (grain === 'day') return whole('hour') ? 'hour' : undefined
  if (grain !== 'hour') return BELOW[grain]
  if (imageId === SITE) return whole('hour') ? 'hour' : undefined
  if (whole('minute')) return 'minute'
  return whole('log') ? 'log' : undefined
}

/** The database, log and causally consistent session that sums are read through. */
interface Sources {
  db: mongo.Db
  log: ReadableLog
  session: mongo.ClientSession
}

/** Reads the sums of buckets of one grain that have the same source. @returns the sums, by bucket key */
export async function readSums(buckets: Bucket[], source: Source, sources: Sources): Promise<Map<string, SumParts>> {
  const site = buckets.filter(isSiteHour)
  const sums = await readOwn(
    buckets.filter(bucket => !isSiteHour(bucket)),
    source,
    sources,
  )
  return new Map([...sums, ...(await readSite(site, sources))])
}

/** Whether a bucket is an hour of the site, which is the sum of that hour of all images. */
function isSiteHour({ imageId, grain }: Bucket): boolean {
  return imageId === SITE && grain === 'hour'
}

async function readOwn(buckets: Bucket[], source: Source, sources: Sources): Promise<Map<string, SumParts>> {
  const [first] = buckets
  if (!first) return new Map()
  if (first.grain === 'current') return readCurrent(buckets, sources)
  if (source === 'log')
    return partsOf(await sumLog(buckets, first.grain, sources.log, { ...CURRENT_READ, session: sources.session }))
  const filter = anyOf(buckets, (start, imageId) => ({
    imageId,
    '_id.grain': source,
    ...(start === null ? {} : { '_id.start': timeFilterOf(first.grain, start) }),
  }))
  return readRollups(buckets, filter, first.grain, sources)
}

async function readSite(buckets: Bucket[], sources: Sources): Promise<Map<string, SumParts>> {
  if (buckets.length === 0) return new Map()
  // Without a condition on the image: with one, the embedded database would look up each start in the index of each image.
  const filter = { '_id.grain': 'hour', '_id.start': { $in: buckets.map(({ start }) => start) } }
  return readRollups(buckets, filter, 'hour', sources)
}

async function readRollups(
  buckets: Bucket[],
  filter: mongo.Document,
  grain: TimeGrain,
  { db, session }: Sources,
): Promise<Map<string, SumParts>> {
  const sums = emptySums(buckets)
  const ofSite = buckets.some(isSiteHour)
  for await (const rollup of rollups(db).find(filter, { ...CURRENT_READ, ...ROLL_UP_LIMIT, session })) {
    const { _id, imageId } = rollup
    if (ofSite && imageId === SITE) continue
    sums.get(bucketKey(bucketOf(ofSite ? SITE : imageId, grain, _id.start ?? new Date(0))))?.add(rollup)
  }
  return partsOf(sums)
}

async function readCurrent(buckets: Bucket[], { db, session }: Sources): Promise<Map<string, SumParts>> {
  const ids = buckets.map(({ imageId }) => imageId)
  const found = await countCurrent(db, ids, { ...CURRENT_READ, session })
  return new Map(
    buckets.map(bucket => [bucketKey(bucket), { counts: {}, current: found.get(bucket.imageId) ?? noCurrentCounts() }]),
  )
}

function partsOf(sums: Map<string, Sum>): Map<string, SumParts> {
  return new Map([...sums].map(([key, sum]) => [key, sum.parts()]))
}
