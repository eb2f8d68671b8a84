import fc from 'fast-check'
import { Registry } from 'prom-client'
import t from 'tap'
import type { LoggedEvent } from '../../src/events/event.ts'
import { eventId } from '../../src/events/event-id.ts'
import { flush } from '../../src/events/ingest/flush.ts'
import type { Log, ReadableLog } from '../../src/events/log/log.ts'
import { bucketOf } from '../../src/events/marks/buckets.ts'
import { type Mark, putMarks } from '../../src/events/marks/marks.ts'
import { RollupWorker } from '../../src/rollups/worker/rollup-worker.ts'
import { aLogThatRepeats, anEntry, anEvent, DAY, flushParts, refusingOnce, silent } from '../helpers/log.ts'
import { aRollupWorld } from '../helpers/roll-ups.ts'

const HOUR = 3_600_000

t.test('several workers and writers at the same time produce the right counts', async t => {
  const { clock, flushParts, aWorker, untilQuiet, counts, differences } = await aRollupWorld(t)
  const parts = await flushParts()
  const workers = [aWorker(), aWorker(), aWorker()]
  const write = async () => {
    for (let i = 0; i < 20; i++) {
      const at = new Date(Date.now() - (i % 4) * HOUR)
      await flush([anEntry('a', { at }), anEntry('b', { at, type: 'like' }), anEntry('a', { at, type: 'save' })], parts)
    }
  }
  let writing = true
  const turning = workers.map(async ({ turn }) => {
    while (writing) {
      await turn()
      // Marks settle while others are written.
      clock.passes(500)
    }
  })
  await Promise.all([write(), write(), write()])
  writing = false
  await Promise.all(turning)
  await untilQuiet(...workers)
  t.same(await counts('a'), { view: 60, save: 60 })
  t.same(await counts('all'), { view: 60, save: 60, like: 60 })
  t.same(await differences(), [])
})

t.test('the order, batching and repetition of events do not change the log or the roll-ups', async t => {
  const { db, flushParts, aWorker, untilQuiet } = await aRollupWorld(t)
  const parts = await flushParts()
  const image = fc.constantFrom('x', 'y')
  const ago = fc.integer({ min: 0, max: 5 * DAY })
  const type = fc.constantFrom('view', 'click', 'like', 'dislike', 'save')
  const drawn = fc.record({ image, ago, type })
  const story = fc.record({
    // Of two at the same time the one with the greater id counts, and ids differ between the worlds.
    events: fc.uniqueArray(drawn, { selector: ({ ago }) => ago, minLength: 1, maxLength: 20 }),
    order: fc.array(fc.nat(), { minLength: 20, maxLength: 20 }),
    size: fc.integer({ min: 1, max: 7 }),
    again: fc.array(fc.nat(19), { maxLength: 10 }),
  })
  const stories: { worlds: string[] }[] = []
  await fc.assert(
    fc.asyncProperty(story, async ({ events, order, size, again }) => {
      const n = stories.length
      const now = Date.now()
      const entries = (world: string) =>
        events.map(({ image, ago, type }, i) => {
          const at = new Date(now - ago)
          const imageId = `${world}-${image}`
          return anEntry(imageId, {
            _id: eventId(at, 'test', `${n}-${i}`, imageId),
            at,
            type: type as LoggedEvent['type'],
          })
        })
      await flush(entries(`${n}-straight`), parts)
      const mixed = entries(`${n}-mixed`)
      const shuffled = mixed.map((entry, i) => ({ entry, key: order[i] ?? 0 })).sort((a, b) => a.key - b.key)
      const sent = [...shuffled.map(({ entry }) => entry), ...again.flatMap(i => mixed[i] ?? [])]
      for (let from = 0; from < sent.length; from += size) await flush(sent.slice(from, from + size), parts)
      stories.push({ worlds: [`${n}-straight`, `${n}-mixed`] })
    }),
    { numRuns: 15 },
  )
  await untilQuiet(aWorker())
  const sums = async (world: string) => {
    const found = await db
      .collection('rollups')
      .find({ imageId: new RegExp(`^${world}-`) })
      .sort({ _id: 1 })
      .toArray()
    return found.map(({ _id, imageId, counts, current }) => ({ ..._id, imageId: imageId.slice(-1), counts, current }))
  }
  for (const { worlds } of stories) {
    const [straight, mixed] = await Promise.all(worlds.map(sums))
    t.ok(straight?.length)
    t.same(mixed, straight)
  }
})

