import type { mongo } from 'mongoose'
import type { Retention } from '../config/config.ts'
import { MAJORITY } from '../database/connect.ts'
import { sendUpserts } from '../database/writes.ts'
import type { ReadableLog } from '../events/log/log.ts'
import { logTtl } from '../events/log/log-ttl.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** TTL deletion runs in the background: this much after its horizon a source is complete. */
export const SLACK_MS = 2 * HOUR_MS

/** The grains whose roll-ups expire by the time in their own `expiresAt`. */
const STAMPED = ['minute', 'hour'] as const
type Stamped = (typeof STAMPED)[number]
export type Source = 'log' | Stamped

/**
 * The retention horizons, which are the times before which a source may be incomplete because some of it has expired, and the
 * retention of roll-ups in ms. One document serves all processes.
 */
export interface Horizons extends Record<Source, Date> {
  ttl: Record<Stamped, number>
  /** The database's clock at the time of the read. */
  now: Date
}

interface FloorsDocument extends Horizons {
  _id: 'floors'
  /** Retention of the log at the last write, in ms. */
  logTtl: number
  /** After a retention was extended: roll-ups written before `until` still expire by the shorter one, `from`. */
  raised?: Partial<Record<Stamped, { from: number; until: Date }>>
}

/**
 * Applies the configured retention. A shorter one moves the horizon in the same write. A longer one does not move it back, and
 * roll-ups written before still expire by their own `expiresAt`.
 */
export async function applyRetention(db: mongo.Db, log: ReadableLog, retention: Retention): Promise<void> {
  const events = await logTtl(db, log.layout)
  const hour = Math.max(retention.hourRollups, outliving(events))
  await putInForce(db, events, { minute: retention.minuteRollups, hour })
}

/** Extends the retention of hour roll-ups, if needed, so that they outlive a log with a retention of `events` ms. */
export async function keepHoursLongerThan(db: mongo.Db, log: ReadableLog, events: number): Promise<void> {
  const { ttl } = await readHorizons(db, log)
  if (ttl.hour < outliving(events))
    await putInForce(db, await logTtl(db, log.layout), { ...ttl, hour: outliving(events) })
}

/** Returns the retention of hour roll-ups that is long enough: when a day can no longer be summed from the log, its hours exist. */
function outliving(events: number): number {
  return events + 2 * DAY_MS + HOUR_MS
}

async function putInForce(db: mongo.Db, events: number, ttl: Record<Stamped, number>): Promise<void> {
  await move(db, events, [{ $set: { raised: raised(ttl) } }, { $set: { ttl } }])
}

/**
 * Advances the horizons by the database's clock and returns them. They never move back, since expired documents do not return.
 * It is a majority write, so later reads in the session are not older.
 */
export async function readHorizons(db: mongo.Db, log: ReadableLog, session?: mongo.ClientSession): Promise<Horizons> {
  return move(db, await logTtl(db, log.layout), [], session)
}

/** Returns the time since which a source is complete, without advancing the horizons: that is the roll-up worker's task. */
export async function completeSince(db: mongo.Db, source: Source): Promise<Date> {
  const horizons = await readFloors(db)
  return new Date(Math.max(horizons[source].getTime(), Date.now() - retentionOf(horizons)[source]))
}

/** Returns the retention of each source in ms, which may be longer than the configured one. @param options such as limits of time */
export async function retentionInForce(db: mongo.Db, options: mongo.FindOptions = {}): Promise<Record<Source, number>> {
  return retentionOf(await readFloors(db, options))
}

function retentionOf({ logTtl, ttl }: FloorsDocument): Record<Source, number> {
  return { log: logTtl, ...ttl }
}

async function readFloors(db: mongo.Db, options: mongo.FindOptions = {}): Promise<FloorsDocument> {
  const floors = await db.collection<FloorsDocument>('leases').findOne({ _id: 'floors' }, options)
  if (!floors) throw new Error('reading the retention horizons failed')
  return floors
}

/** Moves horizons forward, for a database whose sources have nothing from before these times. */
export async function raiseHorizons(db: mongo.Db, times: Partial<Record<Source, Date>>): Promise<void> {
  await sendUpserts(db, 'leases', [{ q: { _id: 'floors' }, u: { $max: times } }])
}

/** Whether a source holds all of a bucket with that start. */
export function isComplete(horizons: Horizons, source: Source, start: Date): boolean {
  return start.getTime() >= horizons[source].getTime() + SLACK_MS
}

async function move(
  db: mongo.Db,
  events: number,
  before: mongo.Document[],
  session?: mongo.ClientSession,
): Promise<Horizons> {
  const ago = (time: unknown) => ({ $subtract: ['$$NOW', time] })
  // The retention may have changed since the last write: the shorter one counts.
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
  if (!horizons) throw new Error('reading the retention horizons failed')
  return horizons
}

/** Records extended retentions: for an hour, processes that do not know the new one still write the old `expiresAt`. */
function raised(times: Record<Stamped, number>) {
  const entries = STAMPED.map(grain => {
    const existing = `$ttl.${grain}`
    const from = { $min: [existing, `$raised.${grain}.from`] }
    const isLonger = { $gt: [times[grain], { $ifNull: [existing, times[grain]] }] }
    return [grain, { $cond: [isLonger, { from, until: { $add: ['$$NOW', HOUR_MS] } }, `$raised.${grain}`] }]
  })
  return Object.fromEntries(entries)
}
