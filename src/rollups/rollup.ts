import type { mongo } from 'mongoose'
import type { CollectionSpec } from '../database/collections.ts'
import { type Bucket, bucketId, bucketKey } from '../events/marks/buckets.ts'
import type { SumParts } from './aggregation/sum.ts'
import type { Horizons } from './retention-horizons.ts'

export const ROLLUPS = 'rollups'

export const rollupsCollection: CollectionSpec = {
  name: ROLLUPS,
  indexes: [
    { key: { '_id.grain': 1, '_id.start': 1 } },
    { key: { imageId: 1, '_id.grain': 1, '_id.start': 1 } },
    { key: { expiresAt: 1 }, expireAfterSeconds: 0 },
  ],
}

/** The stored roll-up of a bucket. `rev` is the revision and changes with each write; `asOf` is informative only. */
export interface Rollup extends SumParts {
  _id: Bucket
  imageId: string
  rev: string
  asOf: Date
  expiresAt?: Date
  /** The minute has not settled yet: the sum is that of the processes, not of the log. */
  provisional?: true
}

/** Returns the collection of roll-ups. */
export function rollups(db: mongo.Db): mongo.Collection<Rollup> {
  return db.collection<Rollup>(ROLLUPS, { promoteBuffers: true })
}

/** Returns the existing roll-ups of buckets, by bucket key. @param options such as a projection and limits of time */
export async function readRollups(
  db: mongo.Db,
  buckets: Bucket[],
  options: mongo.FindOptions,
): Promise<Map<string, Rollup>> {
  const imageIds = [...new Set(buckets.map(({ imageId }) => imageId))]
  const filter = { imageId: { $in: imageIds }, _id: { $in: buckets.map(bucketId) } }
  const existing = new Map<string, Rollup>()
  for await (const rollup of rollups(db).find(filter, options)) existing.set(bucketKey(rollup._id), rollup)
  return existing
}

/** Returns when the roll-up of a bucket expires; undefined for days, months, totals and current counts, which stay. */
export function expiryOf({ grain, start }: Bucket, { ttl }: Horizons): Date | undefined {
  const kept = grain === 'minute' || grain === 'hour' ? ttl[grain] : undefined
  return start === null || kept === undefined ? undefined : new Date(start.getTime() + kept)
}

/** Returns the sum in a roll-up, without its id, revision and times. */
export function partsOf({
  _id: _b,
  imageId: _i,
  rev: _r,
  asOf: _a,
  expiresAt: _e,
  provisional: _p,
  ...parts
}: Rollup): SumParts {
  return parts
}
