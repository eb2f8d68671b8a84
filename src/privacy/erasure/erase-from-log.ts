import type { mongo } from 'mongoose'
import type { Log } from '../../events/log/log.ts'
import { logTtl } from '../../events/log/log-ttl.ts'
import { type Bucket, bucketKey, bucketOf, distinct, startOf } from '../../events/marks/buckets.ts'
import { putMarks } from '../../events/marks/marks.ts'
import { isComplete, readHorizons } from '../../rollups/retention-horizons.ts'
import type { Piece } from './receipt.ts'

const MOST_MINUTES = 1_000
const MOST_EVENTS = 10_000
/** A bucket of a time series expires as a whole: at this granularity it spans a day. */
const BUCKET = 86_400_000

/** The oldest of a person's events, as many as lie in 1,000 minutes of images. */
export async function nextPieceOfLog(person: string, log: Log): Promise<Piece | undefined> {
  if (!log.forgets) return undefined
  const minutes = new Map<string, { imageId: string; start: Date }>()
  const ids = new Set<string>()
  let upTo: Piece['upTo']
  for (const { _id, imageId, at } of await log.oldestOf(person, MOST_EVENTS)) {
    const start = startOf('minute', at)
    const key = bucketKey({ imageId, grain: 'minute', start })
    if (minutes.size === MOST_MINUTES && !minutes.has(key)) break
    minutes.set(key, { imageId, start })
    ids.add(_id)
    upTo = { at, _id }
  }
  return upTo && { count: ids.size, upTo, minutes: [...minutes.values()] }
}

/**
 * Removes a person's events up to the last of a piece. The piece stands in the receipt, and its minutes are marked before and
 * after: killed anywhere, whoever goes on marks them again, so that no sum keeps what the log has lost.
 */
export async function removeFromLog(
  person: string,
  { upTo, minutes = [] }: Piece,
  { db, log }: { db: mongo.Db; log: Log },
): Promise<void> {
  if (!upTo) return
  const { at, _id } = upTo
  const buckets = await summedFromLog(minutes, db, log)
  await putMarks(db, buckets)
  await log.forget({ person, at: { $lte: at }, $or: [{ at: { $lt: at } }, { _id: { $lte: _id } }] })
  await putMarks(db, buckets)
}

/** Where single events can not be deleted: when the last that a person has in the log will have expired. */
export async function eventsExpireAt(person: string, db: mongo.Db, log: Log): Promise<Date | undefined> {
  if (log.forgets) return undefined
  const { events } = await log.newestOf({ person }, 1)
  return events[0] && new Date(events[0].at.getTime() + (await logTtl(db, log.layout)) + BUCKET)
}

/** What is summed from the log itself: minutes, or their hours where the minutes have begun to expire. */
async function summedFromLog(minutes: NonNullable<Piece['minutes']>, db: mongo.Db, log: Log): Promise<Bucket[]> {
  const horizons = await readHorizons(db, log)
  return distinct(
    minutes.map(({ imageId, start }) =>
      bucketOf(imageId, isComplete(horizons, 'minute', startOf('hour', start)) ? 'minute' : 'hour', start),
    ),
  )
}
