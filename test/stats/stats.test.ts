import fc from 'fast-check'
import type { mongo } from 'mongoose'
import t from 'tap'
import { openLog } from '../../src/events/log/open-log.ts'
import { bucketOf, startOf } from '../../src/events/marks/buckets.ts'
import { rollUpBuckets } from '../../src/rollups/aggregation/roll-up-buckets.ts'
import { People } from '../../src/rollups/sketches/people.ts'
import { AnswerCache } from '../../src/stats/answer-cache.ts'
import { rangesBetween, rangesSince, rollupsIn } from '../../src/stats/covered-ranges.ts'
import { TopImages } from '../../src/stats/rankings/top-images.ts'
import { hashPerson } from '../helpers/log.ts'
import { noise } from '../helpers/pictures.ts'
import { until } from '../helpers/until.ts'
import { ADMIN, type Ask, openWorld, type Person } from '../helpers/world.ts'

const world = await openWorld(t)
const { database } = world
const { db, client } = database
const DAY = 86_400_000
const ann = await world.signsUp('ann')
const bob = await world.signsUp('bob')
const { body: image } = await ann.uploads(await noise(30, 20))

async function untilTotal(person: Person, imageId: string, type: string, expected: number) {
  return until(`${expected} ${type}`, async () => {
    const { body } = await person.statsOf(imageId)
    if (body.totals.counts[type] > expected) throw new Error(`${body.totals.counts[type]} is too many`)
    return body.totals.counts[type] === expected && body
  })
}

t.test('an image nobody has looked at has zeros', async t => {
  const { body } = await ann.uploads(await noise(21, 20))
  const { status, body: stats } = await ann.statsOf(body.id)
  t.equal(status, 200)
  t.match(stats, {
    imageId: body.id,
    from: null,
    to: null,
    asOf: null,
    totals: { counts: { view: 0, like: 0 } },
    series: [],
  })
})

t.test('a thousand events, in any order and some of them twice, are a thousand', async t => {
  const events = Array.from({ length: 1000 }, (_, i) => {
    const at = new Date(Date.now() - (i % 5) * DAY - i * 1000).toISOString()
    return { imageId: image.id, type: i % 10 ? 'view' : 'click', id: `event-${i}`, at }
  })
  const batches = [events.slice(500), events.slice(0, 600), events.slice(400, 900)]
  for (const { status, body } of await Promise.all(batches.map(batch => ann.reports(batch)))) {
    t.equal(status, 202)
    t.equal(body.rejectedCount, 0)
  }
  await untilTotal(ann, image.id, 'view', 900)
  const { body } = await ann.statsOf(image.id)
  t.equal(body.totals.counts.click, 100)
  t.ok(Date.parse(body.asOf) <= Date.now())

  const from = new Date(Date.now() - 6 * DAY).toISOString()
  for (const interval of ['hour', 'day']) {
    const { body: range } = await ann.statsOf(image.id, `?from=${from}&interval=${interval}`)
    t.match(range.totals.counts, { view: 900, click: 100 }, interval)
    const sum = range.series.reduce(
      (total: number, point: { counts: { view: number } }) => total + point.counts.view,
      0,
    )
    t.equal(sum, 900, interval)
    t.equal(Date.parse(range.series[0].start), Date.parse(range.from))
    t.ok(Date.parse(range.from) <= Date.parse(from), 'snapped outwards')
  }
  const perImage = await db.collection('rollups').findOne({ imageId: image.id, '_id.grain': 'total' })
  const site = await until('the site', async () => {
    const found = await db.collection('rollups').findOne({ imageId: 'all', '_id.grain': 'total' })
    return found?.counts.view === 900 && found
  })
  t.same(site.counts, perImage?.counts)
})

t.test('a late event changes the past', async t => {
  const at = new Date(Date.now() - 6.5 * DAY).toISOString()
  await ann.reports({ imageId: image.id, type: 'share', id: 'late', at })
  await untilTotal(ann, image.id, 'share', 1)
  t.pass()
})

