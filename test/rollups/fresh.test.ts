import type { mongo } from 'mongoose'
import { Registry } from 'prom-client'
import t from 'tap'
import type { LoggedEvent } from '../../src/events/event.ts'
import { flush } from '../../src/events/ingest/flush.ts'
import { bucketOf, type Grain, SITE } from '../../src/events/marks/buckets.ts'
import { type Mark, pendingSince } from '../../src/events/marks/marks.ts'
import { HOLD_MS } from '../../src/events/marks/writer-marks.ts'
import { rollUpFresh } from '../../src/rollups/aggregation/roll-up-fresh.ts'
import { Sum } from '../../src/rollups/aggregation/sum.ts'
import { PartialSums } from '../../src/rollups/partials/partial-sums.ts'
import { partsOf, rollups } from '../../src/rollups/rollup.ts'
import { rollUpMarks } from '../../src/rollups/worker/roll-up-marks.ts'
import { RollupMetrics } from '../../src/rollups/worker/rollup-metrics.ts'
import { anEntry, hashPerson, silent } from '../helpers/log.ts'
import { aRollupWorld } from '../helpers/roll-ups.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const LONGER = ['hour', 'day', 'month', 'total'] as const

/** A process that stores events of an image and writes its sums, and a worker that rolls them up. */
async function aStudio(t: Parameters<typeof aRollupWorld>[0]) {
  const world = await aRollupWorld(t)
  const { db, client, log } = world
  const worker = world.aWorker()
  const sums = new PartialSums(db, hashPerson, silent)
  const parts = { ...(await world.flushParts()), partialSums: sums }
  const stores = async (events: Partial<LoggedEvent>[]) => {
    await flush(
      events.map(event => anEntry('a', event)),
      parts,
    )
    await sums.stop()
  }
  const rollUp = (minute: Date, by: mongo.Db = db) =>
    client.withSession(session => rollUpFresh([bucketOf('a', 'minute', minute)], { db: by, log }, session))
  const settles = (mark: Mark) =>
    client.withSession(session => rollUpMarks([{ mark, settled: true }], worker.parts, session))
  const sumOf = async (imageId: string, grain: Grain) => {
    const rollup = await rollups(db).findOne({ imageId, '_id.grain': grain })
    return rollup && partsOf(rollup)
  }
  return { ...world, worker, stores, rollUp, settles, sumOf }
}

/** Two times in different minutes of one hour, one of them now. */
function twoMinutes(): [Date, Date] {
  const now = Date.now()
  const earlier = now % HOUR < 3 * MINUTE ? now : now - 3 * MINUTE
  return [new Date(earlier), new Date(earlier + 3 * MINUTE)]
}

t.test('a fresh minute adds to the longer grains what it has gained, in every part of the sum', async t => {
  const { worker, stores, rollUp, sumOf, differences, untilQuiet } = await aStudio(t)
  const [earlier, at] = twoMinutes()
  const first: Partial<LoggedEvent>[] = [
    { at: earlier, type: 'dwell', durationMs: 300, person: 'p', geography: { country: 'CH' } },
    { at: earlier, type: 'rating', value: 4, person: 'q' },
  ]
  await stores(first)
  await untilQuiet(worker)
  const pieces: Partial<LoggedEvent>[][] = [
    [{ at, type: 'dwell', durationMs: 900, person: 'q', geography: { country: 'CH' } }],
    [
      { at, type: 'dwell', durationMs: 900, person: 'r' },
      { at, type: 'zoom', scale: 2, person: 'p' },
      { at, type: 'scroll', depth: 0.5, person: 's', geography: { country: 'DE' } },
    ],
    [{ at, type: 'rating', value: 2, person: 'p' }],
  ]
  const expected = new Sum()
  const add = (events: Partial<LoggedEvent>[]) => {
    for (const { type = 'view', geography, person = '', durationMs, value, scale, depth } of events) {
      const values = [durationMs ?? value ?? scale ?? depth ?? []].flat()
      const country = geography && { country: geography.country }
      expected.addEvents({ type, ...country, count: 1, people: [hashPerson(person)], values })
    }
  }
  add(first)
  for (const piece of pieces) {
    await stores(piece)
    add(piece)
    await rollUp(at)
    for (const imageId of ['a', SITE])
      for (const grain of LONGER) t.same(await sumOf(imageId, grain), { ...expected.parts() }, `${imageId} ${grain}`)
  }
  await untilQuiet(worker)
  t.same(await differences(), [])
})

