import { readFile } from 'node:fs/promises'
import { Registry } from 'prom-client'
import t from 'tap'
import { connect } from '../../src/database/connect.ts'
import { Ingest } from '../../src/events/ingest/ingest.ts'
import { openLog } from '../../src/events/log/open-log.ts'
import { Audit } from '../../src/rollups/audit/audit.ts'
import { readSystem } from '../../src/system/read-system.ts'
import { freshDatabase, ownDatabase, serverUri } from '../helpers/database/mongodb.ts'
import { aLog, anEntry, DAY, flushParts, hashPerson, silent } from '../helpers/log.ts'
import { noise } from '../helpers/pictures.ts'
import { anImpatientWorker } from '../helpers/roll-ups.ts'
import { until } from '../helpers/until.ts'
import { openWorld } from '../helpers/world.ts'

const engine = { kind: 'server', reason: 'MONGODB_URI is set' } as const
const idle = { load: { events: 0, bytes: 0 } }

t.test(
  'admins see the state of the service; it moves with events, and nothing waits when they are rolled up',
  async t => {
    const world = await openWorld(t)
    const ann = await world.signsUp('ann')
    const root = await world.root()
    t.equal((await ann.gets('/v1/system')).status, 403)
    t.equal((await world.asks('GET', '/v1/system')).status, 401)
    const { status, body } = await root.gets('/v1/system')
    t.equal(status, 200)
    const { version } = JSON.parse(await readFile('package.json', 'utf8').catch(() => '{}'))
    if (version) t.equal(body.version, version)
    t.match(body, {
      version: /^\d+\.\d+\.\d+/,
      node: process.version,
      engine: { ...engine, version: /^\d+\.\d+/ },
      eventLog: { layout: /^(plain|timeseries)$/ },
      retention: { accept: 7, minuteRollups: 8, events: 90, hourRollups: 400 },
      queue: idle.load,
      rollups: { lagSeconds: 0, oldestMark: null, marks: 0 },
      audit: { lastRunAt: null, findings: null },
    })
    t.ok(Date.parse(body.startedAt) <= Date.now())
    t.ok(body.process.memoryBytes > 1_000_000 && body.process.uptimeSeconds > 0)
    const collections = body.storage.map(({ collection }: { collection: string }) => collection)
    t.ok(['events', 'images', 'rollups'].every(name => collections.includes(name)))
    t.notOk(collections.some((name: string) => name === 'eventsOnce' || name.startsWith('system.')))
    t.match(
      body.storage.find(({ collection }: { collection: string }) => collection === 'users'),
      { documents: Number, bytes: Number },
    )

    const { body: image } = await ann.uploads(await noise(24, 20))
    await ann.reports({ imageId: image.id, type: 'view' })
    const seen = async () => (await root.gets('/v1/system')).body
    const waiting = await until('a mark waits', async () => {
      const found = await seen()
      return found.rollups.oldestMark !== null && found
    })
    t.ok(waiting.rollups.marks > 0 && waiting.rollups.lagSeconds > 0)
    t.match(
      waiting.leases.find(({ name }: { name: string }) => name === 'fold'),
      { holder: /./, until: /Z$/ },
    )
    const log = await openLog(world.database, 'auto', 90 * DAY, () => undefined, hashPerson)
    const worker = anImpatientWorker(world.database, log)
    const quiet = await until('nothing waits', async () => {
      await worker.turn()
      const found = await seen()
      return found.rollups.marks === 0 && found
    })
    t.match(quiet.rollups, { lagSeconds: 0, oldestMark: null })
  },
)

t.test('events that wait for the database are in the queue', async t => {
  const database = await ownDatabase(t)
  let store = () => {}
  const gate = new Promise<void>(resolve => (store = resolve))
  const parts = await flushParts(database, log => ({
    insert: async documents => {
      await gate
      return log.insert(documents)
    },
  }))
  const ingest = new Ingest(parts, { events: 100, bytes: 100_000 }, silent)
  const queue = async () =>
    (await readSystem({ db: database.db, engine, layout: 'plain', accept: 7 * DAY, ingest })).queue
  t.same(await queue(), { events: 0, bytes: 0 })
  const stored = ingest.submit([anEntry('lake'), anEntry('hill')])
  t.same(await queue(), { events: 2, bytes: 200 })
  store()
  await stored
  t.same(await queue(), { events: 0, bytes: 0 })
})

t.test('the last audit of any process is told', async t => {
  const database = await ownDatabase(t)
  const { db } = database
  const log = await aLog(database)
  const audit = new Audit(database, { ...(await flushParts(database)), log }, 7 * DAY, silent, new Registry())
  await audit.run(new Date())
  const { audit: last } = await readSystem({ db, engine, layout: 'plain', accept: 7 * DAY, ingest: idle })
  t.ok(Date.now() - Date.parse(last?.lastRunAt ?? '') < 60_000)
  t.same(last?.findings, { differences: 0, reapplied: 0 })
})

t.test('what can not be read is null', async t => {
  const { connection, db } = await connect(serverUri(), freshDatabase())
  const parts = { db, engine, layout: 'plain', accept: 7 * DAY, ingest: idle } as const
  const empty = await readSystem(parts)
  t.equal(empty.retention, null, 'nothing is stored')
  t.match(empty.rollups, { oldestMark: null })
  await connection.close()
  const { process: own, ...found } = await readSystem(parts)
  t.ok(own.memoryBytes > 0)
  t.match(found, {
    engine: { version: null },
    retention: null,
    rollups: null,
    storage: null,
    leases: null,
    audit: null,
  })
})
