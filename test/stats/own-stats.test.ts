import t from 'tap'
import { randomFrom } from '../../scripts/lib/random.ts'
import type { LoggedEvent } from '../../src/events/event.ts'
import { readOwnStats } from '../../src/stats/own/read-own-stats.ts'
import { aLog, anEvent, DAY, SECRET } from '../helpers/log.ts'
import { noise } from '../helpers/pictures.ts'
import { clockOf, intervalOf } from '../helpers/recount/calendar.ts'
import { byKey, faultsOf } from '../helpers/recount/events.ts'
import { tellStory } from '../helpers/recount/story.ts'
import { type Answer, openWorld, type Person } from '../helpers/world.ts'

type Body = Answer['body']

const HOUR = 3_600_000
const world = await openWorld(t, { DATA_SECRET: SECRET })
const { database } = world
const [ann, bob, carl] = await Promise.all(['ann', 'bob', 'carl'].map(name => world.signsUp(name)))
if (!ann || !bob || !carl) throw new Error('nobody signed up')
const random = randomFrom(5)
const now = Date.now()

const images = [
  { _id: 'lake', ownerId: ann.id },
  { _id: 'hill', ownerId: ann.id, visibility: 'private' as const },
  { _id: 'unseen', ownerId: ann.id },
  { _id: 'foreign', ownerId: bob.id },
].map(image => ({ title: image._id, tags: [], uploadedAt: new Date(0), uploadedSha256: image._id, ...image }))

/** Events of the last 60 days. Most people look at several images. */
const events: LoggedEvent[] = Array.from({ length: 3_000 }, () => {
  const at = new Date(now - Math.floor(random() ** 2 * 60 * DAY) - HOUR)
  const imageId = ['lake', 'lake', 'hill', 'foreign', 'deleted'][Math.floor(random() * 5)] ?? ''
  const dwell = { type: 'dwell' as const, durationMs: Math.floor(random() * 9_000) }
  const rest = [{}, dwell, { type: 'impression' as const }, { type: 'click' as const }][Math.floor(random() * 4)]
  return anEvent(imageId, { at, person: `v:web:${Math.floor(random() * 300)}`, ...rest })
})
const annsEvents = events.filter(({ imageId }) => imageId === 'lake' || imageId === 'hill')
await tellStory({ events, images, users: [], likes: [] }, database, await aLog(database))

const ask = (person: Person, query = '') => person.gets(`/v1/users/me/stats${query}`)
const since = (days: number) => `from=${new Date(now - days * DAY).toISOString()}`

/** The events in the time of some numbers. */
function within(some: LoggedEvent[], { from, to }: { from: string | null; to: string | null }): LoggedEvent[] {
  return some.filter(({ at }) => (from === null || at >= new Date(from)) && (to === null || at < new Date(to)))
}

/** Compares the numbers of each image, and those of the time before, with a recount. @returns the differences in words */
function faultsOfImages({ images: found, before, ...now }: Body): string[] {
  return found.flatMap(({ imageId, before: earlier, ...numbers }: Body) => {
    const own = events.filter(event => event.imageId === imageId)
    const faults = faultsOf(numbers, within(own, now))
    if (before) faults.push(...faultsOf(earlier, within(own, before)).map(fault => `before ${fault}`))
    return faults.map(fault => `${imageId} ${fault}`)
  })
}

t.test('of all time: every image of the caller, private ones too, and each person once', async t => {
  const { status, body } = await ask(ann)
  t.equal(status, 200)
  t.same(faultsOf(body.totals, annsEvents), [], 'people are those of the union')
  t.same(faultsOfImages(body), [])
  t.same(
    body.images.map(({ imageId }: Body) => imageId),
    ['lake', 'hill', 'unseen'],
    'the most seen first, not those of others, not deleted ones',
  )
  const [lake, hill] = body.images
  t.ok(body.totals.people.value < lake.people.value + hill.people.value)
  t.equal(body.imageCount, 3)
  t.match(body, { from: null, to: null, series: [] })
  t.ok(Date.parse(body.settledTo) <= Date.now())
  t.notOk('before' in body || 'before' in lake)
  t.match((await ask(carl)).body, { asOf: null, imageCount: 0, images: [], totals: { people: { value: 0 } } })
})

t.test('a range has a point for each interval of the zone', async t => {
  for (const [interval, days, tz] of [
    ['hour', 3, 'UTC'],
    ['day', 20, 'Europe/Zurich'],
    ['week', 40, 'America/New_York'],
  ] as const) {
    const { body } = await ask(ann, `?${since(days)}&interval=${interval}&tz=${tz}`)
    const own = within(annsEvents, body)
    t.same(faultsOf(body.totals, own), [], interval)
    t.same(faultsOfImages(body), [], interval)
    const clock = clockOf(tz)
    const expected = byKey(own, ({ at }) => intervalOf(interval, clock(at)))
    const faults = body.series.flatMap(({ localStart: _, ...point }: Body) =>
      faultsOf(point, expected.get(intervalOf(interval, clock(new Date(point.start)))) ?? []),
    )
    t.same(faults, [], interval)
    t.ok(body.series.length >= 3 && expected.size >= 3)
  }
})

