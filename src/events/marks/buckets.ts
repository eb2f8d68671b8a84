const MINUTE = 60_000
const HOUR = 3_600_000
const DAY = 24 * HOUR

/** Grains of time, each rolled up from the one before it. `total` is all time and has no start. */
const SPANS = ['minute', 'hour', 'day', 'month', 'total'] as const
export type TimeGrain = (typeof SPANS)[number]

/** A grain of time, or `current`: the feedback that is in force now. */
export type Grain = TimeGrain | 'current'

/** Whether buckets of the grain are marked before their source is written, so that their marks need a hold. Others are marked after. */
export function isMarkedBefore(grain: Grain): boolean {
  return grain === 'minute' || grain === 'current'
}

/** What a roll-up sums: one image, or the site, in one period of one grain. `start` is null for `total` and `current`. */
export interface Bucket {
  imageId: string
  grain: Grain
  start: Date | null
}

/** The image id under which the whole site is rolled up. */
export const SITE = 'all'

/** Returns the start, in UTC, of the bucket of the grain that contains `at`; null for `total`. */
export function startOf(grain: Exclude<TimeGrain, 'total'>, at: Date): Date
export function startOf(grain: TimeGrain, at: Date): Date | null
export function startOf(grain: TimeGrain, at: Date): Date | null {
  switch (grain) {
    case 'minute':
      return new Date(Math.floor(at.getTime() / MINUTE) * MINUTE)
    case 'hour':
      return new Date(Math.floor(at.getTime() / HOUR) * HOUR)
    case 'day':
      return new Date(Math.floor(at.getTime() / DAY) * DAY)
    case 'month':
      return monthOf(at.getUTCFullYear(), at.getUTCMonth())
    case 'total':
      return null
  }
}

/** Returns the exclusive end of the bucket that starts at `start`. */
export function endOf(grain: Exclude<TimeGrain, 'total'>, start: Date): Date {
  switch (grain) {
    case 'minute':
      return new Date(start.getTime() + MINUTE)
    case 'hour':
      return new Date(start.getTime() + HOUR)
    case 'day':
      return new Date(start.getTime() + DAY)
    case 'month':
      return monthOf(start.getUTCFullYear(), start.getUTCMonth() + 1)
  }
}

/** Returns the start of a month. Date.UTC takes the years 0 to 99 for 1900 to 1999. */
function monthOf(year: number, month: number): Date {
  return new Date(new Date(0).setUTCFullYear(year, month))
}

/** Returns the bucket of the grain that contains `at`. */
export function bucketOf(imageId: string, grain: TimeGrain, at: Date): Bucket {
  return { imageId, grain, start: startOf(grain, at) }
}

/** Returns the buckets rolled up from this one: the next grain and, for an hour of an image, the site's hour. */
export function bucketsAbove({ imageId, grain, start }: Bucket): Bucket[] {
  if (start === null || grain === 'current') return []
  const next = SPANS[SPANS.indexOf(grain) + 1]
  if (next === undefined) return []
  const above = [bucketOf(imageId, next, start)]
  if (grain === 'hour' && imageId !== SITE) above.push({ imageId: SITE, grain, start })
  return above
}

/** Yields the bucket and every bucket that is rolled up from it, directly or indirectly. */
export function* upwards(bucket: Bucket): Generator<Bucket> {
  yield bucket
  for (const above of bucketsAbove(bucket)) yield* upwards(above)
}

/** Returns the bucket as a key for maps. */
export function bucketKey({ imageId, grain, start }: Bucket): string {
  return `${imageId} ${grain} ${start?.getTime() ?? ''}`
}

/** Returns the `_id` of the bucket's mark and roll-up. MongoDB compares documents in the order of their keys. */
export function bucketId({ imageId, grain, start }: Bucket): Bucket {
  return { imageId, grain, start }
}

/** Returns the buckets without duplicates. */
export function distinct(buckets: Iterable<Bucket>): Bucket[] {
  const found = new Map<string, Bucket>()
  for (const bucket of buckets) found.set(bucketKey(bucket), bucket)
  return [...found.values()]
}
