import type { mongo } from 'mongoose'
import type { EventType } from '../events/event.ts'
import { type Bucket, bucketKey, bucketOf, endOf, type Grain, SITE, type Span } from '../events/grains.ts'
import type { ReadableLog } from '../events/log.ts'
import { countCurrent, noCurrentCounts } from '../feedback/current.ts'
import { type Floors, isWhole, type Source as Perishable } from './floors.ts'
import { addParts, nothing, type Parts } from './fold.ts'
import { type Rollup, rollups } from './rollup.ts'

type Below = Exclude<Span, 'total'>

/** Where a sum is read from. */
export type Source = 'log' | 'feedback' | Below

/** What each longer span is summed from. */
const BELOW: Record<'hour' | 'day' | 'month' | 'total', Below> = {
  hour: 'minute',
  day: 'hour',
  month: 'day',
  total: 'month',
}

/**
 * Where a bucket's sum can be read from as a whole: its minute from the log, the others from the grain below, an hour whose
 * minutes have gone from the log again. Undefined where too much has expired: then its sum must be left as it is.
 */
export function sourceOf({ grain, start, imageId }: Bucket, floors: Floors): Source | undefined {
  const whole = (source: Perishable) => start !== null && isWhole(floors, source, start)
  if (grain === 'current') return 'feedback'
  if (grain === 'minute') return whole('log') ? 'log' : undefined
  if (grain === 'day') return whole('hour') ? 'hour' : undefined
  if (grain !== 'hour') return BELOW[grain]
  if (imageId === SITE) return whole('hour') ? 'hour' : undefined
  if (whole('minute')) return 'minute'
  return whole('log') ? 'log' : undefined
}

/** What sums are read from, as one consistent world. */
export interface Sources {
  db: mongo.Db
  log: ReadableLog
  session: mongo.ClientSession
}

/** From the primary, what a majority has. */
export const READ = { readConcern: { level: 'majority' }, readPreference: 'primary' } as const

/** The sums of buckets of one grain that have one source, by their keys. */
export async function readSums(buckets: Bucket[], source: Source, sources: Sources): Promise<Map<string, Parts>> {
  const site = buckets.filter(isSiteHour)
  const sums = await readOwn(
    buckets.filter(bucket => !isSiteHour(bucket)),
    source,
    sources,
  )
  return new Map([...sums, ...(await readSite(site, sources))])
}

/** The site's hour is the sum of all other images' same hour. */
function isSiteHour({ imageId, grain }: Bucket): boolean {
  return imageId === SITE && grain === 'hour'
}

async function readOwn(buckets: Bucket[], source: Source, sources: Sources): Promise<Map<string, Parts>> {
  const [first] = buckets
  if (!first) return new Map()
  if (first.grain === 'current') return readCurrent(buckets, sources)
  if (source === 'log') return readLog(buckets, first.grain, sources)
  const filter = anyOf(buckets, (start, imageId) => ({
    imageId,
    '_id.grain': source,
    ...(start === null ? {} : { '_id.start': spanOf(first.grain, start) }),
  }))
  return readRollups(buckets, filter, first.grain, sources)
}

async function readSite(buckets: Bucket[], sources: Sources): Promise<Map<string, Parts>> {
  if (buckets.length === 0) return new Map()
  const filter = {
    '_id.grain': 'hour',
    '_id.start': { $in: buckets.map(({ start }) => start) },
    imageId: { $ne: SITE },
  }
  return readRollups(buckets, filter, 'hour', sources)
}

/** The database counts: of an image that everybody looks at a minute is a hundred thousand events. */
async function readLog(buckets: Bucket[], grain: Span, { log, session }: Sources): Promise<Map<string, Parts>> {
  const sums = emptySums(buckets)
  const match = anyOf(buckets, (start, imageId) => ({ imageId, at: spanOf(grain, start) }))
  const key = { imageId: '$imageId', type: '$type', start: { $dateTrunc: { date: '$at', unit: grain } } }
  const counted = log.read<Counted>(match, [{ $group: { _id: key, count: { $sum: 1 } } }], { ...READ, session })
  for await (const { _id, count } of counted) {
    const sum = sums.get(bucketKey({ imageId: _id.imageId, grain, start: _id.start }))
    if (sum) addParts(sum, { counts: { [_id.type]: count } })
  }
  return sums
}

interface Counted {
  _id: { imageId: string; type: EventType; start: Date }
  count: number
}

/** A filter with a branch for each start, not for each bucket: of hundreds the planner would make as many plans. */
function anyOf(
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

async function readRollups(
  buckets: Bucket[],
  filter: mongo.Document,
  grain: Span,
  { db, session }: Sources,
): Promise<Map<string, Parts>> {
  const sums = emptySums(buckets)
  const options = { ...READ, session, projection: { imageId: 1, counts: 1 } }
  const ofSite = buckets.some(isSiteHour)
  for await (const { _id, imageId, counts } of rollups(db).find<Rollup>(filter, options)) {
    const sum = sums.get(bucketKey(bucketOf(ofSite ? SITE : imageId, grain, _id.start ?? new Date(0))))
    if (sum) addParts(sum, { counts })
  }
  return sums
}

async function readCurrent(buckets: Bucket[], { db, session }: Sources): Promise<Map<string, Parts>> {
  const ids = buckets.map(({ imageId }) => imageId)
  const found = await countCurrent(db, ids, { ...READ, session })
  return new Map(
    buckets.map(bucket => [bucketKey(bucket), { counts: {}, current: found.get(bucket.imageId) ?? noCurrentCounts() }]),
  )
}

function spanOf(grain: Grain, start: Date | null): { $gte: Date; $lt: Date } {
  if (grain === 'total' || grain === 'current' || start === null) throw new Error('all time has no span')
  return { $gte: start, $lt: endOf(grain, start) }
}

function emptySums(buckets: Bucket[]): Map<string, Parts> {
  return new Map(buckets.map(bucket => [bucketKey(bucket), nothing()]))
}
