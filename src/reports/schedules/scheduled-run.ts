import type { mongo } from 'mongoose'
import type { CollectionSpec } from '../../database/collections.ts'
import { MAJORITY } from '../../database/connect.ts'

const RUNS = 'scheduledRuns'
const KEPT_MS = 90 * 86_400_000
const MAX_LISTED = 100

export const scheduledRunsCollection: CollectionSpec = {
  name: RUNS,
  indexes: [{ key: { report: 1, '_id.at': -1 } }, { key: { expiresAt: 1 }, expireAfterSeconds: 0 }],
}

/** A finished run of a schedule. */
export interface ScheduledRun {
  /** `at` is the time for which it was scheduled. */
  _id: { schedule: string; at: Date }
  report: string
  startedAt: Date
  /** How long it took, in ms. */
  took: number
  /** The name of the file. */
  file?: string
  rows?: number
  /** Why there is no file. */
  fault?: string
}

/** Records a run; a run of the same time is replaced. */
export async function recordRun(db: mongo.Db, run: ScheduledRun): Promise<void> {
  const expiresAt = new Date(run.startedAt.getTime() + KEPT_MS)
  const options = { upsert: true, writeConcern: MAJORITY }
  await db
    .collection<ScheduledRun & { expiresAt: Date }>(RUNS)
    .replaceOne({ _id: run._id }, { ...run, expiresAt }, options)
}

/** Returns the last runs of a report, the newest first. */
export function lastRuns(db: mongo.Db, report: string): Promise<ScheduledRun[]> {
  const found = db.collection<ScheduledRun>(RUNS).find({ report })
  return found.sort({ '_id.at': -1 }).limit(MAX_LISTED).toArray()
}
