import { isDeepStrictEqual } from 'node:util'
import t from 'tap'
import { randomFrom } from '../../scripts/lib/random.ts'
import { EVENT_TYPES, type LoggedEvent } from '../../src/events/event.ts'
import { eventId } from '../../src/events/event-id.ts'
import { flush } from '../../src/events/ingest/flush.ts'
import { bucketKey, bucketsAbove, SITE } from '../../src/events/marks/buckets.ts'
import { deleteMarks, type Mark } from '../../src/events/marks/marks.ts'
import { rollUpBuckets } from '../../src/rollups/aggregation/roll-up-buckets.ts'
import { applyRetention } from '../../src/rollups/retention-horizons.ts'
import { METRICS } from '../../src/stats/rankings/metrics.ts'
import { WINDOWS } from '../../src/stats/rankings/top-images.ts'
import { ownDatabase } from '../helpers/database/mongodb.ts'
import { aLog, DAY, flushParts, loggedEvents, SECRET } from '../helpers/log.ts'
import { byKey, currentOf, faultsOf, metricOf, offs, recount } from '../helpers/recount/events.ts'
import { ADMIN, type Answer, openWorld } from '../helpers/world.ts'

type Body = Answer['body']

const EVENTS = 40_000
const DAYS = 30
const HOUR = 3_600_000
const MINUTE = 60_000
const COUNTRIES = ['CH', 'DE', 'FR', 'IT', 'US', 'JP', undefined]

const database = await ownDatabase(t)
const { db } = database
const random = randomFrom(7)
const now = Date.now()
const pick = <Item>(items: readonly Item[], power = 1) => items[Math.floor(random() ** power * items.length)] as Item

const images = Array.from({ length: 7 }, (_, i) => `image-${i}`)
const [, , hidden = '', gone = ''] = images
const ODD = images.filter((_, i) => i % 2)
const retention = { accept: 7 * DAY, minuteRollups: 8 * DAY, events: 90 * DAY, hourRollups: 400 * DAY }

/** The minutes that have events: eight a day, and some in the last hours. */
const minutes = [
  ...Array.from({ length: DAYS * 8 }, (_, i) => {
    const hour = Math.floor(now / HOUR) * HOUR - Math.floor(i / 8) * DAY - (1 + (i % 2) * 7) * HOUR
    return hour + ((i * 13) % 60) * MINUTE
  }),
  ...[0, 3, 20, 50, 70, 130, 200].map(ago => now - ago * MINUTE - MINUTE),
].filter(at => at > now - DAYS * DAY)

function anEvent(i: number): LoggedEvent {
  const imageId = pick(images, 2)
  const type =
    random() < 0.95 ? pick(['impression', 'view', 'click', 'dwell', 'scroll', 'zoom'] as const) : pick(EVENT_TYPES)
  // The feedback projection forgets a removed tag when no older event can arrive any more.
  const oldest = now - (type === 'tag' || type === 'untag' ? 7 : DAYS) * DAY
  const minute = pick(minutes.filter(at => at >= oldest))
  const at = new Date(Math.min(now, minute + Math.floor(random() * MINUTE)))
  const country = pick(COUNTRIES, 1.5)
  const measures = {
    dwell: { durationMs: Math.floor(-Math.log(1 - random()) * 5_000) },
    scroll: { depth: random() ** 3 },
    zoom: { scale: 0.01 + random() ** 4 * 99 },
    rating: { value: 1 + Math.floor(random() * 5) },
    tag: { tag: pick(['calm', 'loud']) },
    untag: { tag: pick(['calm', 'loud']) },
  }
  return {
    _id: eventId(at, 'recount', `${i}`, imageId),
    imageId,
    at,
    type,
    person: `v:recount:${Math.floor(random() ** 2 * (imageId === images[0] ? 9_000 : 700))}`,
    ...(measures as Record<string, object>)[type],
    ...(country === undefined ? {} : { geography: { country } }),
  }
}

const events = Array.from({ length: EVENTS }, (_, i) => anEvent(i))
const byImage = byKey(events, ({ imageId }) => imageId)

/** Inserts and rolls up all events: in random order, one in twenty twice, and the last 300 after the others are rolled up. */
async function happen(): Promise<void> {
  const { log, ...others } = await flushParts(database)
  await applyRetention(db, await aLog(database), retention)
  const sent = [...events, ...events.filter(() => random() < 0.05)]
  const mixed = sent.map(event => ({ event, lot: random() })).sort((a, b) => a.lot - b.lot)
  const late = mixed.length - 300
  for (const [from, to] of [
    [0, late],
    [late, mixed.length],
  ] as const) {
    for (let first = from; first < to; first += 20_000) {
      const some = mixed.slice(first, Math.min(to, first + 20_000))
      await flush(
        some.map(({ event }) => ({ event, bytes: 100, mayReach: () => true })),
        { log, ...others },
      )
    }
    await foldMarked()
  }
}