t.test('when all is quiet no mark is left', async t => {
  await until('no marks', async () => (await db.collection('marks').countDocuments({})) === 0)
  t.pass()
})

t.test('a range that can not be answered is refused with the reason', async t => {
  const iso = (offset: number) => new Date(Date.now() + offset).toISOString()
  const cases: [string, string][] = [
    [`?from=${iso(-9 * DAY)}&interval=minute`, 'interval_expired'],
    [`?from=${iso(-2 * DAY)}&interval=minute`, 'range_too_long'],
    [`?from=${iso(-DAY)}&to=${iso(-2 * DAY)}`, 'invalid_request'],
    ['?interval=hour', 'invalid_request'],
    ['?from=yesterday', 'invalid_request'],
    ['?from[$gt]=1', 'invalid_request'],
  ]
  for (const [query, code] of cases) {
    const { status, body } = await ann.statsOf(image.id, query)
    t.equal(status, 400, query)
    t.equal(body.code, code, query)
  }
})

t.test('who may not see an image may not see its numbers', async t => {
  const { body: hidden } = await ann.uploads(await noise(22, 20), { visibility: 'private' })
  t.equal((await ann.statsOf(hidden.id)).status, 200)
  t.equal((await bob.statsOf(hidden.id)).status, 404)
  t.equal((await (await world.signsIn(ADMIN)).statsOf(hidden.id)).status, 200)
  const { key } = await world.hasKey({ app: 'shop', scopes: ['stats:read'] })
  t.equal((await world.asks('GET', `/v1/images/${hidden.id}/stats`, { key })).status, 404)
  t.equal((await world.asks('GET', `/v1/images/${image.id}/stats`, { key })).status, 200)
  t.equal((await world.asks('GET', `/v1/images/${image.id}/stats`)).status, 401)
})

t.test('lists and the overview are for whom the table says, and refuse what they can not answer', async t => {
  const root = await world.signsIn(ADMIN)
  const { key } = await world.hasKey({ app: 'lists', scopes: ['stats:read'] })
  const { key: other } = await world.hasKey({ app: 'other', scopes: ['events:write'] })
  for (const path of ['/v1/stats/top?metric=view', '/v1/stats/trending', '/v1/stats/overview']) {
    const status = async (ask: Ask) => (await world.asks('GET', path, ask)).status
    t.equal(await status({}), 401, path)
    t.equal(await status({ key: other }), 403, path)
    t.equal(await status({ key }), 200, path)
    t.equal(await status({ token: root.token }), 200, path)
    t.equal(await status({ token: bob.token }), path.endsWith('overview') ? 403 : 200, path)
    const { headers } = await world.asks('GET', path, { key })
    t.match(headers.get('cache-control'), /private, max-age=\d+/)
    t.equal(await status({ key, headers: { 'if-none-match': headers.get('etag') ?? '' } }), 304, path)
  }
  const refused: [string, string][] = [
    ['/v1/stats/top', '/querystring/metric'],
    ['/v1/stats/top?metric=fame', '/querystring/metric'],
    ['/v1/stats/top?metric=view&window=2h', '/querystring/window'],
    ['/v1/stats/top?metric=view&limit=101', '/querystring/limit'],
    ['/v1/stats/top?metric=view&country=XX', '/querystring/country'],
    ['/v1/stats/top?metric=people&country=CH', '/querystring/country'],
    ['/v1/stats/overview?interval=minute&from=2026-11-01T00:00:00Z', '/querystring/interval'],
    ['/v1/stats/trending?limit=0', '/querystring/limit'],
  ]
  for (const [path, pointer] of refused) {
    const { status, body } = await world.asks('GET', path, { key })
    t.equal(status, 400, path)
    t.equal(body.errors[0].pointer, pointer, path)
  }
})

