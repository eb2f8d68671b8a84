import type { mongo } from 'mongoose'
import type { LogLayout } from '../../config/config.ts'
import { ConfigError } from '../../config/config-error.ts'
import { createIfMissing } from '../../database/collections.ts'
import type { Handles } from '../../database/connect.ts'
import { NO_LIMIT } from '../../database/time-limits.ts'
import type { PersonHash } from '../person-hash.ts'
import { EVENTS, EVENTS_ONCE, IMAGE_INDEX, type Layout, Log, onceEach, PERSON_INDEX } from './log.ts'
import { hasTtlIndex, logTtl, ttlCommand } from './log-ttl.ts'

/** MongoDB 7.0, the first version that deletes single events from a time series. */
const TIMESERIES_WIRE_VERSION = 21
/** MongoDB 6.0, the first version that indexes a measurement's fields (person) in a time series. */
const PERSON_INDEX_WIRE_VERSION = 17
const COMMAND_NOT_SUPPORTED = 115

/**
 * Opens the event log, and creates it when it does not exist. Warns when its TTL differs from the configuration.
 * @param ttl configured TTL of events, in ms
 * @throws ConfigError when the log exists in another layout than `asked`, or the server does not support the layout
 */
export async function openLog(
  { client, db }: Handles,
  asked: LogLayout,
  ttl: number,
  warn: (message: string) => void,
  hashPerson: PersonHash,
): Promise<Log> {
  const existing = await layoutOf(db)
  if (existing && asked !== 'auto' && existing !== asked) {
    throw new ConfigError([
      `EVENT_LOG is ${asked}, but the log in this database is ${existing}: it can not be changed in place`,
    ])
  }
  const version = await wireVersion(client)
  if ((existing ?? asked) === 'timeseries' && version < PERSON_INDEX_WIRE_VERSION) {
    throw new ConfigError(['EVENT_LOG=timeseries needs MongoDB 6.0 or later, which indexes the person of an event'])
  }
  const layout = existing ?? (await create(db, asked, ttl, version))
  await createIndexes(db, layout, ttl)
  await createIfMissing(db, EVENTS_ONCE, { viewOn: EVENTS, pipeline: layout === 'plain' ? [] : onceEach })
  const kept = await logTtl(db, layout)
  if (kept !== ttl) {
    const command = JSON.stringify(ttlCommand(layout, ttl))
    warn(
      `events are kept for ${kept / 1000} s, EVENTS_DAYS asks for ${ttl / 1000} s: db.runCommand(${command}) changes it`,
    )
  }
  const forgets = layout === 'plain' || version >= TIMESERIES_WIRE_VERSION
  if (!forgets) {
    warn(
      'MongoDB before 7.0 can not delete single events from a time series: the events of erased people stay until they expire',
    )
  }
  return new Log(db, layout, hashPerson, EVENTS, forgets)
}

async function layoutOf(db: mongo.Db): Promise<Layout | undefined> {
  const [found] = await db.listCollections({ name: EVENTS }).toArray()
  if (!found) return undefined
  return found.type === 'timeseries' ? 'timeseries' : 'plain'
}

async function create(db: mongo.Db, asked: LogLayout, ttl: number, version: number): Promise<Layout> {
  if (asked === 'timeseries' || (asked === 'auto' && version >= TIMESERIES_WIRE_VERSION)) {
    try {
      const timeseries = { timeField: 'at', metaField: 'imageId', granularity: 'minutes' } as const
      await createIfMissing(db, EVENTS, { timeseries, expireAfterSeconds: Math.round(ttl / 1000) })
      return 'timeseries'
    } catch (error) {
      if (asked === 'timeseries' || (error as { code?: number }).code !== COMMAND_NOT_SUPPORTED) throw error
    }
  }
  await createIfMissing(db, EVENTS)
  return 'plain'
}

async function wireVersion(client: mongo.MongoClient): Promise<number> {
  return (await client.db('admin').command({ hello: 1 })).maxWireVersion
}

/** Creates missing indexes. An existing TTL stays: only an operator changes it. */
async function createIndexes(db: mongo.Db, layout: Layout, ttl: number): Promise<void> {
  const events = db.collection(EVENTS)
  await events.createIndexes([{ key: IMAGE_INDEX }, { key: PERSON_INDEX }], NO_LIMIT)
  if (layout === 'plain' && !(await hasTtlIndex(db))) {
    await events.createIndex({ at: 1 }, { ...NO_LIMIT, expireAfterSeconds: Math.round(ttl / 1000) })
  }
}