/** Rolls up the marked buckets and those above them, grain by grain. */
async function foldMarked(): Promise<void> {
  const log = await aLog(database)
  const marks = db.collection<Mark>('marks')
  const marked = await marks.find().toArray()
  const waiting = new Map(marked.map(({ _id }) => [bucketKey(_id), _id]))
  const levels = [...(['current', 'minute', 'hour'] as const), 'site', ...(['day', 'month', 'total'] as const)]
  for (const level of levels) {
    const grain = level === 'site' ? 'hour' : level
    const due = [...waiting.values()].filter(
      bucket => bucket.grain === grain && (grain !== 'hour' || (bucket.imageId === SITE) === (level === 'site')),
    )
    for (let first = 0; first < due.length; first += 200) {
      const some = due.slice(first, first + 200)
      await database.client.withSession(session => rollUpBuckets(some, { db, log }, session))
    }
    for (const bucket of due.flatMap(bucketsAbove)) waiting.set(bucketKey(bucket), bucket)
  }
  await deleteMarks(db, marked)
}

await happen()
await db.collection<{ _id: string }>('images').insertMany(
  images
    .filter(id => id !== gone)
    .map(_id => ({
      _id,
      ownerId: _id,
      uploadedSha256: _id,
      visibility: _id === hidden ? 'private' : 'public',
      tags: ODD.includes(_id) ? ['odd'] : [],
    })),
)
const world = await openWorld(t, { DATABASE: db.databaseName, DATA_SECRET: SECRET })
const root = await world.signsIn(ADMIN)
const ask = async (path: string): Promise<Body> => (await world.asks('GET', path, { token: root.token })).body
/** Shows also countries with few people. */
const ALL_COUNTRIES = 'minPeople=1'

t.test('the log counts each event once', async t => {
  t.equal(await loggedEvents(db, {}), EVENTS)
})

/** Compares an answer of the stats with a recount of its events. @returns the differences in words */
function faultsOfStats(body: Body, own: LoggedEvent[], interval?: 'minute' | 'hour' | 'day'): string[] {
  const width = { minute: MINUTE, hour: HOUR, day: DAY }[interval ?? 'day']
  const [from, to] = interval ? [Date.parse(body.from), Date.parse(body.to)] : [0, Number.POSITIVE_INFINITY]
  const inside = own.filter(({ at }) => at.getTime() >= from && at.getTime() < to)
  const faults = faultsOf(body.totals, inside).map(fault => `totals ${fault}`)
  const countries = [...byKey(inside, ({ geography }) => geography?.country)]
    .sort(([a, eventsA], [b, eventsB]) => eventsB.length - eventsA.length || (a < b ? -1 : 1))
    .map(([country, some]) => ({ country, counts: recount(some).counts }))
  const found = body.countries.map(({ country, counts }: Body) => ({
    country,
    counts: Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0)),
  }))
  if (!isDeepStrictEqual(found, countries)) faults.push(`countries ${JSON.stringify(found)}`)
  if (!interval) return faults
  const points = byKey(inside, ({ at }) => new Date(Math.floor(at.getTime() / width) * width).toISOString())
  if (body.series.length !== (to - from) / width) faults.push('points are missing')
  for (const point of body.series) {
    faults.push(...faultsOf(point, points.get(point.start) ?? []).map(fault => `${point.start} ${fault}`))
    points.delete(point.start)
  }
  return [...faults, ...[...points.keys()].map(start => `no point ${start}`)]
}

t.test('the stats of every image equal a recount of its events', async t => {
  for (const id of images.filter(id => id !== gone)) {
    const own = byImage.get(id) ?? []
    t.same(faultsOfStats((await root.statsOf(id, `?${ALL_COUNTRIES}`)).body, own), [])
    const asked = { day: DAYS * DAY, hour: DAYS * DAY, minute: 20 * HOUR }
    for (const [interval, span] of Object.entries(asked) as ['day' | 'hour' | 'minute', number][]) {
      const { status, body } = await root.statsOf(
        id,
        `?${ALL_COUNTRIES}&interval=${interval}&from=${new Date(now - span).toISOString()}`,
      )
      t.equal(status, 200)
      t.ok(Date.parse(body.from) <= now - span && Date.parse(body.to) >= now, 'the range is extended to whole buckets')
      t.ok(Date.parse(body.asOf) <= Date.now())
      t.same(faultsOfStats(body, own, interval).slice(0, 10), [], `${interval}s`)
    }
    t.same((await root.statsOf(id)).body.current, currentOf(own))
  }
  t.equal((await root.statsOf(gone)).status, 404)
})

t.test('the overview equals a recount of all events, also those of private and deleted images', async t => {
  t.same(faultsOfStats(await ask(`/v1/stats/overview?${ALL_COUNTRIES}`), events), [])
  for (const interval of ['day', 'hour'] as const) {
    const body = await ask(
      `/v1/stats/overview?${ALL_COUNTRIES}&interval=${interval}&from=${new Date(now - DAYS * DAY).toISOString()}`,
    )
    t.same(faultsOfStats(body, events, interval).slice(0, 10), [], `${interval}s`)
  }
})

