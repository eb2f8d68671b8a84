import type { mongo } from 'mongoose'
import { sendUpserts } from '../../database/writes.ts'

const ID = 'lastAudit'

/** Result of an audit: buckets that differed, and events that were applied to the projections again. */
export interface Findings {
  differences: number
  reapplied: number
}

interface LastAudit {
  _id: string
  at: Date
  findings: Findings
}

/** Records when the last audit of all processes ended, and what it found. */
export async function recordAudit(db: mongo.Db, at: Date, findings: Findings): Promise<void> {
  await sendUpserts(db, 'leases', [{ q: { _id: ID }, u: { $set: { at, findings } } }])
}

/** Returns when the last audit ended, and what it found; null when there was none. @param options such as limits of time */
export async function lastAudit(db: mongo.Db, options: mongo.FindOptions = {}): Promise<LastAudit | null> {
  return db.collection<LastAudit>('leases').findOne({ _id: ID }, options)
}
