import { setTimeout as pause } from 'node:timers/promises'
import { type Bucket, bucketId, endOf, startOf } from '../../events/marks/buckets.ts'
import { type Mark, putMarks } from '../../events/marks/marks.ts'
import type { RollupParts } from '../aggregation/read-sources.ts'
import { isComplete, readHorizons } from '../retention-horizons.ts'
import { type Hours, hoursSeen, minutesSeen } from './verify.ts'

const BATCH_SIZE = 1_000
const POLL_INTERVAL_MS = 200

/**
 * Rolls up every bucket of the hours again, and the current counts of their images, in batches. It marks them and waits, so a
 * roll-up worker must be running in some process.
 * @returns the number of buckets
 */
export async function rebuild({ from, to }: Hours, parts: RollupParts): Promise<number> {
  let rebuilt = 0
  for (let hour = startOf('hour', from); hour < to; hour = endOf('hour', hour)) {
    const minutes = await minutesSeen(hour, parts)
    const horizons = await readHorizons(parts.db, parts.log)
    const hours = await hoursSeen(hour, minutes, parts)
    const current = hours.map(({ imageId }): Bucket => ({ imageId, grain: 'current', start: null }))
    const fromMinutes = isComplete(horizons, 'minute', hour) ? minutes : []
    const begun = new Set(fromMinutes.map(({ imageId }) => imageId))
    // A roll-up marks the buckets above it, so an hour needs a mark only where none of its minutes has one.
    const buckets = [...fromMinutes, ...hours.filter(({ imageId }) => !begun.has(imageId)), ...current]
    for (let first = 0; first < buckets.length; first += BATCH_SIZE) {
      await rollUpAgain(buckets.slice(first, first + BATCH_SIZE), parts)
    }
    rebuilt += buckets.length
  }
  return rebuilt
}

/** Marks buckets and waits until those marks are gone: rolled up, or replaced by later marks, which will be. */
async function rollUpAgain(buckets: Bucket[], { db }: RollupParts): Promise<void> {
  const { tokens } = await putMarks(db, buckets)
  const imageIds = [...new Set(buckets.map(({ imageId }) => imageId))]
  const filter = {
    imageId: { $in: imageIds },
    _id: { $in: buckets.map(bucketId) },
    token: { $in: [...tokens.values()] },
  }
  while ((await db.collection<Mark>('marks').countDocuments(filter, { limit: 1 })) > 0) await pause(POLL_INTERVAL_MS)
}
