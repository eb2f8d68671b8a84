import type { mongo } from 'mongoose'
import { CURRENT_READ } from '../../database/connect.ts'
import { SCAN_LIMIT } from '../../database/time-limits.ts'
import { SITE } from '../../events/marks/buckets.ts'
import { eventsIn } from '../../rollups/aggregation/sum.ts'
import { rollups } from '../../rollups/rollup.ts'
import { type Day, rangeOf } from '../day.ts'

/** The database sorts the events of a range at once. */
const MAX_EVENTS = 50_000
/** The database sorts the roll-ups of a range at once: 25 for each image. */
const MAX_IMAGES = 1_000

/** Images whose ids are at least `from` and less than `to`; without bounds the range is open. */
export interface ImageRange {
  from?: string
  to?: string
  /** Number of events on that day, as far as they are counted. */
  events: number
}

/** Returns ranges that contain all images, each with a bounded number of images and, unless it is a single image, of events. */
export async function imageRanges(db: mongo.Db, day: Day): Promise<ImageRange[]> {
  const filter = { '_id.grain': 'day' as const, '_id.start': rangeOf(day).from, imageId: { $ne: SITE } }
  const options = { ...CURRENT_READ, ...SCAN_LIMIT, projection: { imageId: 1, counts: 1 } }
  const ranges: ImageRange[] = []
  let current: ImageRange = { events: 0 }
  let images = 0
  for await (const { imageId, counts } of rollups(db).find(filter, options).sort({ imageId: 1 })) {
    const events = eventsIn({ counts })
    if (images === MAX_IMAGES || (images > 0 && current.events + events > MAX_EVENTS)) {
      ranges.push({ ...current, to: imageId })
      current = { from: imageId, events: 0 }
      images = 0
    }
    current.events += events
    images++
  }
  return [...ranges, current]
}

/** Whether the events of a range must be read hour by hour. */
export function isLarge({ events }: ImageRange): boolean {
  return events > MAX_EVENTS
}

/** Returns the filter for the images of a range. */
export function imagesIn({ from, to }: ImageRange): mongo.Document {
  if (from === undefined && to === undefined) return {}
  return { imageId: { ...(from === undefined ? {} : { $gte: from }), ...(to === undefined ? {} : { $lt: to }) } }
}
