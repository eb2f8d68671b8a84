import type { FastifyBaseLogger } from 'fastify'
import type { mongo } from 'mongoose'
import { uuidv7 } from 'uuidv7'
import { prepareCollections } from '../../src/database/collections.ts'
import type { Handles } from '../../src/database/connect.ts'
import type { LoggedEvent } from '../../src/events/event.ts'
import { eventId } from '../../src/events/event-id.ts'
import { ErasedPeopleCache } from '../../src/events/ingest/erased-people.ts'
import type { Entry, FlushParts, KnownImage } from '../../src/events/ingest/flush.ts'
import { LookupCache } from '../../src/events/ingest/lookup-cache.ts'
import { type Clock, instant } from '../../src/events/log/clock.ts'
import { ClockCheck } from '../../src/events/log/clock-check.ts'
import { EVENTS_ONCE, Log } from '../../src/events/log/log.ts'
import { openLog } from '../../src/events/log/open-log.ts'
import { marksCollection } from '../../src/events/marks/marks.ts'
import { WriterMarks } from '../../src/events/marks/writer-marks.ts'
import { personHash } from '../../src/events/person-hash.ts'
import { feedbackCollection } from '../../src/feedback/feedback.ts'
import { feedbackProjection } from '../../src/feedback/feedback-projection.ts'
import { rollupsCollection } from '../../src/rollups/rollup.ts'
import { askedLayout } from './database/mongodb.ts'

export const DAY = 86_400_000
/** The maximum age of an incoming event. */
export const WINDOW = 7 * DAY
export const SECRET = 'the secret of the tests, long enough'
export const hashPerson = personHash(SECRET)
/** A list of erased people that is empty. */
const nobody = { has: () => false, operation: undefined }
const LEASES = { name: 'leases', indexes: [] }

/** A logger without output. */
export const silent = {
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
} as unknown as FastifyBaseLogger

/** Opens the event log in an empty database, with the collections that are derived from it. */
export async function aLog(database: Handles, secret = SECRET): Promise<Log> {
  await prepareCollections(database, [marksCollection, rollupsCollection, feedbackCollection, LEASES])
  return openLog(database, askedLayout(), 90 * DAY, () => undefined, personHash(secret))
}

/** Counts the events that match. An event that was sent twice counts once, although a time series may hold it twice. */
export function loggedEvents(db: mongo.Db, match: mongo.Document): Promise<number> {
  return db.collection(EVENTS_ONCE).countDocuments(match)
}

/**
 * The dependencies of a flush. Every image and every user is known.
 * @param change replaces methods of the log
 * @param now of the marks
 */
export async function flushParts(
  database: Handles,
  change: (log: Log) => Partial<FlushParts['log']> = () => ({}),
  now: Clock = instant,
): Promise<FlushParts> {
  const { db } = database
  const log = await aLog(database)
  const writerMarks = new WriterMarks(db, now)
  return {
    log: {
      insert: events => log.insert(events),
      read: log.read.bind(log) as Log['read'],
      forget: match => log.forget(match),
      forgets: log.forgets,
      ...change(log),
    },
    writerMarks,
    images: new LookupCache<KnownImage>(
      async ids => new Map(ids.map(id => [id, { ownerId: '', visibility: 'public' }])),
    ),
    users: new LookupCache(async ids => new Map(ids.map(id => [id, {}]))),
    erased: new ErasedPeopleCache(async () => nobody),
    projections: [feedbackProjection(db, writerMarks, WINDOW)],
    partialSums: { add: () => undefined },
    clock: new ClockCheck(db),
    minutesKept: 8 * DAY,
  }
}

/** An event as it is stored. */
export function anEvent(imageId: string, more: Partial<LoggedEvent> = {}): LoggedEvent {
  const at = more.at ?? new Date()
  return { _id: eventId(at, 'test', uuidv7(), imageId), imageId, at, type: 'view', person: 'p', ...more }
}

export function anEntry(imageId: string, more: Partial<LoggedEvent> = {}): Entry {
  return { event: anEvent(imageId, more), bytes: 100, mayReach: () => true }
}

/** A database that refuses the first delete of a collection, as a shard does when its primary steps down. */
export function refusingOnce(db: mongo.Db, collection: string): mongo.Db {
  const refusal = { ok: 1, n: 0, writeErrors: [{ index: 0, code: 189, errmsg: 'the primary stepped down' }] }
  let refused = false
  const command: typeof db.command = async (command, options) => {
    if (refused || command.delete !== collection) return db.command(command, options)
    refused = true
    return refusal
  }
  return Object.assign(Object.create(db), { command })
}

/** A log that can hold an event twice, as a time series can: it reads a view of two plain collections. */
export async function aLogThatRepeats(db: mongo.Db): Promise<{ log: Log; second: mongo.Collection<LoggedEvent> }> {
  await db.createCollection('eventsOfTwo', { viewOn: 'events', pipeline: [{ $unionWith: 'second' }] })
  return { log: new Log(db, 'timeseries', hashPerson, 'eventsOfTwo'), second: db.collection<LoggedEvent>('second') }
}