t.test(
  'catching up rolls up all that is marked, but minutes that are not over or are marked meanwhile keep their marks',
  async t => {
    const { db, database, log, clock, aWorker, counts, differences, untilQuiet } = await aRollupWorld(t)
    const parts = await flushParts(database)
    const hours = [1, 2, 30, 150, 400, 401]
    const entries = hours.map(ago => anEntry('a', { at: new Date(Date.now() - ago * HOUR), type: 'like' }))
    const soon = anEntry('a', { at: new Date(Date.now() + HOUR) })
    await flush([...entries, anEntry('b', { at: new Date(Date.now() - HOUR) }), soon], parts)
    const late = anEntry('a', { at: new Date(Date.now() - HOUR) })
    let isWritten = false
    const read = async function* (...args: Parameters<Log['read']>) {
      if (!isWritten) await flush([late], parts)
      isWritten = true
      yield* log.read(...args)
    } as unknown as Log['read']
    const hashPerson = log.hashPerson
    const worker = new RollupWorker(database, { layout: log.layout, hashPerson, read }, silent, new Registry())
    await worker.catchUp()
    const marks = await db.collection<Mark>('marks').find().sort({ start: 1 }).toArray()
    t.same(
      marks.map(({ _id }) => _id),
      [late, soon].map(({ event }) => bucketOf('a', 'minute', event.at)),
    )
    t.match(await counts('a'), { like: hours.length })
    t.same(await counts('b'), { view: 1 })
    clock.passes(HOUR)
    await untilQuiet(aWorker())
    t.same(await counts('all'), { like: hours.length, view: 3 })
    t.same(await differences(), [])
  },
)

t.test('an event that the log holds twice is counted once', async t => {
  const { db, log, rollUp, counts, differences } = await aRollupWorld(t)
  const { log: repeating, second } = await aLogThatRepeats(db)
  const at = new Date()
  const events = [anEvent('twice', { at }), anEvent('twice', { at }), anEvent('twice', { at, type: 'click' })]
  await log.insert(events)
  await second.insertMany(events.slice(0, 2))
  for (const grain of ['minute', 'hour', 'day', 'month', 'total'] as const) {
    await rollUp(bucketOf('twice', grain, at), repeating)
  }
  for (const grain of ['minute', 'total']) t.same(await counts('twice', grain), { view: 2, click: 1 })
  t.same(
    (await differences(repeating)).filter(({ bucket }) => bucket.imageId === 'twice'),
    [],
  )
  const other = { ...events[0], type: 'share' as const } as LoggedEvent
  await second.updateOne({ _id: other._id }, { $set: { type: 'share' } })
  const read = () => repeating.read({ imageId: 'twice', _id: other._id }).toArray()
  t.same(await read(), await read(), 'of two events with one id always the same one counts')
  t.equal((await read()).length, 1)
})

t.test('a bucket that is too large for one answer is read in parts of its time range', async t => {
  const { log, rollUp, counts } = await aRollupWorld(t)
  const minute = bucketOf('wide', 'minute', new Date()).start?.getTime() ?? 0
  await log.insert(Array.from({ length: 60 }, (_, i) => anEvent('wide', { at: new Date(minute + i * 1000) })))
  let asked = 0
  const narrow: ReadableLog = {
    ...log,
    read: ((match: { at: { $gte: Date; $lt: Date } }, ...rest: [object[], object]) => {
      asked++
      const span = match.at.$lt.getTime() - match.at.$gte.getTime()
      if (span > 20_000) throw Object.assign(new Error('too large'), { code: 10334 })
      return log.read(match, ...rest)
    }) as Log['read'],
  }
  await rollUp(bucketOf('wide', 'minute', new Date(minute)), narrow)
  t.same(await counts('wide', 'minute'), { view: 60 })
  t.equal(asked, 1 + 1 + 4)
})

