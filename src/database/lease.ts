import type { mongo } from 'mongoose'
import { MAJORITY } from './connect.ts'

interface Lease {
  _id: string
  holder: string
  until: Date
}

/**
 * Takes or renews the lease of a job by the database's clock. A lease saves work: correctness does not depend on a single holder.
 * @param time duration in ms
 * @returns false while another process holds it
 */
export async function takeLease(db: mongo.Db, job: string, holder: string, time: number): Promise<boolean> {
  const free = { $or: [{ $eq: ['$holder', holder] }, { $lt: ['$until', '$$NOW'] }] }
  const take = (value: unknown, existing: string) => ({ $cond: [free, value, existing] })
  const lease = await db
    .collection<Lease>('leases')
    .findOneAndUpdate(
      { _id: job },
      [{ $set: { holder: take(holder, '$holder'), until: take({ $add: ['$$NOW', time] }, '$until') } }],
      { upsert: true, returnDocument: 'after', writeConcern: MAJORITY },
    )
  return lease?.holder === holder
}

/** Returns the leases that are held now. @param options such as limits of time */
export async function heldLeases(db: mongo.Db, options: mongo.FindOptions = {}): Promise<Lease[]> {
  const held = { holder: { $exists: true }, until: { $gt: new Date() } }
  return db.collection<Lease>('leases').find(held, options).toArray()
}

/** Releases a lease, so that another process need not wait for its end. */
export async function giveLease(db: mongo.Db, job: string, holder: string): Promise<void> {
  await db.collection<Lease>('leases').deleteOne({ _id: job, holder })
}
