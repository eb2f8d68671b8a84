import { Registry } from 'prom-client'
import t from 'tap'
import { ErasedPeopleCache } from '../../src/events/ingest/erased-people.ts'
import { flush, type KnownImage } from '../../src/events/ingest/flush.ts'
import { LookupCache } from '../../src/events/ingest/lookup-cache.ts'
import { Audit } from '../../src/rollups/audit/audit.ts'
import { rebuild } from '../../src/rollups/audit/rebuild.ts'
import { verify } from '../../src/rollups/audit/verify.ts'
import { anEntry, DAY, silent } from '../helpers/log.ts'
import { aRollupWorld } from '../helpers/roll-ups.ts'

t.test('verify names every bucket that differs, the audit marks it, and rebuild repairs it', async t => {
  const { db, database, log, flushParts, aWorker, beside, untilQuiet, counts, differences } = await aRollupWorld(t)
  const parts = await flushParts()
  const yesterday = new Date(Date.now() - DAY)
  await flush([anEntry('v', { at: yesterday, type: 'like', person: 'ann' }), anEntry('v', { at: yesterday })], parts)
  const worker = aWorker()
  await untilQuiet(worker)
  t.same(await differences(), [])
  const rollups = db.collection('rollups')
  await rollups.updateOne({ imageId: 'v', '_id.grain': 'hour' }, { $set: { 'counts.view': 7 } })
  await rollups.deleteOne({ imageId: 'all', '_id.grain': 'month' })
  await db.collection('feedback').deleteMany({})
  const named = (await differences()).map(({ bucket }) => `${bucket.imageId} ${bucket.grain}`)
  t.same(named.sort(), ['all hour', 'all month', 'all total', 'v current', 'v day', 'v hour'])

  const audit = new Audit(database, { ...parts, log }, 7 * DAY, silent, new Registry())
  const found = await beside(worker, audit.run(new Date()))
  t.ok(found.differences >= 1)
  t.equal(found.reapplied, 1, 'the feedback projection gets its event again')
  await untilQuiet(aWorker())
  t.same(await differences(), [])
  t.same(await counts('all', 'month'), { view: 1, like: 1 })

  await rollups.deleteMany({ imageId: 'v' })
  const again = aWorker()
  const hours = { from: yesterday, to: new Date() }
  t.equal(await beside(again, rebuild(hours, { db, log })), 2)
  await untilQuiet(again)
  t.same(await differences(), [])

  await db.collection('events').deleteMany({})
  await rollups.deleteMany({ '_id.grain': 'minute' })
  t.equal(await beside(again, rebuild(hours, { db, log })), 2, 'an hour without events and minutes is rolled up again')
  await untilQuiet(again)
  t.same(await counts('all', 'month'), {})
})

t.test('an audit does not reapply events of deleted images or erased people', async t => {
  const { db, database, log, flushParts, aWorker, beside } = await aRollupWorld(t)
  const parts = await flushParts()
  const yesterday = new Date(Date.now() - DAY)
  const liked = (imageId: string, person = 'ann') => anEntry(imageId, { at: yesterday, type: 'like', person })
  await flush([liked('stays'), liked('goes'), liked('stays', 'erased')], parts)
  const feedback = db.collection('feedback')
  await feedback.deleteMany({})
  const images: typeof parts.images = new LookupCache<KnownImage>(
    async () => new Map([['stays', { ownerId: '', visibility: 'public' }]]),
  )
  const erased = new ErasedPeopleCache(async () => ({ has: person => person === 'erased', operation: undefined }))
  const audit = new Audit(database, { ...parts, log, images, erased }, 7 * DAY, silent, new Registry())
  const { reapplied } = await beside(aWorker(), audit.run(new Date()))
  t.equal(reapplied, 1)
  t.match(await feedback.find({}).toArray(), [{ imageId: 'stays', person: 'ann' }])
})

t.test('a bucket that only waits for its roll-up is said to wait, and is no difference of the audit', async t => {
  const { db, client, log, flushParts, aWorker, untilQuiet } = await aRollupWorld(t)
  const parts = await flushParts()
  const yesterday = new Date(Date.now() - DAY)
  await flush([anEntry('v', { at: yesterday })], parts)
  await untilQuiet(aWorker())
  await flush([anEntry('v', { at: yesterday })], parts)
  const hours = { from: yesterday, to: new Date() }
  const found = []
  for await (const difference of verify(hours, { db, log }, client, { attempts: 1 })) found.push(difference)
  t.ok(found.some(({ bucket }) => bucket.grain === 'minute'))
  t.ok(found.every(({ isWaiting }) => isWaiting))
})

t.test(
  'roll-ups of earlier versions, without people by country, are no differences, and rebuild completes them',
  async t => {
    const { db, log, flushParts, aWorker, beside, untilQuiet, differences } = await aRollupWorld(t)
    const yesterday = new Date(Date.now() - DAY)
    await flush([anEntry('v', { at: yesterday, geography: { country: 'CH' } })], await flushParts())
    const worker = aWorker()
    await untilQuiet(worker)
    const rollups = db.collection('rollups')
    const complete = { countryPeople: { $exists: true } }
    const all = await rollups.countDocuments(complete)
    t.ok(all >= 8, 'of the image and the site')
    await rollups.updateMany({}, { $unset: { countryPeople: '' } })
    t.same(await differences(), [])
    await beside(worker, rebuild({ from: yesterday, to: new Date() }, { db, log }))
    await untilQuiet(worker)
    t.equal(await rollups.countDocuments(complete), all)
    t.same(await differences(), [])
  },
)
