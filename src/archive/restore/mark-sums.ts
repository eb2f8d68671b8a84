import type { mongo } from 'mongoose'
import { CURRENT_READ } from '../../database/connect.ts'
import { SCAN_LIMIT } from '../../database/time-limits.ts'
import { type Bucket, SITE } from '../../events/marks/buckets.ts'
import { putMarks } from '../../events/marks/marks.ts'
import { FEEDBACK } from '../../feedback/feedback.ts'
import { raiseHorizons, SLACK_MS } from '../../rollups/retention-horizons.ts'
import { ROLLUPS, rollups } from '../../rollups/rollup.ts'
import { type Day, rangeOf } from '../day.ts'

const BATCH_SIZE = 1_000

/** Marks what is not in an archive but follows from it: the months of all days, which totals follow, and the current counts. */
export async function markSums(db: mongo.Db): Promise<void> {
  const month = { $dateTrunc: { date: '$_id.start', unit: 'month' } }
  const months = [
    { $match: { '_id.grain': 'day' } },
    { $group: { _id: { imageId: '$imageId', start: month } } },
    { $project: { _id: { imageId: '$_id.imageId', grain: 'month', start: '$_id.start' } } },
  ]
  const images = [
    { $group: { _id: '$imageId' } },
    { $project: { _id: { imageId: '$_id', grain: 'current', start: null } } },
  ]
  await markAll(db, ROLLUPS, months)
  await markAll(db, FEEDBACK, images)
}

async function markAll(db: mongo.Db, collection: string, stages: mongo.Document[]): Promise<void> {
  const options = { ...CURRENT_READ, ...SCAN_LIMIT, batchSize: BATCH_SIZE }
  let waiting: Bucket[] = []
  for await (const { _id } of db.collection(collection).aggregate<{ _id: Bucket }>(stages, options)) {
    waiting.push(_id)
    if (waiting.length < BATCH_SIZE) continue
    await putMarks(db, waiting)
    waiting = []
  }
  await putMarks(db, waiting)
}

/** Moves the retention horizons to where the archive begins, so that nothing is summed from what it does not hold. */
export async function raiseToArchive(db: mongo.Db, firstEvents: Day | undefined): Promise<void> {
  const oldest = rollups(db).find({ imageId: SITE, '_id.grain': 'hour' }, { ...CURRENT_READ, ...SCAN_LIMIT })
  const [hour] = await oldest.sort({ '_id.start': 1 }).limit(1).toArray()
  const before = (time: Date) => new Date(time.getTime() - SLACK_MS)
  const log = firstEvents && before(rangeOf(firstEvents).from)
  await raiseHorizons(db, {
    ...(log ? { log, minute: log } : {}),
    ...(hour?._id.start ? { hour: before(hour._id.start) } : {}),
  })
}
