import type { mongo } from 'mongoose'
import type { Retention } from '../config/config.ts'
import { heldLeases } from '../database/lease.ts'
import { limitedTo } from '../database/time-limits.ts'
import type { Ingest } from '../events/ingest/ingest.ts'
import type { Layout } from '../events/log/log.ts'
import { SITE } from '../events/marks/buckets.ts'
import { MARKS, pendingSince } from '../events/marks/marks.ts'
import { lastAudit } from '../rollups/audit/last-audit.ts'
import { retentionInForce } from '../rollups/retention-horizons.ts'
import { VERSION } from '../version.ts'
import type { ENGINE_KINDS, System } from './schemas.ts'

const DAY_MS = 86_400_000
const MAX_COLLECTIONS = 100
/** What the database does not answer in this time is left out. */
const LIMIT = limitedTo(2_000)

/** The kind of the database server, and why it was chosen. */
export interface EngineChoice {
  kind: (typeof ENGINE_KINDS)[number]
  reason: string
}

/** The parts of the service whose state is shown. */
export interface SystemParts {
  db: mongo.Db
  engine: EngineChoice
  layout: Layout
  /** The acceptance window, in ms. */
  accept: Retention['accept']
  ingest: Pick<Ingest, 'load'>
}

/** Reads the state of this process and its database. Parts that can not be read are null. */
export async function readSystem({ db, engine, layout, accept, ingest }: SystemParts): Promise<System> {
  const [version, retention, rollups, storage, leases, audit] = await Promise.all([
    orNull(readVersion(db)),
    orNull(readRetention(db, accept)),
    orNull(readRollups(db)),
    orNull(readStorage(db)),
    orNull(readLeases(db)),
    orNull(readAudit(db)),
  ])
  const uptimeSeconds = process.uptime()
  const { events, bytes } = ingest.load
  return {
    version: VERSION,
    node: process.version,
    startedAt: new Date(Date.now() - uptimeSeconds * 1000).toISOString(),
    engine: { kind: engine.kind, version, reason: engine.reason },
    eventLog: { layout },
    retention,
    queue: { events, bytes },
    rollups,
    storage,
    leases,
    audit,
    process: { memoryBytes: process.memoryUsage.rss(), uptimeSeconds },
  }
}

async function orNull<Part>(work: Promise<Part>): Promise<Part | null> {
  return work.catch(() => null)
}

async function readVersion(db: mongo.Db): Promise<string> {
  const { version } = await db.command({ buildInfo: 1, maxTimeMS: LIMIT.maxTimeMS })
  return String(version)
}

async function readRetention(db: mongo.Db, accept: number): Promise<System['retention']> {
  const { log, minute, hour } = await retentionInForce(db, LIMIT)
  return {
    accept: accept / DAY_MS,
    minuteRollups: minute / DAY_MS,
    events: log / DAY_MS,
    hourRollups: hour / DAY_MS,
  }
}

async function readRollups(db: mongo.Db): Promise<System['rollups']> {
  const oldest = await pendingSince(db, SITE, LIMIT)
  const marks = await db.collection(MARKS).countDocuments({}, LIMIT)
  const lagSeconds = oldest ? Math.max(0, Date.now() - oldest.getTime()) / 1000 : 0
  return { lagSeconds, oldestMark: oldest?.toISOString() ?? null, marks }
}

async function readStorage(db: mongo.Db): Promise<System['storage']> {
  const found = await db.listCollections({}, { nameOnly: true, ...LIMIT }).toArray()
  const names = found.flatMap(({ name, type }) => (type === 'view' || name.startsWith('system.') ? [] : [name]))
  return Promise.all(
    names
      .sort()
      .slice(0, MAX_COLLECTIONS)
      .map(collection => sizeOf(db, collection)),
  )
}

/** Returns the size of a collection as far as the server knows it: not every kind of collection has all numbers. */
async function sizeOf(db: mongo.Db, collection: string) {
  const stats = await orNull(db.command({ collStats: collection, maxTimeMS: LIMIT.maxTimeMS }))
  const whole = (value: unknown) => (Number.isFinite(Number(value ?? Number.NaN)) ? Math.round(Number(value)) : null)
  return { collection, documents: whole(stats?.count), bytes: whole(stats?.totalSize) }
}

async function readLeases(db: mongo.Db): Promise<System['leases']> {
  const leases = await heldLeases(db, LIMIT)
  return leases.map(({ _id, holder, until }) => ({ name: _id, holder, until: until.toISOString() }))
}

async function readAudit(db: mongo.Db): Promise<System['audit']> {
  const last = await lastAudit(db, LIMIT)
  return { lastRunAt: last?.at.toISOString() ?? null, findings: last?.findings ?? null }
}
