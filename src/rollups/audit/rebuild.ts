import { setTimeout as pause } from 'node:timers/promises'
import { type Bucket, bucketId, endOf, startOf } from '../../events/marks/buckets.ts'
import { type Mark, putMarks } from '../../events/marks/marks.ts'
import type { RollupParts } from '../aggregation/roll-up-buckets.ts'
import { isComplete, readHorizons } from '../retention-horizons.ts'
import { type Hours, hoursSeen, minutesSeen } from './verify.ts'

const AT_ONCE = 1_000
const BETWEEN_LOOKS = 200

/**
 * Has every bucket of the hours summed anew from the log, and what people think of their images now, some at a time: a folder must be at work somewhere.
 * @returns how many buckets were marked for it
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
    // What is folded marks what is above it: an hour is marked itself where nothing below it is.
    const buckets = [...fromMinutes, ...hours.filter(({ imageId }) => !begun.has(imageId)), ...current]
    for (let first = 0; first < buckets.length; first += AT_ONCE) {
      await refold(buckets.slice(first, first + AT_ONCE), parts)
    }
    rebuilt += buckets.length
  }
  return rebuilt
}

/** Marks buckets and waits until they are summed, or marked again by others, which comes to the same. */
async function refold(buckets: Bucket[], { db }: RollupParts): Promise<void> {
  const { tokens } = await putMarks(db, buckets)
  const imageIds = [...new Set(buckets.map(({ imageId }) => imageId))]
  const mine = { imageId: { $in: imageIds }, _id: { $in: buckets.map(bucketId) }, token: { $in: [...tokens.values()] } }
  while ((await db.collection<Mark>('marks').countDocuments(mine, { limit: 1 })) > 0) await pause(BETWEEN_LOOKS)
}