t.test('what becomes private leaves the lists at once, though they are kept', async t => {
  const { body: shy } = await ann.uploads(await noise(23, 20))
  await ann.reports(Array.from({ length: 40 }, () => ({ imageId: shy.id, type: 'download' })))
  await untilTotal(ann, shy.id, 'download', 40)
  const ids = async (path: string) => {
    const { body } = await world.asks('GET', path, { token: bob.token })
    return body.items.map(({ imageId }: { imageId: string }) => imageId)
  }
  const paths = ['/v1/stats/top?metric=download&window=all', '/v1/stats/top?metric=people&window=all']
  for (const path of paths) t.ok((await ids(path)).includes(shy.id), path)
  await db.collection<{ _id: string }>('images').updateOne({ _id: shy.id }, { $set: { visibility: 'private' } })
  for (const path of paths) t.notOk((await ids(path)).includes(shy.id), path)
})

t.test('what is asked of rollups is looked up by an index, however many there are', async t => {
  await db.collection('rollups').insertMany(
    Array.from({ length: 5_000 }, (_, i) => {
      const start = new Date(Date.UTC(2020, 0, 1 + Math.floor(i / 10)))
      const imageId = `filler-${i % 10}`
      return { _id: { imageId, grain: 'day', start }, imageId, rev: '-', asOf: start, counts: {} } as never
    }),
  )
  const since = new Date(Date.now() - DAY)
  const series = { imageId: image.id, '_id.grain': 'day', '_id.start': { $gte: since } }
  const plans = {
    series: await db.collection('rollups').find(series).explain(),
    window: await db
      .collection('rollups')
      .aggregate([{ $match: rollupsIn(rangesSince(startOf('hour', since))) }, { $group: { _id: '$imageId' } }])
      .explain(),
    total: await db
      .collection('rollups')
      .find({ _id: { imageId: image.id, grain: 'total', start: null } } as never)
      .explain(),
  }
  for (const [name, plan] of Object.entries(plans)) {
    const text = JSON.stringify(plan)
    t.match(text, /imageId_1__id\.grain_1__id\.start_1|_id\.grain_1__id\.start_1|"_id_"|IDHACK/, name)
    t.notMatch(text, /COLLSCAN|"Seq Scan"/, name)
  }
})

t.test('a window is put together from the fewest buckets, each moment once', async t => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2_000_000 }), fc.integer({ min: 1, max: 200_000 }), (first, length) => {
      const [from, to] = [first, first + length].map(minute => new Date(Date.UTC(2026, 0) + minute * 60_000))
      if (!from || !to) return
      const ranges = rangesBetween(from, to)
      let at = from.getTime()
      for (const stretch of ranges) {
        t.equal(stretch.from?.getTime(), at)
        at = stretch.to?.getTime() ?? 0
      }
      t.equal(at, to.getTime())
      t.ok(ranges.length <= 7)
    }),
  )
})

t.test('who asks for what is being worked out waits for the same answer; a failure is not kept', async t => {
  const kept = new AnswerCache<number>()
  let worked = 0
  const work = async () => {
    await new Promise(resolve => setImmediate(resolve))
    return ++worked
  }
  t.same(await Promise.all([kept.get('a', work), kept.get('a', work), kept.get('b', work)]), [1, 1, 2])
  t.equal(await kept.get('a', work), 1)
  const failing = () => Promise.reject(new Error('not now'))
  await t.rejects(Promise.all([kept.get('c', failing), kept.get('c', work)]), /not now/)
  t.equal(await kept.get('c', work), 3)
})

t.test('an answer that has not changed is not sent again', async t => {
  const first = await bob.statsOf(image.id)
  const etag = first.headers.get('etag')
  for (const [known, status] of [
    [`${etag}`, 304],
    [`W/${etag}`, 304],
    [`"other", ${etag}`, 304],
    ['*', 304],
    ['"other"', 200],
  ] as const) {
    const headers = { 'if-none-match': known }
    const again = await world.asks('GET', `/v1/images/${image.id}/stats`, { token: bob.token, headers })
    t.equal(again.status, status, known)
  }
})

