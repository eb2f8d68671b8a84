import { Registry } from 'prom-client'
import t from 'tap'
import type { ArchiveRun } from '../../src/archive/archive.ts'
import { ArchiveBusy } from '../../src/archive/archive-lease.ts'
import { NightlyArchive } from '../../src/archive/nightly-archive.ts'
import { FolderStore } from '../../src/archive/store/folder-store.ts'
import { giveLease, takeLease } from '../../src/database/lease.ts'
import { pseudonyms } from '../../src/lib/pseudonym.ts'
import { aFolder, daysAgo, filesIn, nameOf } from '../helpers/archive/history.ts'
import { SECRET, silent } from '../helpers/log.ts'
import { noise } from '../helpers/pictures.ts'
import { until } from '../helpers/until.ts'
import { openWorld, testEnvironment } from '../helpers/world.ts'

const folder = await aFolder(t)
const env = await testEnvironment(t, { DATA_SECRET: SECRET, ARCHIVE_TO: folder })
const world = await openWorld(t, env)
const { db } = world.database

const forgetLastRun = () => db.collection<{ _id: string }>('leases').deleteOne({ _id: 'lastArchive' })
await until('the service has archived at its start', () =>
  db.collection<{ _id: string }>('leases').findOne({ _id: 'lastArchive' }),
)
const run: ArchiveRun = { changed: 0, waiting: [] }
const NIGHT = Date.UTC(2030, 10, 3, 0, 40)
const at = (minutes: number) => new Date(NIGHT + minutes * 60_000)

t.test('a night is archived once by all processes; a missed one is made up', async t => {
  let runs = 0
  const jobs = {
    store: new FolderStore(folder),
    archive: async () => {
      runs++
      return run
    },
  }
  const processes = [1, 2].map(() => new NightlyArchive(db, jobs, silent, new Registry()))
  await forgetLastRun()
  for (const minutes of [0, 1, 600]) for (const nightly of processes) await nightly.runIfDue(at(minutes))
  t.equal(runs, 1)
  await processes[0]?.runIfDue(at(3 * 1_440 + 5))
  t.equal(runs, 2, 'after three nights without a service')
})

t.test('a failure is counted, another process at work is not', async t => {
  const registry = new Registry()
  const failures = async () =>
    (await registry.getSingleMetric('glance_archive_failures_total')?.get())?.values[0]?.value
  let error: Error = new ArchiveBusy()
  const jobs = { store: new FolderStore(folder), archive: () => Promise.reject(error) }
  await forgetLastRun()
  const nightly = new NightlyArchive(db, jobs, silent, registry)
  nightly.start()
  await nightly.stop()
  t.equal(await failures(), 0)
  error = new Error('S3 is not there')
  registry.clear()
  const failing = new NightlyArchive(db, jobs, silent, registry)
  failing.start()
  await until('it is counted', async () => (await failures()) === 1)
  await failing.stop()
})

t.test('a service with an archive writes it at its start, and an erasure waits for it', async t => {
  const root = await world.root()
  const shop = await world.hasKey({ app: 'shop', scopes: ['events:write', 'erasures:write'] })
  const { body: image } = await root.uploads(await noise(30, 20))
  const yesterday = daysAgo(1)
  const events = ['gone', 'stays'].map((visitorId, i) => ({
    id: `one-${i}`,
    imageId: image.id,
    type: 'view',
    at: yesterday.toISOString(),
    visitorId,
  }))
  t.match((await world.asks('POST', '/v1/events', { key: shop.key, json: events })).body, { accepted: 2 })
  await until('they are rolled up', async () => (await db.collection('marks').countDocuments({})) === 0)
  await forgetLastRun()
  await openWorld(t, env)
  const path = `events/date=${nameOf(yesterday)}/part-0.parquet`
  const pseudonym = pseudonyms(SECRET, 'exports')('v:shop:gone')
  const holdsThem = async () => (await filesIn(folder)).get(path)?.includes(pseudonym)
  await until('the day is archived', holdsThem)

  await until('nobody archives', () => takeLease(db, 'archive', 'the test', 60_000))
  const json = { app: 'shop', visitorId: 'gone' }
  const { headers } = await world.asks('POST', '/v1/erasures', { key: shop.key, json })
  const receipt = async () => (await world.asks('GET', headers.get('location') ?? '')).body
  const hurry = () =>
    db.collection('erasures').updateMany({ stage: { $in: ['erasing', 'unarchiving'] } }, { $set: { due: new Date(0) } })
  await until('the database has nothing of them', async () => {
    await hurry()
    return (await receipt()).state === 'unarchiving'
  })
  t.match(await receipt(), { state: 'unarchiving', erasedAt: null, removed: { events: 1 } })
  t.ok(await holdsThem(), 'it waits for the archive')
  await giveLease(db, 'archive', 'the test')
  await until('it is erased', async () => (await receipt()).state === 'erased')
  t.notOk(await holdsThem())
  for (const [name, bytes] of await filesIn(folder)) t.notOk(bytes.includes(pseudonym), name)
})
