/**
 * Serves the route for events in its own process. Arguments: mode, URI and name of the database. Modes: `none` stores nothing,
 * `per-request` inserts for each request, `ingest-only` is the real ingest without a roll-up worker, `full` includes the worker.
 */
import mongoose from 'mongoose'
import { Registry } from 'prom-client'
import { loadConfig } from '../../../src/config/config.ts'
import { prepareCollections } from '../../../src/database/collections.ts'
import { ErasedPeopleCache } from '../../../src/events/ingest/erased-people.ts'
import type { Entry, KnownImage, KnownUser } from '../../../src/events/ingest/flush.ts'
import { Ingest } from '../../../src/events/ingest/ingest.ts'
import { LookupCache } from '../../../src/events/ingest/lookup-cache.ts'
import { Rejects } from '../../../src/events/ingest/rejects.ts'
import { ClockCheck } from '../../../src/events/log/clock-check.ts'
import { Log, type ReadableLog } from '../../../src/events/log/log.ts'
import { openLog } from '../../../src/events/log/open-log.ts'
import { marksCollection } from '../../../src/events/marks/marks.ts'
import { WriterMarks } from '../../../src/events/marks/writer-marks.ts'
import { personHash } from '../../../src/events/person-hash.ts'
import { eventRoutes } from '../../../src/events/routes.ts'
import { feedbackCollection } from '../../../src/feedback/feedback.ts'
import { feedbackProjection } from '../../../src/feedback/feedback-projection.ts'
import { registerAccess } from '../../../src/http/plugins/access.ts'
import { registerIdentity } from '../../../src/http/plugins/identity.ts'
import { registerProblems } from '../../../src/http/problems/problems.ts'
import { createServer } from '../../../src/http/server.ts'
import { PartialSums } from '../../../src/rollups/partials/partial-sums.ts'
import { partialsCollection } from '../../../src/rollups/partials/partials.ts'
import { applyRetention } from '../../../src/rollups/retention-horizons.ts'
import { rollupsCollection } from '../../../src/rollups/rollup.ts'
import { RollupWorker } from '../../../src/rollups/worker/rollup-worker.ts'

const [, , mode = 'none', uri = '', database = 'bench'] = process.argv
const config = loadConfig({
  ...process.env,
  JWT_SECRET: 'x'.repeat(32),
  DATA_SECRET: 'x'.repeat(32),
  LOG_LEVEL: 'error',
})
const app = createServer(config)
const hashPerson = personHash(config.dataSecret)
let eventsRead = 0

registerProblems(app)
registerIdentity(app, async () => {
  return { kind: 'key', id: 'bench', app: 'bench', scopes: ['events:write'], origins: [], ownerId: 'bench' }
})
registerAccess(app, {
  requireConfirmation: async () => undefined,
  accountOfCookie: async () => null,
  recordRefusal: () => undefined,
})
const erased = new ErasedPeopleCache(async () => ({ has: () => false, operation: undefined }))
const { ingest, db } = await openIngest()
const times = { window: config.retention.accept, typedSince: new Date(0) }
const intake = { ingest, rejects: new Rejects(db), erased, db, ...times, logger: app.log }
await app.register(eventRoutes, intake)
const url = await app.listen({ host: '127.0.0.1', port: 0 })
process.send?.({ url })
process.on('message', () => process.send?.({ read: eventsRead, rss: process.memoryUsage.rss() }))

async function openIngest() {
  const client = new mongoose.mongo.MongoClient(uri || 'mongodb://127.0.0.1:1')
  const db = client.db(database)
  if (mode === 'none') return { db, ingest: ingestWith(async () => undefined) }
  if (mode === 'ingest-only')
    return { db, ingest: new Ingest(flushParts(db, new Log(db, 'plain', hashPerson)), config.queue, app.log) }
  await prepareCollections({ client, db }, [
    marksCollection,
    rollupsCollection,
    feedbackCollection,
    partialsCollection,
    { name: 'leases', indexes: [] },
  ])
  const log = await openLog({ client, db }, 'auto', config.retention.events, () => undefined, hashPerson)
  if (mode === 'per-request')
    return { db, ingest: ingestWith(async entries => void (await log.insert(entries.map(({ event }) => event)))) }
  await applyRetention(db, log, config.retention)
  new RollupWorker({ client, db }, counted(log), app.log, new Registry()).start()
  return { db, ingest: new Ingest(flushParts(db, log), config.queue, app.log) }
}

/** Returns a replacement of the ingest that stores the events of each request separately. */
function ingestWith(store: (entries: Entry[]) => Promise<void>): Ingest {
  const submit = async (entries: Entry[]) => {
    await store(entries)
    return entries.map(() => undefined)
  }
  return { submit, submitWhenRoom: submit, admit: () => undefined } as unknown as Ingest
}

function flushParts(db: mongoose.mongo.Db, log: Log) {
  const writerMarks = new WriterMarks(db)
  const partialSums = new PartialSums(db, hashPerson, app.log)
  partialSums.start()
  return {
    log,
    writerMarks,
    images: new LookupCache<KnownImage>(
      async (ids: string[]) => new Map(ids.map(id => [id, { ownerId: '', visibility: 'public' }])),
    ),
    users: new LookupCache<KnownUser>(async (ids: string[]) => new Map(ids.map(id => [id, {}]))),
    erased,
    projections: [feedbackProjection(db, writerMarks, config.retention.accept)],
    partialSums,
    clock: new ClockCheck(db),
    minutesKept: config.retention.minuteRollups,
  }
}

/** Returns the log with a counter of the events that the roll-up worker reads from it. */
function counted(log: Log): ReadableLog {
  return {
    layout: log.layout,
    hashPerson,
    read: ((...parts: Parameters<Log['read']>) => {
      const cursor = log.read(...parts)
      return {
        async *[Symbol.asyncIterator]() {
          for await (const row of cursor) {
            eventsRead += (row as { count?: number }).count ?? 0
            yield row
          }
        },
      }
    }) as unknown as Log['read'],
  }
}