/** The images that may be listed, with their events. */
function listedEvents(some: LoggedEvent[]): [string, LoggedEvent[]][] {
  return [...byKey(some, ({ imageId }) => imageId)].filter(([id]) => id !== hidden && id !== gone)
}

/** The images ordered by a metric, ties by id. */
function expectedTop(metric: string, listed: [string, LoggedEvent[]][]) {
  return listed
    .map(([imageId, own]) => ({ imageId, value: metricOf(metric, own) ?? 0 }))
    .filter(({ value }) => value > 0)
    .sort((a, b) => b.value - a.value || (a.imageId < b.imageId ? -1 : 1))
}

t.test('the top images of every metric and window equal a recount', async t => {
  const top = (query: string) => ask(`/v1/stats/top?${query}`)
  const since = (from: string | null) => {
    const first = from === null ? 0 : Date.parse(from)
    return events.filter(({ at }) => at.getTime() >= first)
  }
  const lengths: Record<string, number> = { '1h': HOUR, '24h': DAY, '7d': 7 * DAY, '30d': 30 * DAY }
  for (const window of WINDOWS) {
    const truths = new Map<string, [string, LoggedEvent[]][]>()
    for (const metric of METRICS) {
      const { from, asOf, items } = await top(`metric=${metric}&window=${window}`)
      if (!truths.has(from)) truths.set(from, listedEvents(since(from)))
      const length = lengths[window]
      const bucket = window === '1h' ? MINUTE : HOUR
      if (length) t.equal(Date.parse(from), Math.floor((Date.parse(asOf) - length) / bucket) * bucket)
      const expected = expectedTop(metric, truths.get(from) ?? [])
      const found = items.map(({ imageId, value }: Body) => ({ imageId, value }))
      if (metric !== 'people') {
        t.same(found, expected, `${metric} ${window}`)
        continue
      }
      const truth = new Map(expected.map(({ imageId, value }) => [imageId, value]))
      t.equal(items.length, expected.length)
      for (const { imageId, value, exact } of items) {
        const people = truth.get(imageId) ?? Number.NaN
        t.ok(exact ? value === people : Math.abs(value - people) < 0.08 * people, `${value} of ${people} people`)
      }
      t.strictSame(
        items,
        items.toSorted((a: Body, b: Body) => b.value - a.value),
      )
    }
  }
  for (const metric of ['view', 'ctr', 'like']) {
    const { from, items } = await top(`metric=${metric}&window=7d&country=DE`)
    const some = since(from).filter(({ geography }) => geography?.country === 'DE')
    t.same(
      items.map(({ imageId, value }: Body) => ({ imageId, value })),
      expectedTop(metric, listedEvents(some)),
    )
  }
  const odd = await top('metric=view&window=all&tag=odd')
  t.same(
    odd.items.map(({ imageId }: Body) => imageId).sort(),
    ODD.filter(id => id !== gone),
  )
  t.equal((await top('metric=view&window=all&limit=2')).items.length, 2)
})

t.test('trending images equal a recount of the last hours and the days before', async t => {
  const body = await ask('/v1/stats/trending')
  const [from, asOf] = [Date.parse(body.from), Date.parse(body.asOf)]
  const interest = ['view', 'click', 'download', 'share', 'comment']
  /** Number of likes and saves that stand and were given since a time. */
  const opinionsSince = (own: LoggedEvent[], since: number) => {
    const { likes, saves } = currentOf(own.filter(({ at }) => at.getTime() >= since))
    return likes + saves
  }
  const expected = images
    .filter(id => id !== hidden && id !== gone)
    .map(imageId => {
      const all = byImage.get(imageId) ?? []
      const own = all.filter(({ type }) => interest.includes(type))
      const opinions = opinionsSince(all, from)
      const recent = own.filter(({ at }) => at.getTime() >= from).length + opinions
      const earlier = own.filter(({ at }) => at.getTime() < from && at.getTime() >= from - 7 * DAY).length
      const past = earlier + opinionsSince(all, from - 7 * DAY) - opinions
      const usual = past * ((asOf - from) / (7 * DAY))
      return { imageId, value: (recent + 10) / (usual + 10), recent, expected: usual }
    })
    .filter(({ recent, expected }) => recent > expected)
    .sort((a, b) => b.value - a.value)
  t.ok(expected.length > 0)
  t.same(body.items, expected)
})

t.test('nine of ten estimates of people are within the error that they state', async t => {
  const near = offs.filter(off => off <= 1).length
  t.ok(offs.length > 50, `${offs.length} estimates`)
  t.ok(
    near >= 0.9 * offs.length,
    `${near} of ${offs.length}, the farthest ${Math.max(...offs).toFixed(2)} times the error`,
  )
})
