import fc from 'fast-check'
import { Registry } from 'prom-client'
import t from 'tap'
import type { LoggedEvent } from '../../src/events/event.ts'
import { eventId } from '../../src/events/event-id.ts'
import { ErasedPeopleCache } from '../../src/events/ingest/erased-people.ts'
import { flush, type KnownImage } from '../../src/events/ingest/flush.ts'
import { LookupCache } from '../../src/events/ingest/lookup-cache.ts'
import type { Log, ReadableLog } from '../../src/events/log/log.ts'
import { logTtl, setLogTtl } from '../../src/events/log/log-ttl.ts'
import { type Bucket, bucketOf } from '../../src/events/marks/buckets.ts'
import { type Mark, putMarks } from '../../src/events/marks/marks.ts'
import { rollUpBuckets } from '../../src/rollups/aggregation/roll-up-buckets.ts'
import { Audit } from '../../src/rollups/audit/audit.ts'
import { rebuild } from '../../src/rollups/audit/rebuild.ts'
import { verify } from '../../src/rollups/audit/verify.ts'
import { applyRetention, readHorizons } from '../../src/rollups/retention-horizons.ts'
import { ExpiryGuard, MIN_CHECKS } from '../../src/rollups/worker/expiry-guard.ts'
import { MarkSchedule } from '../../src/rollups/worker/mark-schedule.ts'
import type { WorkerParts } from '../../src/rollups/worker/roll-up-marks.ts'
import { RollupMetrics } from '../../src/rollups/worker/rollup-metrics.ts'
import { round } from '../../src/rollups/worker/round.ts'
import { SlowLane } from '../../src/rollups/worker/slow-lane.ts'
import { aLog, aLogThatRepeats, anEntry, anEvent, DAY, flushParts, refusingOnce, silent } from '../helpers/log.ts'
import { ownDatabase } from '../helpers/mongodb.ts'
import { until } from '../helpers/until.ts'

const HOUR = 3_600_000
const retention = { accept: 7 * DAY, minuteRollups: 8 * DAY, events: 90 * DAY, hourRollups: 400 * DAY }

/** A log with its sums, and everything a folder needs, in a database of this test's own. */
async function aHouse(t: Parameters<typeof ownDatabase>[0]) {
  const database = await ownDatabase(t)
  const { db, client } = database
  const log = await aLog(database)
  await applyRetention(db, log, retention)
  const folderParts = (over: Partial<WorkerParts> = {}): WorkerParts => ({
    db,
    log,
    schedule: new MarkSchedule(),
    logger: silent,
    metrics: new RollupMetrics(db, new Registry()),
    ...over,
  })
  const aFolder = (parts = folderParts()) => {
    const ring = { after: undefined }
    const lane = new SlowLane(database, parts)
    return { parts, lane, turn: () => client.withSession(session => round(parts, ring, lane, session)) }
  }
  const fold = (bucket: Bucket, by: ReadableLog = log) =>
    client.withSession(session => rollUpBuckets([bucket], { db, log: by }, session))
  const counts = async (imageId: string, grain = 'total') =>
    (await db.collection('rollups').findOne({ imageId, '_id.grain': grain }))?.counts
  const differences = async (by: ReadableLog = log) => {
    const found = []
    const hours = { from: new Date(Date.now() - 8 * DAY), to: new Date(Date.now() + HOUR) }
    for await (const difference of verify(hours, { db, log: by }, client)) found.push(difference)
    return found
  }
  return { ...database, database, log, folderParts, aFolder, fold, counts, differences }
}

/** Turns a folder while some work goes on that waits for it. */
async function beside<Result>(folder: { turn(): Promise<unknown> }, work: Promise<Result>): Promise<Result> {
  let over = false
  const settled = work.finally(() => {
    over = true
  })
  await until('the work is done', async () => {
    await folder.turn()
    return over
  })
  return settled
}

/** Turns folders until nothing is marked any more. */
async function untilQuiet(db: Awaited<ReturnType<typeof aHouse>>['db'], folders: { turn(): Promise<unknown> }[]) {
  await until('nothing is marked', async () => {
    await Promise.all(folders.map(folder => folder.turn()))
    return (await db.collection('marks').countDocuments({})) === 0
  })
}

