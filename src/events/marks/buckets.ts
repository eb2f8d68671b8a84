const MINUTE = 60_000
const HOUR = 3_600_000

/** Widths of time that are summed, each from the one before it. `total` is all time and has no start. */
const SPANS = ['minute', 'hour', 'day', 'month', 'total'] as const
export type TimeGrain = (typeof SPANS)[number]

/** What is summed: a width of time, or `current`: what people think of an image now. */
export type Grain = TimeGrain | 'current'

/** Such a bucket is marked before what it is summed from is written, so its mark must hold for a while; others are marked after. */
export function isMarkedBefore(grain: Grain): boolean {
  return grain === 'minute' || grain === 'current'
}

/** One image, or `all`, in one stretch of time. */
export interface Bucket {
  imageId: string
  grain: Grain
  start: Date | null
}

/** The pseudo image that stands for the whole site. */
export const SITE = 'all'

/** Where the bucket of that grain which holds `at` begins; all in UTC. */
export function startOf(grain: Exclude<TimeGrain, 'total'>, at: Date): Date
export function startOf(grain: TimeGrain, at: Date): Date | null
export function startOf(grain: TimeGrain, at: Date): Date | null {
  switch (grain) {
    case 'minute':
      return new Date(Math.floor(at.getTime() / MINUTE) * MINUTE)
    case 'hour':
      return new Date(Math.floor(at.getTime() / HOUR) * HOUR)
    case 'day':
      return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()))
    case 'month':
      return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth()))
    case 'total':
      return null
  }
}

/** The first moment after the bucket that begins at `start`. */
export function endOf(grain: Exclude<TimeGrain, 'total'>, start: Date): Date {
  switch (grain) {
    case 'minute':
      return new Date(start.getTime() + MINUTE)
    case 'hour':
      return new Date(start.getTime() + HOUR)
    case 'day':
      return new Date(start.getTime() + 24 * HOUR)
    case 'month':
      return new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1))
  }
}

/** The bucket of that grain that holds the time. */
export function bucketOf(imageId: string, grain: TimeGrain, at: Date): Bucket {
  return { imageId, grain, start: startOf(grain, at) }
}

/** The buckets that are summed from this one: the next grain up and, of an image's hour, the site's. */
export function bucketsAbove({ imageId, grain, start }: Bucket): Bucket[] {
  if (start === null || grain === 'current') return []
  const next = SPANS[SPANS.indexOf(grain) + 1]
  if (next === undefined) return []
  const above = [bucketOf(imageId, next, start)]
  if (grain === 'hour' && imageId !== SITE) above.push({ imageId: SITE, grain, start })
  return above
}

/** A bucket and everything that is summed from it, however far up. */
export function* upwards(bucket: Bucket): Generator<Bucket> {
  yield bucket
  for (const above of bucketsAbove(bucket)) yield* upwards(above)
}

/** A bucket as a key of maps. */
export function bucketKey({ imageId, grain, start }: Bucket): string {
  return `${imageId} ${grain} ${start?.getTime() ?? ''}`
}

/** A bucket as the _id of its mark and its rollup: the order of the keys counts. */
export function bucketId({ imageId, grain, start }: Bucket): Bucket {
  return { imageId, grain, start }
}

/** Each bucket once. */
export function distinct(buckets: Iterable<Bucket>): Bucket[] {
  const found = new Map<string, Bucket>()
  for (const bucket of buckets) found.set(bucketKey(bucket), bucket)
  return [...found.values()]
}