t.test('a tag chooses from a ranking that is made once for all of them, people included', async t => {
  const names = Array.from({ length: 30 }, (_, i) => `image-${i}`)
  await db.collection<{ _id: object }>('rollups').insertMany(
    names.map((imageId, i) => {
      const people = new People()
      for (let person = 0n; person <= i; person++) people.add(BigInt.asUintN(64, (person + 1n) * 0x9e3779b97f4a7c15n))
      const _id = { imageId, grain: 'total', start: null }
      return { _id, imageId, counts: { share: 10 + i }, people: people.bytes() }
    }),
  )
  const rankings: unknown[] = []
  const tagged = (tag?: string) => (id: string) => id.startsWith('image-') && (!tag || id.endsWith(tag))
  const tops = new TopImages(watched(db, rankings), async (ids, tag) => new Set(ids.filter(tagged(tag))))
  for (const metric of ['share', 'people'] as const) {
    const first = async (tag?: string) => (await tops.top({ metric, window: 'all', tag }, 3)).items
    t.match(await first(), [{ imageId: 'image-29' }, { imageId: 'image-28' }, { imageId: 'image-27' }], metric)
    t.match(await first('5'), [{ imageId: 'image-25' }, { imageId: 'image-15' }, { imageId: 'image-5' }], metric)
    for (let i = 0; i < 5; i++) t.same(await first(`made up ${i}`), [], metric)
  }
  t.equal(rankings.length, 2)
})

/** The same database; what is aggregated is noted. */
function watched(db: mongo.Db, aggregated: unknown[]): mongo.Db {
  const collection: typeof db.collection = (name, options) => {
    const found = db.collection<never>(name, options)
    const aggregate = (...parts: Parameters<typeof found.aggregate>) => {
      aggregated.push(parts[0])
      return found.aggregate(...parts)
    }
    return Object.assign(Object.create(found), { aggregate })
  }
  return Object.assign(Object.create(db), { collection })
}

/** A place for folds by hand: no folder of the service knows these images. */
async function foldByHand(imageId: string, at: Date) {
  const log = await openLog(database, 'auto', 90 * DAY, () => undefined, hashPerson)
  const bucket = bucketOf(imageId, 'minute', at)
  return {
    add: (n: number) =>
      log.insert(
        Array.from({ length: n }, () => ({
          _id: `${imageId}-${Math.random()}`,
          imageId,
          at,
          type: 'view' as const,
          person: 'p',
        })),
      ),
    fold: () => client.withSession(session => rollUpBuckets([bucket], { db, log }, session)),
    count: async () => (await db.collection('rollups').findOne({ imageId, '_id.grain': 'minute' }))?.counts.view,
  }
}

t.test('of folds that race none leaves an older sum behind', async t => {
  const hand = await foldByHand('race', new Date())
  for (let turn = 1; turn <= 5; turn++) {
    await hand.add(20)
    const results = await Promise.all(Array.from({ length: 6 }, () => hand.fold()))
    t.ok(
      results.some(accepted => accepted.length === 1),
      'one is accepted',
    )
    t.equal(await hand.count(), turn * 20)
  }
})

t.test('what has partly expired is never replaced by what is left of it', async t => {
  const hand = await foldByHand('expired', new Date())
  await hand.add(10)
  await hand.fold()
  await db.collection('events').deleteMany({ imageId: 'expired' })
  const horizons = db.collection<{ _id: string; log: Date }>('leases')
  const before = await horizons.findOne({ _id: 'floors' })
  await horizons.updateOne({ _id: 'floors' }, { $set: { log: new Date() } })
  t.equal((await hand.fold()).length, 1, 'it is left as it is, and its mark may go')
  t.equal(await hand.count(), 10)
  await horizons.updateOne({ _id: 'floors' }, { $set: { log: before?.log ?? new Date(0) } })
  await hand.fold()
  t.equal(await hand.count(), undefined, 'a whole source that is empty gives a sum of nothing')
})
