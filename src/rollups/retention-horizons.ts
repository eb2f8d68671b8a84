import type { mongo } from 'mongoose'
import type { Retention } from '../config/config.ts'
import { MAJORITY } from '../database/connect.ts'
import type { ReadableLog } from '../events/log/log.ts'
import { logTtl } from '../events/log/log-ttl.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const SLACK = 2 * HOUR

/** What expires by its own stamp. */
const STAMPED = ['minute', 'hour'] as const
type Stamped = (typeof STAMPED)[number]
export type Source = 'log' | Stamped

/**
 * The times before which a source may be incomplete, since some of it has expired, and how long rollups are kept in this
 * database, in ms. One document for all processes.
 */
export interface Horizons extends Record<Source, Date> {
  ttl: Record<Stamped, number>
  /** The database's clock when they were read. */
  now: Date
}

interface FloorsDocument extends Horizons {
  _id: 'floors'
  /** How long the log was kept when this was last written. */
  logTtl: number
  /** Where a time was made longer: rollups of before `until` still expire by the shorter one. */
  raised?: Partial<Record<Stamped, { from: number; until: Date }>>
}

/**
 * Puts the configured times in force. A shorter one moves the floor in the same write; a longer one does not move it back,
 * and what was stamped before still goes by its stamp.
 */
export async function applyRetention(db: mongo.Db, log: ReadableLog, retention: Retention): Promise<void> {
  const events = await logTtl(db, log.layout)
  const hour = Math.max(retention.hourRollups, outliving(events))
  await putInForce(db, events, { minute: retention.minuteRollups, hour })
}

/** Sees to it that the sums of hours outlive a log of so many ms. */
export async function keepHoursLongerThan(db: mongo.Db, log: ReadableLog, events: number): Promise<void> {
  const { ttl } = await readHorizons(db, log)
  if (ttl.hour < outliving(events))
    await putInForce(db, await logTtl(db, log.layout), { ...ttl, hour: outliving(events) })
}

/** Where an event is too old to be summed again, the sum of its hour stands. */
function outliving(events: number): number {
  return events + 2 * DAY + HOUR
}

async function putInForce(db: mongo.Db, events: number, ttl: Record<Stamped, number>): Promise<void> {
  await move(db, events, [{ $set: { raised: raised(ttl) } }, { $set: { ttl } }])
}

/**
 * Moves the floors on, by the database's own clock, and reads them. They never move back: what has expired does not return.
 * A majority write, so what is read after it in the session is no older.
 */
export async function readHorizons(db: mongo.Db, log: ReadableLog, session?: mongo.ClientSession): Promise<Horizons> {
  return move(db, await logTtl(db, log.layout), [], session)
}

/** Since when a source is all there. The folder moves the floors on; here they are only looked at. */
export async function completeSince(db: mongo.Db, source: Source): Promise<Date> {
  const horizons = await db.collection<FloorsDocument>('leases').findOne({ _id: 'floors' })
  if (!horizons) throw new Error('the floors can not be read')
  const kept = source === 'log' ? horizons.logTtl : horizons.ttl[source]
  return new Date(Math.max(horizons[source].getTime(), Date.now() - kept))
}

/** A source is whole for all that began well after its floor. */
export function isComplete(horizons: Horizons, source: Source, start: Date): boolean {
  return start.getTime() >= horizons[source].getTime() + SLACK
}

async function move(
  db: mongo.Db,
  events: number,
  before: mongo.Document[],
  session?: mongo.ClientSession,
): Promise<Horizons> {
  const ago = (time: unknown) => ({ $subtract: ['$$NOW', time] })
  // Whichever was in force since the last look: the log may have lost by the shorter of the two.
  const shorter = { $min: [events, { $ifNull: ['$logTtl', events] }] }
  const stamped = (grain: Stamped) => {
    const byOldStamps = { $min: [ago(`$raised.${grain}.from`), `$raised.${grain}.until`] }
    return { $max: [`$${grain}`, ago(`$ttl.${grain}`), { $cond: [`$raised.${grain}`, byOldStamps, null] }] }
  }
  const set = { log: { $max: ['$log', ago(shorter)] }, minute: stamped('minute'), hour: stamped('hour') }
  const horizons = await db
    .collection<FloorsDocument>('leases')
    .findOneAndUpdate({ _id: 'floors' }, [...before, { $set: set }, { $set: { logTtl: events, now: '$$NOW' } }], {
      upsert: true,
      returnDocument: 'after',
      writeConcern: MAJORITY,
      ...(session ? { session } : {}),
    })
  if (!horizons) throw new Error('the floors can not be read')
  return horizons
}

/** What was stamped until now, by any process that has not heard yet, goes by the shortest time that was in force. */
function raised(times: Record<Stamped, number>) {
  const entries = STAMPED.map(grain => {
    const existing = `$ttl.${grain}`
    const from = { $min: [existing, `$raised.${grain}.from`] }
    const isLonger = { $gt: [times[grain], { $ifNull: [existing, times[grain]] }] }
    return [grain, { $cond: [isLonger, { from, until: { $add: ['$$NOW', HOUR] } }, `$raised.${grain}`] }]
  })
  return Object.fromEntries(entries)
}
