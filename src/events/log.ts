import type { mongo } from 'mongoose'
import type { LogLayout } from '../config.ts'
import { createIfMissing } from '../database/collections.ts'
import type { Database } from '../database/connect.ts'
import { sendWrites } from '../database/writes.ts'
import type { LoggedEvent } from './event.ts'

const EVENTS = 'events'
const TIMESERIES_WIRE_VERSION = 21
const REFUSED = 115
const DUPLICATE_KEY = 11000
/** BadValue, DollarPrefixedFieldName, DocumentValidationFailure, BSONObjectTooLarge, KeyTooLong: no retry mends these. */
const FOR_GOOD = new Set([2, 52, 121, 10334, 17280])

/** The log of events in whichever layout the server has. */
export interface Log {
  layout: 'plain' | 'timeseries'
  /**
   * Inserts them in one command, majority; those that stand already count as stored.
   * @returns why, by index, for the items that are refused for good, and the database's time where it tells
   * @throws when the outcome of any item is not known
   */
  insert(events: LoggedEvent[]): Promise<{ refused: Map<number, string>; operation: number | undefined }>
  /** The stages that give the matching events, each once. */
  once(match: mongo.Document): mongo.Document[]
}

/**
 * Creates the log, or takes what stands, and says what differs from the configuration.
 * @param ttl how long events are kept, in ms
 * @throws when another layout stands than the one asked for, or the server refuses the one asked for
 */
export async function openLog(
  { client, db }: Database,
  asked: LogLayout,
  ttl: number,
  warn: (message: string) => void,
): Promise<Log> {
  const seconds = Math.round(ttl / 1000)
  const standing = await layoutOf(db)
  if (standing && asked !== 'auto' && standing !== asked) {
    throw new Error(`EVENT_LOG=${asked}, but the log in this database is ${standing}: it can not be changed in place`)
  }
  const layout = standing ?? (await create(client, db, asked, seconds))
  await createIndexes(db, layout, seconds, warn)
  return {
    layout,
    insert: events => insert(db, events),
    once: match => (layout === 'plain' ? [{ $match: match }] : onceOnTimeseries(match)),
  }
}

async function layoutOf(db: mongo.Db): Promise<Log['layout'] | undefined> {
  const [found] = await db.listCollections({ name: EVENTS }).toArray()
  if (!found) return undefined
  return found.type === 'timeseries' ? 'timeseries' : 'plain'
}

async function create(
  client: mongo.MongoClient,
  db: mongo.Db,
  asked: LogLayout,
  expireAfterSeconds: number,
): Promise<Log['layout']> {
  if (asked === 'timeseries' || (asked === 'auto' && (await wireVersion(client)) >= TIMESERIES_WIRE_VERSION)) {
    try {
      const timeseries = { timeField: 'at', metaField: 'imageId', granularity: 'minutes' } as const
      await createIfMissing(db, EVENTS, { timeseries, expireAfterSeconds })
      return 'timeseries'
    } catch (error) {
      if (asked === 'timeseries' || (error as { code?: number }).code !== REFUSED) throw error
    }
  }
  await createIfMissing(db, EVENTS)
  return 'plain'
}

async function wireVersion(client: mongo.MongoClient): Promise<number> {
  return (await client.db('admin').command({ hello: 1 })).maxWireVersion
}

async function createIndexes(db: mongo.Db, layout: Log['layout'], seconds: number, warn: (message: string) => void) {
  const events = db.collection(EVENTS)
  await events.createIndexes([{ key: { imageId: 1, at: 1 } }, { key: { person: 1, at: 1 } }])
  if (layout === 'timeseries') return warnOfOtherTtl(await timeseriesTtl(db), seconds, 'expireAfterSeconds', warn)
  const standing = (await events.indexes()).find(index => index.expireAfterSeconds !== undefined)
  if (!standing) await events.createIndex({ at: 1 }, { expireAfterSeconds: seconds })
  else
    warnOfOtherTtl(standing.expireAfterSeconds, seconds, `index: { name: '${standing.name}', expireAfterSeconds`, warn)
}

async function timeseriesTtl(db: mongo.Db): Promise<number | undefined> {
  const [found] = await db.listCollections({ name: EVENTS }, { nameOnly: false }).toArray()
  return (found as { options?: { expireAfterSeconds?: number } } | undefined)?.options?.expireAfterSeconds
}

function warnOfOtherTtl(standing: number | undefined, asked: number, field: string, warn: (message: string) => void) {
  if (standing === asked) return
  const close = field.startsWith('index') ? ' }' : ''
  warn(
    `events expire after ${standing} s, EVENTS_DAYS asks for ${asked} s: ` +
      `db.runCommand({ collMod: '${EVENTS}', ${field}: ${asked}${close} }) changes it`,
  )
}

async function insert(db: mongo.Db, documents: LoggedEvent[]) {
  const { failed, operation } = await sendWrites(db, { insert: EVENTS, documents, ordered: false })
  const refused = new Map<number, string>()
  for (const { index, code, errmsg } of failed) {
    if (code === DUPLICATE_KEY) continue
    if (!FOR_GOOD.has(code)) throw new Error(`an event is not known to be kept: ${errmsg}`)
    refused.set(index, errmsg)
  }
  return { refused, operation }
}

/** Of two events with one identity the one whose fields sort first counts, whoever asks. */
function onceOnTimeseries(match: mongo.Document): mongo.Document[] {
  return [
    { $match: match },
    { $group: { _id: '$_id', event: { $min: '$$ROOT' } } },
    { $replaceRoot: { newRoot: '$event' } },
  ]
}