t.test('a comparison has the numbers of the same number of intervals before, together and of each image', async t => {
  const to = new Date(now - 2 * DAY).toISOString()
  for (const query of [
    `${since(9)}&to=${to}`,
    `${since(9)}&to=${to}&tz=Europe/Zurich`,
    `${since(3)}&to=${to}&interval=hour&tz=Asia/Tokyo`,
    `${since(20)}&to=${to}&interval=week&tz=America/New_York`,
  ]) {
    const { status, body } = await ask(ann, `?${query}&compare=previous`)
    t.equal(status, 200, query)
    const { before } = body
    t.equal(before.to, body.from)
    t.same(faultsOf(before.totals, within(annsEvents, before)), [], query)
    t.same(faultsOfImages(body), [], query)
    t.ok(before.totals.counts.view > 0)
    const asked = new URLSearchParams(query)
    asked.set('from', before.from)
    asked.set('to', before.to)
    const { body: earlier } = await ask(ann, `?${asked}`)
    t.equal(earlier.series.length, body.series.length, query)
    t.same(earlier.totals, before.totals, query)
  }
})

t.test('an image and the whole site are compared, too', async t => {
  const root = await world.root()
  const query = `?${since(9)}&tz=Europe/Zurich`
  const lake = events.filter(({ imageId }) => imageId === 'lake')
  for (const [path, own] of [
    ['/v1/images/lake/stats', lake],
    ['/v1/stats/overview', events],
  ] as const) {
    const alone = await root.gets(path + query)
    const { headers, body } = await root.gets(`${path}${query}&compare=previous`)
    t.same(Object.keys(body.before), ['from', 'to', 'totals'])
    t.equal(body.before.to, body.from)
    t.same(faultsOf(body.before.totals, within(own, body.before)), [], path)
    t.same(faultsOf(body.totals, within(own, body)), [], path)
    t.notOk('before' in alone.body)
    t.not(headers.get('etag'), alone.headers.get('etag'))
    const known = { token: root.token, headers: { 'if-none-match': `${headers.get('etag')}` } }
    t.equal((await world.asks('GET', `${path}${query}&compare=previous`, known)).status, 304)
  }
  for (const path of ['/v1/images/lake/stats', '/v1/stats/overview', '/v1/users/me/stats']) {
    for (const [wrong, pointer] of [
      ['?compare=previous', '/querystring/from'],
      [`?${since(1)}&compare=next`, '/querystring/compare'],
    ]) {
      const { status, body } = await root.gets(path + wrong)
      t.equal(status, 400)
      t.match(body, { code: 'invalid_request', errors: [{ pointer }] }, path + wrong)
    }
  }
})

t.test('a month is compared with the one before, whatever their lengths', async t => {
  const start = new Date(Date.UTC(new Date(now).getUTCFullYear(), new Date(now).getUTCMonth() - 1))
  const { body } = await ask(ann, `?from=${start.toISOString()}&interval=month&compare=previous`)
  t.equal(body.series.length, 2)
  const before = new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() - 2))
  t.same([body.before.from, body.before.to], [before.toISOString(), start.toISOString()])
})

t.test('where roll-ups of the time before have expired, the rest is answered', async t => {
  const query = `?${since(300)}&tz=Europe/Zurich&compare=previous`
  const { status, body } = await ask(ann, query)
  t.equal(status, 200)
  t.equal(body.before, null)
  t.notOk(body.images.some((image: Body) => 'before' in image))
  t.same(faultsOf(body.totals, annsEvents), [])
  t.equal((await ann.statsOf('lake', query)).body.before, null)
})

t.test('at most 200 images are named, those with the most views, and all are counted', async t => {
  const many = Array.from({ length: 530 }, (_, i) => ({
    _id: `many-${`${i}`.padStart(3, '0')}`,
    ownerId: carl.id,
    title: '',
    tags: [],
    uploadedAt: new Date(0),
  }))
  const seen = many.flatMap(({ _id }, i) => Array.from({ length: i < 520 ? 1 : i - 517 }, () => anEvent(_id)))
  await database.db
    .collection<{ _id: string }>('images')
    .insertMany(many.map((image, i) => ({ ...image, uploadedSha256: `${i}`, visibility: 'public', tagKeys: [] })))
  await tellStory({ events: seen, images: [], users: [], likes: [] }, database, await aLog(database))
  for (const query of ['?minPeople=7', `?${since(1)}`]) {
    const { body } = await ask(carl, query)
    t.equal(body.imageCount, 530)
    t.equal(body.totals.counts.view, seen.length)
    t.same(body.totals.people, { value: 1, exact: true, error: 0 })
    t.equal(body.images.length, 200)
    const expected = [...many.slice(520).reverse(), ...many.slice(0, 190)].map(({ _id }) => _id)
    t.same(
      body.images.map(({ imageId }: Body) => imageId),
      expected,
    )
  }
})

t.test('more images than an answer may be summed from are refused', async t => {
  const ids = Array.from({ length: 50_001 }, (_, i) => `image-${i}`)
  await t.rejects(readOwnStats(database.db, ids, undefined, 5), { code: 'range_too_long' })
})

t.test('a deleted image is not part of it any more', async t => {
  const { body: image } = await bob.uploads(await noise(23, 20))
  t.equal((await ask(bob)).body.imageCount, 2)
  await bob.removes(image.id)
  t.equal((await ask(bob, '?minPeople=8')).body.imageCount, 1, 'asked in another way, since answers are cached')
})
