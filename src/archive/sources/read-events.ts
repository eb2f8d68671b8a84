import { batches } from '../../database/batches.ts'
import { CURRENT_READ } from '../../database/connect.ts'
import { SCAN_LIMIT } from '../../database/time-limits.ts'
import type { LoggedEvent } from '../../events/event.ts'
import type { Log } from '../../events/log/log.ts'
import type { TimeRange } from '../../events/log/scan.ts'
import { endOf } from '../../events/marks/buckets.ts'
import { type Day, rangeOf } from '../day.ts'
import { type ImageRange, imagesIn, isLarge } from './image-ranges.ts'

const BATCH_SIZE = 500

/** An event of a comment is sorted by the hour, which is all that its row shows of its time. */
const SHOWN_TIME = {
  $cond: [{ $eq: ['$type', 'comment'] }, { $dateTrunc: { date: '$at', unit: 'hour' } }, '$at'],
}
const IN_ORDER = [
  { $set: { shownAt: SHOWN_TIME } },
  { $sort: { imageId: 1, shownAt: 1, _id: 1 } },
  { $unset: 'shownAt' },
]

/** Yields the events of a day without duplicates, sorted by image, shown time and id. The database never sorts more than a range. */
export async function* eventsOf(day: Day, ranges: ImageRange[], log: Pick<Log, 'read'>): AsyncGenerator<LoggedEvent[]> {
  for (const range of ranges) {
    for (const { from, to } of isLarge(range) ? hoursOf(rangeOf(day)) : [rangeOf(day)]) {
      const match = { ...imagesIn(range), at: { $gte: from, $lt: to } }
      yield* batches(log.read(match, IN_ORDER, { ...CURRENT_READ, ...SCAN_LIMIT, batchSize: BATCH_SIZE }))
    }
  }
}

function hoursOf({ from, to }: TimeRange): TimeRange[] {
  const hours: TimeRange[] = []
  for (let hour = from; hour < to; hour = endOf('hour', hour)) hours.push({ from: hour, to: endOf('hour', hour) })
  return hours
}
