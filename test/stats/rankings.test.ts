import type { mongo } from 'mongoose'
import t from 'tap'
import { startOf } from '../../src/events/marks/buckets.ts'
import { People } from '../../src/rollups/sketches/people.ts'
import { rangesSince, rollupsIn } from '../../src/stats/covered-ranges.ts'
import { TopImages } from '../../src/stats/rankings/top-images.ts'
import { noise } from '../helpers/pictures.ts'
import { untilTotal } from '../helpers/stats.ts'
import { until } from '../helpers/until.ts'
import { ADMIN, type Ask, openWorld } from '../helpers/world.ts'

const world = await openWorld(t)
const { database } = world
const { db } = database
const DAY = 86_400_000
const ann = await world.signsUp('ann')
const bob = await world.signsUp('bob')
const { body: image } = await ann.uploads(await noise(30, 20))

t.test('rankings and the overview require a role or scope, and refuse invalid parameters', async t => {
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

t.test('an image that becomes private leaves the cached rankings at once', async t => {
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

t.test('one person who likes and takes back is one opinion, in every ranking of opinions', async t => {
  const [{ body: loud }, { body: loved }] = [
    await ann.uploads(await noise(24, 20)),
    await ann.uploads(await noise(25, 20)),
  ]
  const { key } = await world.hasKey({ app: 'opinions', scopes: ['events:write', 'stats:read'] })
  const said = (imageId: string, visitorId: string, ...types: string[]) =>
    types.map(type => ({ imageId, visitorId, type, ...(type === 'rating' ? { value: 5 } : {}) }))
  const words = ['like', 'clear', 'save', 'unsave', 'rating', 'unrate']
  const json = [
    ...Array.from({ length: 15 }, () => said(loud.id, 'loud', ...words)).flat(),
    ...said(loud.id, 'loud', 'like', 'save', 'rating'),
    ...Array.from({ length: 5 }, (_, i) => said(loved.id, `p${i}`, 'like', 'save', 'rating')).flat(),
  ]
  t.match(await world.asks('POST', '/v1/events', { key, json }), { status: 202, body: { accepted: json.length } })
  await until('the current counts', async () => (await ann.statsOf(loved.id)).body.current.likes === 5)
  await until('the current counts', async () => (await ann.statsOf(loud.id)).body.current.likes === 1)
  t.equal((await ann.statsOf(loud.id)).body.current.likeRatio, 6 / 11)
  const ranked = async (path: string) => {
    const { body } = await world.asks('GET', path, { key })
    return body.items
      .filter(({ imageId }: { imageId: string }) => [loud.id, loved.id].includes(imageId))
      .map(({ imageId, value }: { imageId: string; value: number }) => [imageId, value])
  }
  for (const window of ['1h', 'all'])
    for (const [metric, best, other] of [
      ['currentLikes', 5, 1],
      ['currentSaves', 5, 1],
      ['likeRatio', 10 / 15, 6 / 11],
      ['meanRating', 4, 20 / 6],
    ] as const) {
      const found = await ranked(`/v1/stats/top?metric=${metric}&window=${window}`)
      t.same(
        found,
        [
          [loved.id, best],
          [loud.id, other],
        ],
        `${metric} ${window}`,
      )
    }
  const trending = async () => (await ranked('/v1/stats/trending')).map(([imageId]: [string]) => imageId)
  await until('the cached ranking has expired', async () => (await trending()).length === 2)
  t.same(await trending(), [loved.id, loud.id])
})

t.test('queries for roll-ups use an index, however many roll-ups there are', async t => {
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

t.test('rankings are computed once for all tags, also by people', async t => {
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

/** The same database, which records the pipelines of its aggregations. */
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
