import type { mongo } from 'mongoose'
import { isDuplicateKey, MAJORITY } from '../database/connect.ts'

/**
 * Takes or renews a lease by the database's clock. It keeps one at work and the others ready; nothing depends on it.
 * @param time how long it holds, in ms
 * @returns false while another holds it
 */
export async function takeLease(db: mongo.Db, job: string, holder: string, time: number): Promise<boolean> {
  const leases = db.collection<{ _id: string; holder: string; until: Date }>('leases')
  const free = { $or: [{ $eq: ['$holder', holder] }, { $lt: ['$until', '$$NOW'] }] }
  try {
    const result = await leases.updateOne(
      { _id: job, $expr: free },
      [{ $set: { holder, until: { $add: ['$$NOW', time] } } }],
      { upsert: true, writeConcern: MAJORITY },
    )
    return result.matchedCount + result.upsertedCount > 0
  } catch (error) {
    // The lease stands and is held: the upsert met its _id.
    if (isDuplicateKey(error)) return false
    throw error
  }
}

/** Gives a lease back, so that another need not wait for its end. */
export async function giveLease(db: mongo.Db, job: string, holder: string): Promise<void> {
  const leases = db.collection<{ _id: string; holder: string; until: Date }>('leases')
  await leases.deleteOne({ _id: job, holder })
}
