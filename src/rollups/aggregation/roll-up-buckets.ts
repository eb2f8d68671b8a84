import type { mongo } from 'mongoose'
import { type Bucket, bucketKey } from '../../events/marks/buckets.ts'
import { readHorizons } from '../retention-horizons.ts'
import { type RollupParts, readSources } from './read-sources.ts'
import { sourceOf } from './sources.ts'
import { readRevisions, writeRollups } from './write-rollups.ts'

/** A bucket whose roll-up is up to date, and how long reading its source took, in ms. */
export interface RolledUp {
  bucket: Bucket
  cost: number
}

/**
 * Rolls up buckets of one grain from their sources and writes each by compare and set: the revision is read before the sources,
 * so a sum that was written meanwhile is not overwritten. A bucket whose source has partly expired keeps its roll-up.
 * @returns the buckets whose roll-up is up to date, those kept included; another process wrote the others meanwhile
 */
export async function rollUpBuckets(
  buckets: Bucket[],
  parts: RollupParts,
  session: mongo.ClientSession,
): Promise<RolledUp[]> {
  const { db, log } = parts
  const asOf = new Date()
  const revisions = await readRevisions(db, buckets, session)
  const before = await readHorizons(db, log, session)
  const { sums, costs } = await readSources(buckets, before, parts, session)
  const after = await readHorizons(db, log, session)
  const whole = buckets.filter(
    bucket => sums.has(bucketKey(bucket)) && sourceOf(bucket, before) === sourceOf(bucket, after),
  )
  const written = await writeRollups(whole, { sums, revisions, asOf, horizons: after }, db, session)
  const kept = buckets.filter(bucket => !whole.includes(bucket))
  return [...kept, ...written].map(bucket => ({ bucket, cost: costs.get(bucketKey(bucket)) ?? 0 }))
}