t.test('several folders at work at once beside writers leave the right numbers', async t => {
  const { db, database, aFolder, counts, differences } = await aHouse(t)
  const parts = await flushParts(database)
  const folders = [aFolder(), aFolder(), aFolder()]
  const write = async () => {
    for (let i = 0; i < 20; i++) {
      const at = new Date(Date.now() - (i % 4) * HOUR)
      await flush([anEntry('a', { at }), anEntry('b', { at, type: 'like' }), anEntry('a', { at, type: 'save' })], parts)
    }
  }
  let writing = true
  const turning = folders.map(async ({ turn }) => {
    while (writing) await turn()
  })
  await Promise.all([write(), write(), write()])
  writing = false
  await Promise.all(turning)
  await untilQuiet(db, folders)
  t.same(await counts('a'), { view: 60, save: 60 })
  t.same(await counts('all'), { view: 60, save: 60, like: 60 })
  t.same(await differences(), [])
})

t.test('any order, split and repetition of the same events gives the same log and the same sums', async t => {
  const { db, database, aFolder } = await aHouse(t)
  const parts = await flushParts(database)
  const image = fc.constantFrom('x', 'y')
  const ago = fc.integer({ min: 0, max: 5 * DAY })
  const type = fc.constantFrom('view', 'click', 'like', 'dislike', 'save')
  const drawn = fc.record({ image, ago, type })
  const story = fc.record({
    events: fc.array(drawn, { minLength: 1, maxLength: 20 }),
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
  await untilQuiet(db, [aFolder()])
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

t.test('where the log can hold an event twice it is counted once', async t => {
  const { db, log, fold, counts, differences } = await aHouse(t)
  const { log: repeating, second } = await aLogThatRepeats(db)
  const at = new Date()
  const events = [anEvent('twice', { at }), anEvent('twice', { at }), anEvent('twice', { at, type: 'click' })]
  await log.insert(events)
  await second.insertMany(events.slice(0, 2))
  for (const grain of ['minute', 'hour', 'day', 'month', 'total'] as const) {
    await fold(bucketOf('twice', grain, at), repeating)
  }
  for (const grain of ['minute', 'total']) t.same(await counts('twice', grain), { view: 2, click: 1 })
  t.same(
    (await differences(repeating)).filter(({ bucket }) => bucket.imageId === 'twice'),
    [],
  )
  const other = { ...events[0], type: 'share' as const } as LoggedEvent
  await second.updateOne({ _id: other._id }, { $set: { type: 'share' } })
  const read = () => repeating.read({ imageId: 'twice', _id: other._id }).toArray()
  t.same(await read(), await read(), 'of two events with one identity always the same one counts')
  t.equal((await read()).length, 1)
})

t.test('what is too much for one answer is read in parts of its time', async t => {
  const { log, fold, counts } = await aHouse(t)
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
  await fold(bucketOf('wide', 'minute', new Date(minute)), narrow)
  t.same(await counts('wide', 'minute'), { view: 60 })
  t.equal(asked, 1 + 1 + 4)
})

t.test('a part of a sum whose events have gone goes with them', async t => {
  const { db, log, fold } = await aHouse(t)
  const at = new Date()
  const dwell = anEvent('less', { at, type: 'dwell', durationMs: 500, geography: { country: 'CH' } })
  await log.insert([dwell, anEvent('less', { at })])
  const parts = async () => {
    await fold(bucketOf('less', 'minute', at))
    return Object.keys((await db.collection('rollups').findOne({ imageId: 'less' })) ?? {}).sort()
  }
  const before = await parts()
  t.ok(before.includes('dwell') && before.includes('countries'))
  await db.collection('events').deleteOne({ _id: dwell._id as never })
  t.same(
    await parts(),
    before.filter(name => name !== 'dwell' && name !== 'countries'),
  )
})

t.test('a bucket that can not be summed backs off and holds nobody up', async t => {
  const { db, database, log, folderParts, aFolder, counts } = await aHouse(t)
  await flush([anEntry('good'), anEntry('bad')], await flushParts(database))
  const broken: ReadableLog = {
    ...log,
    read: ((match: { imageId: { $in: string[] } }, ...rest: [object[], object]) => {
      if (match.imageId.$in.includes('bad')) throw new Error('this one can not be read')
      return log.read(match, ...rest)
    }) as Log['read'],
  }
  const parts = folderParts({ log: broken })
  const folder = aFolder(parts)
  await until('the good one is counted', async () => {
    await folder.turn()
    return (await counts('good'))?.view === 1
  })
  t.equal(await counts('bad'), undefined)
  const [mark] = await db.collection<Mark>('marks').find({ imageId: 'bad' }).toArray()
  t.ok(mark, 'its mark stays')
  if (mark) t.equal(parts.schedule.due(mark), undefined, 'it is left alone for a while')
})

t.test('a mark that could not be taken away is not forgotten', async t => {
  const { db, folderParts, aFolder } = await aHouse(t)
  await putMarks(db, [bucketOf('stuck', 'hour', new Date())])
  const folder = aFolder(folderParts({ db: refusingOnce(db, 'marks') }))
  await t.rejects(folder.turn(), /unknown whether the documents are deleted/)
  await untilQuiet(db, [folder])
})

t.test('what takes long is summed beside the rounds', async t => {
  const { db, database, aFolder, counts } = await aHouse(t)
  await flush([anEntry('huge'), anEntry('small')], await flushParts(database))
  const folder = aFolder()
  const marks = await db.collection<Mark>('marks').find({ imageId: 'huge' }).toArray()
  folder.parts.schedule.note(marks)
  for (const mark of marks) {
    folder.parts.schedule.rolledUp(mark._id, 'of an older mark', 2_000)
    t.ok(folder.parts.schedule.isSlow(mark._id))
  }
  t.equal(folder.parts.schedule.isSlow(bucketOf('small', 'minute', new Date())), false)
  const due = marks.map(mark => ({ bucket: mark._id, mark, settled: false }))
  for (const one of due) folder.lane.offer(one)
  await folder.lane.idle()
  t.same(await counts('huge', 'minute'), { view: 1 })
  t.ok(await db.collection('marks').findOne({ imageId: 'huge', '_id.grain': 'hour' }), 'a round goes on from there')
})

t.test('a shorter time moves the floor at once, a longer one never back', async t => {
  const { db, log } = await aHouse(t)
  const ageOf = async (source: 'log' | 'minute' | 'hour') => {
    const horizons = await readHorizons(db, log)
    return Math.round((horizons.now.getTime() - horizons[source].getTime()) / DAY)
  }
  t.equal(await ageOf('minute'), 8)
  t.equal(await ageOf('log'), 90)
  await applyRetention(db, log, { ...retention, minuteRollups: 20 * DAY })
  t.equal(await ageOf('minute'), 8, 'what has gone does not return')
  const leases = db.collection<{ _id: string; minute: Date }>('leases')
  await leases.updateOne({ _id: 'floors' }, { $set: { minute: new Date(0) } })
  t.equal(await ageOf('minute'), 8, 'and what was stamped before still goes by its stamp')
  await applyRetention(db, log, { ...retention, minuteRollups: 3 * DAY })
  t.equal(await ageOf('minute'), 3)
  await setLogTtl(db, log.layout, 30 * DAY)
  t.equal(await ageOf('log'), 30, 'whoever changes it in the database')
  await setLogTtl(db, log.layout, 60 * DAY)
  t.equal(await ageOf('log'), 30)
  await leases.updateOne({ _id: 'floors' }, { $set: { log: new Date(0) } })
  t.equal(await ageOf('log'), 60)
})

t.test('a sum of before the floor is left as it is, also when the floor passes it while it is read', async t => {
  const { db, log, fold, counts } = await aHouse(t)
  const at = new Date(Date.now() - 10 * DAY)
  const hour = bucketOf('old', 'hour', at)
  const events = Array.from({ length: 5 }, () => anEvent('old', { at }))
  await log.insert(events)
  await fold(hour)
  t.same(await counts('old', 'hour'), { view: 5 }, 'the minutes have gone, so it is summed from the log')
  await db.collection('events').deleteOne({ _id: events[0]?._id as never })
  await fold(hour)
  t.same(await counts('old', 'hour'), { view: 4 }, 'an erased event of an old minute goes from its hour')

  const suspended: ReadableLog = {
    ...log,
    read: ((...parts: Parameters<Log['read']>) => {
      const cursor = log.read(...parts)
      return {
        async *[Symbol.asyncIterator]() {
          await db.collection('events').deleteMany({ imageId: 'old' })
          await db.collection<{ _id: string }>('leases').updateOne({ _id: 'floors' }, { $set: { log: new Date() } })
          yield* cursor
        },
      }
    }) as unknown as Log['read'],
  }
  t.equal((await fold(hour, suspended)).length, 1, 'its mark may go')
  t.same(await counts('old', 'hour'), { view: 4 })
  await fold(hour)
  t.same(await counts('old', 'hour'), { view: 4 })
})

t.test('the log keeps events longer before any could expire unsummed, and the hours longer still', async t => {
  const { db, log } = await aHouse(t)
  const said: string[] = []
  const loud = { ...silent, error: (_: object, message: string) => said.push(message) } as never
  const expiryGuard = new ExpiryGuard(db, log, loud)
  const look = async (times: number) => {
    for (let i = 0; i < times; i++) await expiryGuard.check(await readHorizons(db, log))
  }
  await putMarks(db, [bucketOf('behind', 'minute', new Date(Date.now() - 20 * DAY))])
  await look(MIN_CHECKS)
  t.equal(await logTtl(db, log.layout), 90 * DAY, 'not while there is time')
  await applyRetention(db, log, { ...retention, hourRollups: 93 * DAY })
  const nearTheEnd = bucketOf('behind', 'hour', new Date(Date.now() - 88 * DAY))
  await putMarks(db, [nearTheEnd])
  await look(MIN_CHECKS - 1)
  await putMarks(db, [nearTheEnd])
  await look(MIN_CHECKS - 1)
  t.equal(await logTtl(db, log.layout), 90 * DAY, 'nor for what an erasure marks again and again')
  await look(1)
  t.equal(await logTtl(db, log.layout), 104 * DAY)
  t.ok((await readHorizons(db, log)).ttl.hour > 106 * DAY)
  t.match(said, [/keeps them longer/])
})

t.test('verify names every bucket that differs, the audit marks it again, rebuild makes it right', async t => {
  const { db, database, log, aFolder, counts, differences } = await aHouse(t)
  const parts = await flushParts(database)
  const yesterday = new Date(Date.now() - DAY)
  await flush([anEntry('v', { at: yesterday, type: 'like', person: 'ann' }), anEntry('v', { at: yesterday })], parts)
  const folder = aFolder()
  await untilQuiet(db, [folder])
  t.same(await differences(), [])
  const rollups = db.collection('rollups')
  await rollups.updateOne({ imageId: 'v', '_id.grain': 'hour' }, { $set: { 'counts.view': 7 } })
  await rollups.deleteOne({ imageId: 'all', '_id.grain': 'month' })
  await db.collection('feedback').deleteMany({})
  const named = (await differences()).map(({ bucket }) => `${bucket.imageId} ${bucket.grain}`)
  t.same(named.sort(), ['all hour', 'all month', 'all total', 'v current', 'v day', 'v hour'])

  const audit = new Audit(database, { ...parts, log }, 7 * DAY, silent, new Registry())
  const found = await beside(folder, audit.run(new Date()))
  t.ok(found.differences >= 1)
  t.equal(found.reapplied, 1, 'feedback hears its words again')
  await untilQuiet(db, [aFolder()])
  t.same(await differences(), [])
  t.same(await counts('all', 'month'), { view: 1, like: 1 })

  await rollups.deleteMany({ imageId: 'v' })
  const again = aFolder()
  const hours = { from: new Date(Date.now() - 2 * DAY), to: new Date() }
  t.equal(await beside(again, rebuild(hours, { db, log })), 2)
  await untilQuiet(db, [again])
  t.same(await differences(), [])

  await db.collection('events').deleteMany({})
  await rollups.deleteMany({ '_id.grain': 'minute' })
  t.equal(
    await beside(again, rebuild(hours, { db, log })),
    2,
    'an hour that nothing stands below any more is made anew',
  )
  await untilQuiet(db, [again])
  t.same(await counts('all', 'month'), {})
})

t.test('an audit tells nobody again of images that are gone and of people who are erased', async t => {
  const { db, database, log, aFolder } = await aHouse(t)
  const parts = await flushParts(database)
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
  const { reapplied } = await beside(aFolder(), audit.run(new Date()))
  t.equal(reapplied, 1)
  t.match(await feedback.find({}).toArray(), [{ imageId: 'stays', person: 'ann' }])
})

t.test('every hot filter names the shard key of its collection', async t => {
  const { db, client, database, aFolder } = await aHouse(t)
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
  const parts = await flushParts(database)
  await flush([anEntry('s'), anEntry('s', { type: 'like' })], parts)
  await untilQuiet(db, [aFolder()])
  const shardKeys: Record<string, string[]> = {
    marks: ['imageId'],
    rollups: ['imageId'],
    events: ['imageId'],
    feedback: ['person', 'imageId'],
  }
  const names = (filter: Record<string, unknown>, field: string): boolean =>
    field in filter || (Array.isArray(filter.$or) && filter.$or.every(part => names(part, field)))
  const without = seen.filter(({ collection, filter }) => {
    const isRing = collection === 'marks' && (Object.keys(filter).length === 0 || Object.keys(filter).join() === '_id')
    return !isRing && shardKeys[collection]?.some(field => !names(filter, field))
  })
  t.ok(seen.length > 20)
  t.same(without, [])
})