t.test('a bucket that cannot be rolled up backs off and does not delay others', async t => {
  const { db, log, flushParts, workerParts, aWorker, turnUntil, counts } = await aRollupWorld(t)
  await flush([anEntry('good'), anEntry('bad')], await flushParts())
  const broken: ReadableLog = {
    ...log,
    read: ((match: { imageId: { $in: string[] } }, ...rest: [object[], object]) => {
      if (match.imageId.$in.includes('bad')) throw new Error('this one can not be read')
      return log.read(match, ...rest)
    }) as Log['read'],
  }
  const parts = workerParts({ log: broken })
  const worker = aWorker(parts)
  await turnUntil('the good bucket is counted', [worker], async () => (await counts('good'))?.view === 1)
  t.equal(await counts('bad'), undefined)
  const [mark] = await db.collection<Mark>('marks').find({ imageId: 'bad' }).toArray()
  t.ok(mark, 'its mark stays')
  if (mark) t.equal(parts.schedule.due(mark), undefined, 'it is not due for a while')
})

t.test('a mark whose deletion failed is deleted later', async t => {
  const { db, workerParts, aWorker, untilQuiet } = await aRollupWorld(t)
  await putMarks(db, [bucketOf('stuck', 'hour', new Date())])
  const worker = aWorker(workerParts({ db: refusingOnce(db, 'marks') }))
  await t.rejects(worker.turn(), /unknown whether the documents are deleted/)
  await untilQuiet(worker)
})

t.test('slow buckets are rolled up in the slow lane, beside the rounds', async t => {
  const { db, flushParts, aWorker, counts } = await aRollupWorld(t)
  await flush([anEntry('huge'), anEntry('small')], await flushParts())
  const worker = aWorker()
  const marks = await db.collection<Mark>('marks').find({ imageId: 'huge' }).toArray()
  worker.parts.schedule.note(marks)
  for (const mark of marks) {
    worker.parts.schedule.rolledUp({ ...mark, token: 'of an older mark' }, 2_000)
    t.ok(worker.parts.schedule.isSlow(mark._id))
  }
  t.equal(worker.parts.schedule.isSlow(bucketOf('small', 'minute', new Date())), false)
  const due = marks.map(mark => ({ mark, settled: true }))
  for (const one of due) worker.lane.offer(one)
  await worker.lane.idle()
  t.same(await counts('huge', 'minute'), { view: 1 })
  t.ok(
    await db.collection('marks').findOne({ imageId: 'huge', '_id.grain': 'hour' }),
    'a round continues with the next grain',
  )
})

t.test('every frequent filter contains the shard key of its collection', async t => {
  const { client, flushParts, aWorker, untilQuiet } = await aRollupWorld(t)
  const seen: { collection: string; filter: Record<string, unknown> }[] = []
  client.on('commandStarted', ({ command }) => {
    for (const [kind, items, filter] of [
      ['update', 'updates', 'q'],
      ['delete', 'deletes', 'q'],
    ] as const) {
      if (typeof command[kind] === 'string')
        for (const item of command[items]) seen.push({ collection: command[kind], filter: item[filter] })
    }
    if (command.find) seen.push({ collection: command.find, filter: command.filter })
    if (command.aggregate === 'events') seen.push({ collection: 'events', filter: command.pipeline[0].$match })
  })
  const parts = await flushParts()
  await flush([anEntry('s'), anEntry('s', { type: 'like' })], parts)
  await untilQuiet(aWorker())
  const shardKeys: Record<string, string[]> = {
    marks: ['imageId'],
    rollups: ['imageId'],
    partials: ['imageId'],
    events: ['imageId'],
    feedback: ['person', 'imageId'],
  }
  const names = (filter: Record<string, unknown>, field: string): boolean =>
    field in filter || (Array.isArray(filter.$or) && filter.$or.every(part => names(part, field)))
  const without = seen.filter(({ collection, filter }) => {
    const isRing = collection === 'marks' && (Object.keys(filter).length === 0 || Object.keys(filter).join() === '_id')
    // The hours of all images, for those of the site, are on every shard.
    const isOfSite = collection === 'rollups' && Object.keys(filter).join() === '_id.grain,_id.start'
    return !isRing && !isOfSite && shardKeys[collection]?.some(field => !names(filter, field))
  })
  t.ok(seen.length > 20)
  t.same(without, [])
})
