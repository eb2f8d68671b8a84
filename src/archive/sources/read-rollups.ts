import type { mongo } from 'mongoose'
import { batches } from '../../database/batches.ts'
import { CURRENT_READ } from '../../database/connect.ts'
import { SCAN_LIMIT } from '../../database/time-limits.ts'
import { SITE } from '../../events/marks/buckets.ts'
import type { Mark } from '../../events/marks/marks.ts'
import { partsOf, type Rollup, rollups } from '../../rollups/rollup.ts'
import { type Day, dayOf, rangeOf } from '../day.ts'
import type { BucketSum } from '../tables/rollup-archive-table.ts'
import { type ImageRange, imagesIn } from './image-ranges.ts'

const BATCH_SIZE = 200
/** The grains that are archived: minutes are summed from events again, longer grains from days. */
const GRAINS = ['hour', 'day'] as const

/** Returns the days of which there are roll-ups, in their order. */
export async function daysOfRollups(db: mongo.Db): Promise<Day[]> {
  const filter = { imageId: SITE, '_id.grain': 'day' as const }
  const options = { ...CURRENT_READ, ...SCAN_LIMIT, projection: { _id: 1 } }
  const found = await rollups(db).find(filter, options).toArray()
  return found.map(({ _id }) => dayOf(_id.start ?? new Date(0))).sort()
}

/** Returns the revision of the site's roll-up of a day. Undefined while a change of the log of that day may be missing from it. */
export async function settledRevision(db: mongo.Db, day: Day): Promise<string | undefined> {
  // The roll-up is read first: a change that comes in between leaves its mark.
  const site = await rollups(db).findOne(
    { imageId: SITE, '_id.grain': 'day', '_id.start': rangeOf(day).from },
    { ...CURRENT_READ, projection: { rev: 1 } },
  )
  return (await isPending(db, day)) ? undefined : site?.rev
}

/** Whether a change of the log of a day may be missing from its roll-ups. */
export async function isPending(db: mongo.Db, day: Day): Promise<boolean> {
  const { from, to } = rangeOf(day)
  const filter = { start: { $gte: from, $lt: to }, '_id.grain': { $in: ['minute', ...GRAINS] } }
  const options = { ...CURRENT_READ, projection: { _id: 1 } }
  return (await db.collection<Mark>('marks').findOne(filter as mongo.Filter<Mark>, options)) !== null
}

/** Yields the roll-ups of the hours and of the whole of a day, of images and site, sorted by image and time. */
export async function* rollupsOf(day: Day, ranges: ImageRange[], db: mongo.Db): AsyncGenerator<BucketSum[]> {
  const { from, to } = rangeOf(day)
  for (const range of ranges) {
    const filter = { ...imagesIn(range), '_id.grain': { $in: [...GRAINS] }, '_id.start': { $gte: from, $lt: to } }
    const options = { ...CURRENT_READ, ...SCAN_LIMIT, batchSize: BATCH_SIZE }
    const found = rollups(db).find(filter, options).sort({ imageId: 1, '_id.start': 1, '_id.grain': 1 })
    for await (const batch of batches(found)) yield batch.map(sumIn)
  }
}

function sumIn(rollup: Rollup): BucketSum {
  return { bucket: rollup._id, parts: partsOf(rollup) }
}
