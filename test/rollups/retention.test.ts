import t from 'tap'
import type { Log, ReadableLog } from '../../src/events/log/log.ts'
import { logTtl, setLogTtl } from '../../src/events/log/log-ttl.ts'
import { bucketOf } from '../../src/events/marks/buckets.ts'
import { putMarks } from '../../src/events/marks/marks.ts'
import { applyRetention, readHorizons } from '../../src/rollups/retention-horizons.ts'
import { ExpiryGuard, MIN_CHECKS } from '../../src/rollups/worker/expiry-guard.ts'
import { anEvent, DAY, silent } from '../helpers/log.ts'
import { aRollupWorld } from '../helpers/roll-ups.ts'

const retention = { accept: 7 * DAY, minuteRollups: 8 * DAY, events: 90 * DAY, hourRollups: 400 * DAY }

t.test('a field of a roll-up is removed when its last event is removed', async t => {
  const { db, log, rollUp } = await aRollupWorld(t)
  const at = new Date()
  const dwell = anEvent('less', { at, type: 'dwell', durationMs: 500, geography: { country: 'CH' } })
  await log.insert([dwell, anEvent('less', { at })])
  const parts = async () => {
    await rollUp(bucketOf('less', 'minute', at))
    return Object.keys((await db.collection('rollups').findOne({ imageId: 'less' })) ?? {}).sort()
  }
  const before = await parts()
  t.ok(before.includes('dwell') && before.includes('countries'))
  await db.collection('events').deleteOne({ _id: dwell._id as never })
  t.same(
    await parts(),
    before.filter(name => !['dwell', 'countries', 'countryPeople'].includes(name)),
  )
})

t.test('a shorter retention moves the horizon at once, a longer one does not move it back', async t => {
  const { db, log } = await aRollupWorld(t)
  const ageOf = async (source: 'log' | 'minute' | 'hour') => {
    const horizons = await readHorizons(db, log)
    return Math.round((horizons.now.getTime() - horizons[source].getTime()) / DAY)
  }
  t.equal(await ageOf('minute'), 8)
  t.equal(await ageOf('log'), 90)
  await applyRetention(db, log, { ...retention, minuteRollups: 20 * DAY })
  t.equal(await ageOf('minute'), 8, 'expired roll-ups do not come back')
  const leases = db.collection<{ _id: string; minute: Date }>('leases')
  await leases.updateOne({ _id: 'floors' }, { $set: { minute: new Date(0) } })
  t.equal(await ageOf('minute'), 8, 'roll-ups that were written before keep their expiry')
  await applyRetention(db, log, { ...retention, minuteRollups: 3 * DAY })
  t.equal(await ageOf('minute'), 3)
  await setLogTtl(db, log.layout, 30 * DAY)
  t.equal(await ageOf('log'), 30, 'also when it is changed in the database')
  await setLogTtl(db, log.layout, 60 * DAY)
  t.equal(await ageOf('log'), 30)
  await leases.updateOne({ _id: 'floors' }, { $set: { log: new Date(0) } })
  t.equal(await ageOf('log'), 60)
})

t.test('a roll-up before the horizon is kept, also when the horizon passes it while its source is read', async t => {
  const { db, log, rollUp, counts } = await aRollupWorld(t)
  const at = new Date(Date.now() - 10 * DAY)
  const hour = bucketOf('old', 'hour', at)
  const events = Array.from({ length: 5 }, () => anEvent('old', { at }))
  await log.insert(events)
  await rollUp(hour)
  t.same(await counts('old', 'hour'), { view: 5 }, 'the minutes have expired, so the log is the source')
  await db.collection('events').deleteOne({ _id: events[0]?._id as never })
  await rollUp(hour)
  t.same(await counts('old', 'hour'), { view: 4 }, 'an erased event of an expired minute is removed from its hour')

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
  t.equal((await rollUp(hour, suspended)).length, 1, 'its mark may be deleted')
  t.same(await counts('old', 'hour'), { view: 4 })
  await rollUp(hour)
  t.same(await counts('old', 'hour'), { view: 4 })
})

t.test('the expiry guard extends the retention of events and hours that are not rolled up yet', async t => {
  const { db, log } = await aRollupWorld(t)
  const said: string[] = []
  const loud = { ...silent, error: (_: object, message: string) => said.push(message) } as never
  const expiryGuard = new ExpiryGuard(db, log, loud)
  const look = async (times: number) => {
    for (let i = 0; i < times; i++) await expiryGuard.check(await readHorizons(db, log))
  }
  await putMarks(db, [bucketOf('behind', 'minute', new Date(Date.now() - 20 * DAY))])
  await look(MIN_CHECKS)
  t.equal(await logTtl(db, log.layout), 90 * DAY, 'not while enough time is left')
  await applyRetention(db, log, { ...retention, hourRollups: 93 * DAY })
  const nearTheEnd = bucketOf('behind', 'hour', new Date(Date.now() - 88 * DAY))
  await putMarks(db, [nearTheEnd])
  await look(MIN_CHECKS - 1)
  await putMarks(db, [nearTheEnd])
  await look(MIN_CHECKS - 1)
  t.equal(await logTtl(db, log.layout), 90 * DAY, 'nor for marks that an erasure renews')
  await look(1)
  t.equal(await logTtl(db, log.layout), 104 * DAY)
  t.ok((await readHorizons(db, log)).ttl.hour > 106 * DAY)
  t.match(said, [/keeps them longer/])
})
