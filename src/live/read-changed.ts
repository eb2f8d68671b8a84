import type { mongo } from 'mongoose'
import { limitedTo } from '../database/time-limits.ts'
import { bucketId } from '../events/marks/buckets.ts'
import { type Rollup, rollups } from '../rollups/rollup.ts'

/** A later answer would be out of date. */
const TIME_LIMIT_MS = 5_000
/** The numbers have no countries, which are the longest part of a roll-up. */
const PROJECTION = { countries: 0, countryPeople: 0 }

/** What is followed, and the revisions of the roll-ups that are known. */
export interface Known {
  imageId: string
  revisions: string[]
}

/** Reads the roll-ups of all time, and of current feedback, that have other revisions than the known ones, in one query. */
export function readChanged(db: mongo.Db, known: Known[]): Promise<Rollup[]> {
  const imageIds = known.map(({ imageId }) => imageId)
  const ids = imageIds.flatMap(imageId =>
    (['total', 'current'] as const).map(grain => bucketId({ imageId, grain, start: null })),
  )
  const filter = {
    imageId: { $in: imageIds },
    _id: { $in: ids },
    rev: { $nin: known.flatMap(({ revisions }) => revisions) },
  }
  return rollups(db)
    .find(filter, { ...limitedTo(TIME_LIMIT_MS), projection: PROJECTION })
    .toArray()
}
