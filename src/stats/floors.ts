import type { mongo } from 'mongoose'
import type { Retention } from '../config.ts'
import { MAJORITY } from '../database/connect.ts'

const SLACK = 2 * 3_600_000

/** The times before which a source may be incomplete, since some of it has expired. */
export interface Floors {
  log: Date
  minute: Date
  hour: Date
  /** The database's clock when they were read. */
  now: Date
}

export type Source = 'log' | 'minute' | 'hour'

/**
 * Moves the floors on, by the database's own clock, and reads them. They never move back: what has expired does not return.
 * A majority write, so what is read after it in the session is no older.
 */
export async function readFloors(db: mongo.Db, retention: Retention, session?: mongo.ClientSession): Promise<Floors> {
  const moved = (field: Source, ttl: number) => ({ $max: [`$${field}`, { $subtract: ['$$NOW', ttl] }] })
  const floors = await db.collection<Floors & { _id: string }>('leases').findOneAndUpdate(
    { _id: 'floors' },
    [
      {
        $set: {
          log: moved('log', retention.events),
          minute: moved('minute', retention.minuteRollups),
          hour: moved('hour', retention.hourRollups),
          now: '$$NOW',
        },
      },
    ],
    { upsert: true, returnDocument: 'after', writeConcern: MAJORITY, ...(session ? { session } : {}) },
  )
  if (!floors) throw new Error('the floors can not be read')
  return floors
}

/** A source is whole for all that began well after its floor. */
export function isWhole(floors: Floors, source: Source, start: Date): boolean {
  return start.getTime() >= floors[source].getTime() + SLACK
}