t.test('a longer grain never gets a difference that it contains already', async t => {
  const { db, worker, stores, rollUp, counts, differences, untilQuiet } = await aStudio(t)
  const at = new Date()
  await stores([{ at }])
  let writes = 0
  const command: typeof db.command = async (command, options) => {
    const ofRollups = command.update === 'rollups' || command.insert === 'rollups'
    const reply = await db.command(command, options)
    // Between the write of the minute and those above it, another worker settles everything.
    if (ofRollups && ++writes === 1) await untilQuiet(worker)
    return reply
  }
  await rollUp(at, Object.assign(Object.create(db), { command }))
  t.ok(writes >= 2)
  t.same(await counts('a'), { view: 1 })
  t.same(await counts(SITE, 'hour'), { view: 1 })
  t.same(await differences(), [])
})

t.test('an event that follows another one at once is counted before its minute is over', async t => {
  const { clock, worker, stores, counts } = await aStudio(t)
  clock.passes(MINUTE - (clock.now().wall % MINUTE))
  const at = new Date(clock.now().wall)
  await stores([{ at }])
  await worker.turn()
  t.same(await counts('a'), { view: 1 })
  // The writer still uses the mark of the first one.
  await stores([{ at }])
  clock.passes(10_000)
  await worker.turn()
  t.same(await counts('a'), { view: 2 })
})

t.test('a minute settles when it is over: its events are read from the log once, however rare they are', async t => {
  const { db, clock, worker, stores, counts, untilQuiet } = await aStudio(t)
  clock.passes(MINUTE - (clock.now().wall % MINUTE))
  const registry = new Registry()
  worker.parts.metrics = new RollupMetrics(db, registry)
  for (const views of [1, 2, 3]) {
    await stores([{ at: new Date(clock.now().wall) }])
    await worker.turn()
    t.same(await counts('a'), { view: views })
    clock.passes(HOLD_MS + 1)
    await worker.turn()
  }
  await untilQuiet(worker)
  t.same(await counts('a'), { view: 3 })
  t.match(await registry.metrics(), /^glance_rollup_events_read_total 3$/m)
})

t.test('stats are pending since the first minute that has not settled, in every longer grain', async t => {
  const { db, worker, stores, settles, counts, untilQuiet } = await aStudio(t)
  const [earlier, at] = twoMinutes()
  t.equal(await pendingSince(db, 'a'), undefined)
  await stores([{ at }, { at: earlier }])
  const minute = bucketOf('a', 'minute', earlier).start
  t.same(await pendingSince(db, 'a'), minute)
  t.same(await pendingSince(db, SITE), minute)
  t.equal(await pendingSince(db, 'b'), undefined)
  let [mark] = await db.collection<Mark>('marks').find({ imageId: 'a', start: minute }).toArray()
  for (const grain of LONGER) {
    if (!mark) break
    const above = await settles(mark)
    mark = above.find(({ _id }) => _id.imageId === 'a')
    t.equal(mark?._id.grain, grain)
    t.same(await pendingSince(db, 'a'), minute, `the ${grain} waits for the minute`)
    t.same(await pendingSince(db, SITE), minute)
  }
  await untilQuiet(worker)
  t.equal(await pendingSince(db, 'a'), undefined)
  t.equal(await pendingSince(db, SITE), undefined)
  t.same(await counts('a'), { view: 2 })
})
