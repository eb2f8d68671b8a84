import { setTimeout as pause } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { mongo } from 'mongoose'
import { CURRENT_READ } from '../../database/connect.ts'
import { SCAN_LIMIT } from '../../database/time-limits.ts'
import {
  type Bucket,
  bucketKey,
  bucketOf,
  distinct,
  endOf,
  SITE,
  startOf,
  upwards,
} from '../../events/marks/buckets.ts'
import type { Mark } from '../../events/marks/marks.ts'
import { noCurrentCounts } from '../../feedback/current-counts.ts'
import type { RollupParts } from '../aggregation/read-sources.ts'
import { readSums, type Source, sourceOf } from '../aggregation/sources.ts'
import type { SumParts } from '../aggregation/sum.ts'
import { type Horizons, isComplete, readHorizons } from '../retention-horizons.ts'
import { partsOf, readRollups, rollups } from '../rollup.ts'

const BATCH_SIZE = 100
const ATTEMPTS = 60
const RETRY_INTERVAL_MS = 1_000

/** A bucket whose roll-up differs from the sum of its source. */
interface Difference {
  bucket: Bucket
  expected: SumParts
  found: SumParts | undefined
  /** Whether the bucket is marked: it will be rolled up, and may be right then. */
  isWaiting: boolean
}

/** The range of whole hours from the hour of `from` to the hour of `to`, which is included unless `to` is its beginning. */
export interface Hours {
  from: Date
  to: Date
}

/**
 * Compares every bucket with events or roll-ups in the hours with its source: minutes and hours with the log, longer grains with
 * the grain below, current counts with feedback. A bucket that waits for its roll-up is compared again, up to `attempts` times.
 * @param rest awaited after each hour; limits the load
 * @returns the differences
 */
export async function* verify(
  { from, to }: Hours,
  parts: RollupParts,
  client: mongo.MongoClient,
  { rest = async () => undefined, attempts = ATTEMPTS }: { rest?: () => Promise<void>; attempts?: number } = {},
): AsyncGenerator<Difference> {
  const differing = (buckets: Bucket[], source: Source) => differencesOf(buckets, { source, attempts }, parts, client)
  const touched = new Map<string, Bucket>()
  const above = (bucket: Bucket) => touched.set(bucketKey(bucket), bucket)
  for (let hour = startOf('hour', from); hour < to; hour = endOf('hour', hour)) {
    const minutes = await minutesSeen(hour, parts)
    const hours = await hoursSeen(hour, minutes, parts)
    yield* differing(minutes, 'log')
    yield* differing(hours, 'log')
    await rest()
    if (hours.length === 0) continue
    const site = bucketOf(SITE, 'hour', hour)
    yield* differing([site], 'hour')
    for (const { imageId } of [...hours, site]) {
      for (const grain of ['day', 'month', 'total'] as const) above(bucketOf(imageId, grain, hour))
      if (imageId !== SITE) above({ imageId, grain: 'current', start: null })
    }
  }
  for (const [grain, source] of [
    ['day', 'hour'],
    ['month', 'day'],
    ['total', 'month'],
    ['current', 'feedback'],
  ] as const) {
    const same = [...touched.values()].filter(bucket => bucket.grain === grain)
    yield* differing(same, source)
  }
}

/** Returns the minutes of an hour that have events or a roll-up, of all images. */
export async function minutesSeen(hour: Date, { db, log }: RollupParts): Promise<Bucket[]> {
  const range = { $gte: hour, $lt: endOf('hour', hour) }
  const minute = { $dateTrunc: { date: '$at', unit: 'minute' } }
  const group = { $group: { _id: { imageId: '$imageId', start: minute } } }
  const inLog = log.read<{ _id: { imageId: string; start: Date } }>({ at: range }, [group], SCAN_LIMIT)
  const found: Bucket[] = []
  for await (const { _id } of inLog) found.push({ imageId: _id.imageId, grain: 'minute', start: _id.start })
  const filter = { '_id.grain': 'minute' as const, '_id.start': range, imageId: { $ne: SITE } }
  for await (const { _id } of rollups(db).find(filter, { ...SCAN_LIMIT, projection: { _id: 1 } })) {
    found.push(bucketOf(_id.imageId, 'minute', _id.start ?? hour))
  }
  return distinct(found)
}

