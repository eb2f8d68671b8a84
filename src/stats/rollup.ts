import type { mongo } from 'mongoose'
import type { Retention } from '../config.ts'
import type { CollectionSpec } from '../database/collections.ts'
import type { Bucket } from '../events/grains.ts'
import type { Counts } from './fold.ts'

export const ROLLUPS = 'rollups'

export const rollupsCollection: CollectionSpec = {
  name: ROLLUPS,
  indexes: [
    { key: { '_id.grain': 1, '_id.start': 1 } },
    { key: { imageId: 1, '_id.grain': 1, '_id.start': 1 } },
    { key: { expiresAt: 1 }, expireAfterSeconds: 0 },
  ],
}

/** The sum of a bucket. `rev` changes with each write; `asOf` only informs. */
export interface Rollup {
  _id: Bucket
  imageId: string
  rev: string
  asOf: Date
  counts: Counts
  expiresAt?: Date
}

export function rollups(db: mongo.Db): mongo.Collection<Rollup> {
  return db.collection<Rollup>(ROLLUPS)
}

/** When the sum of a bucket goes; days, months and totals stay. */
export function expiryOf({ grain, start }: Bucket, retention: Retention): Date | undefined {
  if (start === null) return undefined
  if (grain === 'minute') return new Date(start.getTime() + retention.minuteRollups)
  if (grain === 'hour') return new Date(start.getTime() + retention.hourRollups)
  return undefined
}
