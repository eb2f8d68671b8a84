import t from 'tap'
import type { FlushParts } from '../../src/events/ingest/flush.ts'
import { flush } from '../../src/events/ingest/flush.ts'
import { bucketOf } from '../../src/events/marks/buckets.ts'
import { PartialSums } from '../../src/rollups/partials/partial-sums.ts'
import { distrustPartials, isDistrustedFor } from '../../src/rollups/partials/partials.ts'
import { aLogThatRepeats, anEntry, hashPerson, silent } from '../helpers/log.ts'
import { aRollupWorld } from '../helpers/roll-ups.ts'

/** The roll-ups of a process that writes and one that rolls up. */
async function aSite(t: Parameters<typeof aRollupWorld>[0]) {
  const world = await aRollupWorld(t)
  const { db } = world
  const sums = new PartialSums(db, hashPerson, silent)
  const parts: FlushParts = { ...(await world.flushParts()), partialSums: sums }
  let read = 0
  const log = Object.assign(Object.create(world.log), {
    read: (...args: Parameters<typeof world.log.read>) => {
      read++
      return world.log.read(...args)
    },
  })
  const worker = world.aWorker(world.workerParts({ log }))
  // All events have the same time, so that they are in the same minute however long a test takes.
  const at = new Date()
  const seen = (imageId: string, more: Parameters<typeof anEntry>[1] = {}) => anEntry(imageId, { at, ...more })
  const minute = (imageId: string) => db.collection('rollups').findOne({ imageId, '_id.grain': 'minute' })
  return { ...world, sums, parts, worker, at, seen, minute, reads: () => read }
}

t.test(
  'a minute that is being written to is summed from the sums of the processes, and settles from the log',
  async t => {
    const { db, sums, parts, worker, seen, minute, counts, reads, untilQuiet, differences } = await aSite(t)
    const other = new PartialSums(db, hashPerson, silent)
    await flush([seen('a'), seen('a', { type: 'dwell', durationMs: 500, person: 'q' })], parts)
    await worker.turn()
    t.equal(await minute('a'), null, 'nothing is known yet')
    await sums.stop()
    await flush([seen('a', { type: 'like' })], { ...parts, partialSums: other })
    await other.stop()
    await worker.turn()
    t.equal(reads(), 0)
    t.match(await minute('a'), { provisional: true, counts: { view: 1, dwell: 1, like: 1 }, dwell: { totalMs: 500 } })
    t.same(await counts('a'), { view: 1, dwell: 1, like: 1 }, 'what lies above is summed along')
    await untilQuiet(worker)
    t.equal(reads(), 1)
    t.equal((await minute('a'))?.provisional, undefined)
    t.same(await counts('all'), { view: 1, dwell: 1, like: 1 })
    t.same(await differences(), [])
    t.equal(await db.collection('partials').countDocuments(), 0)
  },
)

t.test('what a process stored before it died is missing until the minute settles', async t => {
  const { db, sums, parts, worker, seen, minute, counts, untilQuiet } = await aSite(t)
  await flush([seen('a')], parts)
  await sums.stop()
  const dead = new PartialSums(db, hashPerson, silent)
  await flush([seen('a'), seen('a')], { ...parts, partialSums: dead })
  await worker.turn()
  t.match(await minute('a'), { provisional: true, counts: { view: 1 } })
  await untilQuiet(worker)
  t.same(await counts('a'), { view: 3 })
})

t.test('a minute that has settled is summed from the log when it changes again', async t => {
  const { db, parts, worker, seen, minute, counts, turnUntil, untilQuiet } = await aSite(t)
  await flush([seen('a')], parts)
  await untilQuiet(worker)
  const fresh = new PartialSums(db, hashPerson, silent)
  await flush([seen('a')], { ...parts, partialSums: fresh })
  await fresh.stop()
  await turnUntil('the second event is counted', [worker], async () => {
    const rollup = await minute('a')
    t.equal(rollup?.provisional, undefined)
    return rollup?.counts.view === 2
  })
  t.same(await counts('a'), { view: 2 })
})

t.test('an event that the log holds twice may count twice until its minute settles', async t => {
  const { db, sums, parts, worker, seen, counts, log, untilQuiet } = await aSite(t)
  const repeating = await aLogThatRepeats(db)
  const [entry] = [seen('a')]
  await flush([entry], {
    ...parts,
    log: Object.assign(Object.create(log), { insert: (events: never) => log.insert(events) }),
  })
  await repeating.second.insertOne(entry.event)
  sums.add([entry.event])
  await sums.stop()
  await worker.turn()
  t.same(await counts('a'), { view: 2 })
  Object.assign(worker.parts, { log: repeating.log })
  await untilQuiet(worker)
  t.same(await counts('a'), { view: 1 })
})

t.test('events that were stored before, rejected ones, automated ones and old ones are in no partial sum', async t => {
  const { db, sums, parts, seen } = await aSite(t)
  const entry = seen('a')
  await flush([entry], parts)
  await flush([entry], parts)
  await flush([seen('a', { automated: true }), seen('b', { at: new Date(Date.now() - 3_600_000) })], parts)
  await sums.stop()
  const found = await db.collection('partials').find().toArray()
  t.equal(found.length, 1)
  t.match(Object.values(found[0]?.sums ?? {}), [{ counts: { view: 1 } }])
})

t.test('distrusted sums are not used, however often they are written', async t => {
  const { db, sums, parts, worker, at, seen, minute, reads, untilQuiet } = await aSite(t)
  await flush([seen('a'), seen('a', { person: 'gone' })], parts)
  await sums.stop()
  await worker.turn()
  await distrustPartials(db, [bucketOf('a', 'minute', at)], hashPerson('gone'))
  await db.collection('events').deleteMany({ person: 'gone' })
  await parts.writerMarks.markAfter([bucketOf('a', 'minute', at)])
  t.ok(await isDistrustedFor(db, hashPerson('gone')))
  const later = new PartialSums(db, hashPerson, silent)
  await flush([seen('a', { type: 'like' })], { ...parts, partialSums: later })
  await later.stop()
  await untilQuiet(worker)
  t.ok(reads() > 0)
  t.match(await minute('a'), { counts: { view: 1, like: 1 }, provisional: undefined })
  t.notOk(await isDistrustedFor(db, hashPerson('gone')))
})