/** Returns the hour buckets of the images that have one of `minutes`, or a roll-up of that hour. */
export async function hoursSeen(hour: Date, minutes: Bucket[], { db }: RollupParts): Promise<Bucket[]> {
  const filter = { '_id.grain': 'hour' as const, '_id.start': hour, imageId: { $ne: SITE } }
  const rolled = await rollups(db)
    .find(filter, { ...SCAN_LIMIT, projection: { imageId: 1 } })
    .toArray()
  return distinct([...minutes, ...rolled].map(({ imageId }) => bucketOf(imageId, 'hour', hour)))
}

/** Compares buckets of one grain with their source, again while they wait for a roll-up. Skips those with an expired source. */
async function* differencesOf(
  buckets: Bucket[],
  { source, attempts }: { source: Source; attempts: number },
  parts: RollupParts,
  client: mongo.MongoClient,
): AsyncGenerator<Difference> {
  for (let from = 0; from < buckets.length; from += BATCH_SIZE) {
    let suspects = buckets.slice(from, from + BATCH_SIZE)
    for (let attempt = 1; suspects.length > 0; attempt++) {
      const before = await waitingBuckets(suspects, parts.db)
      const differences = await compare(suspects, source, parts, client)
      const after = await waitingBuckets(suspects, parts.db)
      const found = differences.map((difference): Difference => {
        const key = bucketKey(difference.bucket)
        return { ...difference, isWaiting: before.has(key) || after.has(key) }
      })
      yield* found.filter(({ isWaiting }) => attempt === attempts || !isWaiting)
      if (attempt === attempts) break
      suspects = found.filter(({ isWaiting }) => isWaiting).map(({ bucket }) => bucket)
      if (suspects.length > 0) await pause(RETRY_INTERVAL_MS)
    }
  }
}

async function compare(
  buckets: Bucket[],
  source: Source,
  { db, log }: RollupParts,
  client: mongo.MongoClient,
): Promise<Omit<Difference, 'isWaiting'>[]> {
  return client.withSession({ causalConsistency: true }, async session => {
    const horizons = await readHorizons(db, log, session)
    const whole = buckets.filter(bucket => isComparable(bucket, source, horizons))
    const sums = await readSums(whole, source, { db, log, session })
    const existing = await readRollups(db, whole, { ...CURRENT_READ, ...SCAN_LIMIT, session })
    return whole.flatMap(bucket => {
      const key = bucketKey(bucket)
      const [expected = { counts: {} }, rollup] = [sums.get(key), existing.get(key)]
      const found = rollup && partsOf(rollup)
      const isSame = isDeepStrictEqual(comparable(expected, found), comparable(found, found))
      return isSame ? [] : [{ bucket, expected, found }]
    })
  })
}

/** Whether neither the source nor the roll-up itself may have partly expired. */
function isComparable(bucket: Bucket, source: Source, horizons: Horizons): boolean {
  const { grain, start } = bucket
  if (sourceOf(bucket, horizons) === undefined) return false
  if (start === null) return true
  const isKept = grain !== 'minute' && grain !== 'hour' ? true : isComplete(horizons, grain, start)
  return isKept && (source !== 'log' || isComplete(horizons, 'log', start))
}

/** Treats a missing roll-up as an empty one, and leaves out what roll-ups of earlier versions do not have, where the found one has none. */
function comparable(
  { current = noCurrentCounts(), countryPeople, ...parts }: SumParts = { counts: {} },
  found: SumParts | undefined,
): SumParts {
  return { ...parts, ...(found?.countryPeople && countryPeople ? { countryPeople } : {}), current }
}

/** Returns the keys of the marked buckets and of all buckets above them, which may change at any time. */
async function waitingBuckets(buckets: Bucket[], db: mongo.Db): Promise<Set<string>> {
  const waiting = new Set<string>()
  const imageIds = [...new Set(buckets.map(({ imageId }) => imageId))]
  const filter = imageIds.includes(SITE) ? {} : { imageId: { $in: imageIds } }
  for await (const mark of db.collection<Mark>('marks').find(filter, { ...CURRENT_READ, ...SCAN_LIMIT })) {
    for (const bucket of upwards(mark._id)) waiting.add(bucketKey(bucket))
  }
  return waiting
}
