import type { mongo } from 'mongoose'
import { Problem } from '../../errors.ts'
import { SITE } from '../../events/marks/buckets.ts'
import { Sum } from '../../rollups/aggregation/sum.ts'
import { type Block, blockOf } from '../block.ts'
import { ALL_TIME, type BucketRange, rollupsOf } from '../covered-ranges.ts'
import type { Range } from '../range.ts'
import { TopItems } from '../rankings/ranking.ts'
import { BoundedReads, beforeOf, readSettlement, type Stats, Tally } from '../read-stats.ts'

/** Number of images whose numbers are given one by one: those with the most views. */
export const MAX_NAMED = 200
/** With more images there are more roll-ups than an answer may be summed from. */
export const MAX_OWNED = 50_000
/** Number of images whose roll-ups are read at once, which bounds the sums in memory. */
const BATCH_SIZE = 100

/** The numbers of one image and, for a comparison, those of the time before. */
type OneImage = { imageId: string; before?: Block } & Block

/** Stats of some images, together and one by one. */
export interface OwnStats extends Stats {
  imageCount: number
  /** The 200 images with the most views, in this order. */
  images: OneImage[]
}

/** An image with its sums, ranked by views. */
interface Summed {
  imageId: string
  value: number
  sum: Sum
  before: Sum | undefined
}

/**
 * Reads the stats of some images, together and one by one, with those of the time before, if the range is compared.
 * @param range undefined for all time
 * @param minPeople that countries must have to be named
 * @throws Problem `range_too_long` for more than 50,000 images, or when more roll-ups would have to be summed
 */
export async function readOwnStats(
  db: mongo.Db,
  imageIds: string[],
  range: Range | undefined,
  minPeople: number,
): Promise<OwnStats> {
  if (imageIds.length > MAX_OWNED) throw new Problem('range_too_long', { detail: `more than ${MAX_OWNED} images` })
  // That of the site is not later than that of any image.
  const settlement = await readSettlement(db, SITE)
  const reads = new BoundedReads(db)
  const tally = new Tally(range, imageIds.length)
  const whole = new Sum()
  const best = new TopItems<Summed>(MAX_NAMED)
  const span = range?.before
  for (let from = 0; from < imageIds.length; from += BATCH_SIZE) {
    const batch = imageIds.slice(from, from + BATCH_SIZE)
    const sums = await sumByImage(reads, batch, range?.ranges ?? ALL_TIME, tally)
    const before = span && (await sumByImage(reads, batch, span.ranges, whole))
    for (const [imageId, sum] of sums)
      best.add({ imageId, value: sum.counts.view ?? 0, sum, before: before?.get(imageId) })
  }
  const stats = { ...tally.stats(minPeople), ...settlement }
  const comparison = span === undefined ? {} : { before: span && beforeOf(span, whole) }
  return { ...stats, ...comparison, imageCount: imageIds.length, images: best.inOrder().map(numbersOf) }
}

/** Sums the roll-ups of each image, and adds them to what is summed of all. */
async function sumByImage(
  reads: BoundedReads,
  imageIds: string[],
  ranges: BucketRange[],
  all: Pick<Tally, 'add'>,
): Promise<Map<string, Sum>> {
  const sums = new Map(imageIds.map(imageId => [imageId, new Sum()]))
  for await (const rollup of reads.find(rollupsOf({ $in: imageIds }, ranges))) {
    sums.get(rollup.imageId)?.add(rollup)
    all.add(rollup)
  }
  return sums
}

function numbersOf({ imageId, sum, before }: Summed): OneImage {
  return { imageId, ...blockOf(sum), ...(before ? { before: blockOf(before) } : {}) }
}
