import type { mongo } from 'mongoose'
import type { Log } from '../../events/log/log.ts'
import { logTtl } from '../../events/log/log-ttl.ts'
import { type Bucket, bucketKey, bucketOf, distinct, startOf } from '../../events/marks/buckets.ts'
import { putMarks } from '../../events/marks/marks.ts'
import { distrustPartials } from '../../rollups/partials/partials.ts'
import { isComplete, readHorizons } from '../../rollups/retention-horizons.ts'
import type { Piece } from './receipt.ts'

const MAX_MINUTES = 1_000
const MAX_EVENTS = 10_000
/** The span of a bucket of the time series, which expires as a whole. */
const BUCKET_SPAN_MS = 86_400_000

/** Returns the oldest events of a person, up to 1,000 minute buckets; undefined if there are none, or they can not be deleted. */
export async function nextPieceOfLog(person: string, log: Log): Promise<Piece | undefined> {
  if (!log.forgets) return undefined
  const minutes = new Map<string, { imageId: string; start: Date }>()
  const ids = new Set<string>()
  let upTo: Piece['upTo']
  for (const { _id, imageId, at } of await log.oldestOf(person, MAX_EVENTS)) {
    const start = startOf('minute', at)
    const key = bucketKey({ imageId, grain: 'minute', start })
    if (minutes.size === MAX_MINUTES && !minutes.has(key)) break
    minutes.set(key, { imageId, start })
    ids.add(_id)
    upTo = { at, _id }
  }
  return upTo && { count: ids.size, upTo, minutes: [...minutes.values()] }
}

/**
 * Removes the events of a person up to the last one of a piece. Its minutes are marked before and after; the piece is in the
 * receipt, so after a crash they are marked again and no roll-up keeps counting removed events.
 */
export async function removeFromLog(
  person: string,
  { upTo, minutes = [] }: Piece,
  { db, log }: { db: mongo.Db; log: Log },
): Promise<void> {
  if (!upTo) return
  const { at, _id } = upTo
  const buckets = await bucketsOfLog(minutes, db, log)
  await distrustPartials(
    db,
    buckets.filter(({ grain }) => grain === 'minute'),
    log.hashPerson(person),
  )
  await putMarks(db, buckets)
  await log.forget({ person, at: { $lte: at }, $or: [{ at: { $lt: at } }, { _id: { $lte: _id } }] })
  await putMarks(db, buckets)
}

/** Returns when the last event of a person expires, if the log can not delete single events; else undefined. */
export async function eventsExpireAt(person: string, db: mongo.Db, log: Log): Promise<Date | undefined> {
  if (log.forgets) return undefined
  const { events } = await log.newestOf({ person }, 1)
  return events[0] && new Date(events[0].at.getTime() + (await logTtl(db, log.layout)) + BUCKET_SPAN_MS)
}

/** Returns the buckets that are rolled up from the log: the minutes, or their hours where minutes have begun to expire. */
async function bucketsOfLog(minutes: NonNullable<Piece['minutes']>, db: mongo.Db, log: Log): Promise<Bucket[]> {
  const horizons = await readHorizons(db, log)
  return distinct(
    minutes.map(({ imageId, start }) =>
      bucketOf(imageId, isComplete(horizons, 'minute', startOf('hour', start)) ? 'minute' : 'hour', start),
    ),
  )
}
