import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { randomFrom } from '../../scripts/lib/random.ts'
import type { LoggedEvent } from '../../src/events/event.ts'
import { eventTable } from '../../src/exports/event-table.ts'
import { feedbackTable } from '../../src/exports/feedback-table.ts'
import { FORMATS } from '../../src/exports/formats.ts'
import { IdCipher } from '../../src/exports/id-cipher.ts'
import { imageTable } from '../../src/exports/image-table.ts'
import { pseudonyms } from '../../src/lib/pseudonym.ts'
import { loadReport } from '../../src/reports/own/load-report.ts'
import { readParams } from '../../src/reports/params.ts'
import { reportParts, runReport } from '../../src/reports/run-report.ts'
import { applyRetention } from '../../src/rollups/retention-horizons.ts'
import { ownDatabase } from '../helpers/database/mongodb.ts'
import { sqlOn } from '../helpers/duckdb.ts'
import { aLog, DAY, SECRET } from '../helpers/log.ts'
import { after, REPORT_MS, type Story, tellStory } from '../helpers/recount/story.ts'

const EXAMPLES = fileURLToPath(new URL('../../examples/reports/', import.meta.url))
const SQL = fileURLToPath(new URL('../../examples/sql/', import.meta.url))
const MEDIA_TYPES = ['image/jpeg', 'image/png', 'image/webp']
const now = new Date()
const start = new Date(now.getTime() - 5 * DAY)
const random = randomFrom(27)
const upTo = (n: number) => Math.floor(random() * n)

const images = Array.from({ length: 12 }, (_, i) => ({
  _id: `image-${i}`,
  title: `Title ${i}`,
  tags: [],
  uploadedAt: new Date(now.getTime() - upTo(200) * DAY),
  mediaType: MEDIA_TYPES[upTo(3)] ?? '',
  bytes: 1_000 + upTo(1_000),
  width: 100 + upTo(900),
  height: 100 + upTo(900),
  ...(i % 4 === 0 ? { visibility: 'private' as const } : {}),
}))
const people = Array.from({ length: 20 }, (_, i) => `v:shop:visitor-${i}`)
const events = Array.from({ length: 500 }, (_, i) => {
  const type = (['impression', 'view', 'click', 'comment'] as const)[upTo(4)] ?? 'view'
  const more: Partial<LoggedEvent> = {
    ...(upTo(3) > 0 ? { listId: upTo(4) > 0 ? 'home' : 'search', position: upTo(6) } : {}),
    ...(upTo(4) > 0 ? { sessionId: `session-${upTo(40)}` } : {}),
    ...(upTo(4) > 0 ? { context: { device: ['phone', 'desk'][upTo(2)] ?? '' } } : {}),
  }
  return after(start, i * 60_000 * upTo(12), people[upTo(20)] ?? '', type, images[upTo(12)]?._id ?? '', more)
})
const likes = people.flatMap(person =>
  images
    .filter(() => upTo(3) === 0)
    .map(({ _id }) => ({
      person,
      imageId: _id,
      ...(upTo(3) === 0 ? { reaction: 'dislike' as const } : {}),
      ...(upTo(2) > 0 ? { rating: 1 + upTo(5) } : {}),
    })),
)
const comments = Array.from({ length: 30 }, (_, i) => ({
  _id: `comment-${i}`,
  imageId: images[upTo(12)]?._id ?? '',
  userId: 'u',
  text: 'x'.repeat(1 + upTo(50)),
  createdAt: start,
  ...(i % 5 === 0 ? { pendingSince: start } : {}),
}))

/** Groups items, and returns a row for each group, in the order of the keys. */
function rowsBy<Item, Row>(
  items: Item[],
  keyOf: (item: Item) => string | number,
  rowOf: (items: Item[], key: string) => Row,
): Row[] {
  const groups = new Map<string, Item[]>()
  for (const item of items) groups.set(`${keyOf(item)}`, [...(groups.get(`${keyOf(item)}`) ?? []), item])
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, group]) => rowOf(group, key))
}

const distinct = (values: unknown[]) => new Set(values).size
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
const ofType = (...types: string[]) => events.filter(({ type }) => types.includes(type))
const titleOf = (id: string) =>
  images.find(({ _id }) => _id === id)?.visibility ? '' : images.find(({ _id }) => _id === id)?.title
const known = (event: LoggedEvent): Partial<LoggedEvent> => (event.type === 'comment' ? {} : event)
const byCount = (name: string) => (a: Record<string, unknown>, b: Record<string, unknown>) =>
  Number(b[name]) - Number(a[name])

/** What each example answers, counted from the story. */
const ANSWERS: Record<string, () => Record<string, unknown>[]> = {
  'clicks-by-position': () =>
    rowsBy(
      ofType('impression', 'click').filter(({ listId }) => listId === 'home'),
      ({ position = -1 }) => position,
      (group, key) => {
        const impressions = group.filter(({ type }) => type === 'impression').length
        const clicks = group.length - impressions
        return { position: Number(key), impressions, clicks, rate: impressions > 0 ? clicks / impressions : null }
      },
    ),
  'views-by-device': () =>
    rowsBy(
      ofType('view'),
      ({ context }) => String(context?.device ?? 'unknown'),
      (group, device) => ({ device, views: group.length, people: distinct(group.map(({ person }) => person)) }),
    ).sort(byCount('views')),
  'events-by-hour-of-day': () =>
    rowsBy(
      events,
      ({ at }) => `${at.getUTCHours()}`.padStart(2, '0'),
      (group, hour) => ({
        hour: Number(hour),
        events: group.length,
        people: distinct(group.map(event => known(event).person).filter(Boolean)),
      }),
    ),
  'images-by-session': () =>
    rowsBy(
      rowsBy(
        events.filter(event => known(event).sessionId),
        ({ sessionId = '' }) => sessionId,
        group => distinct(group.map(({ imageId }) => imageId)),
      ),
      count => `${count}`.padStart(3, '0'),
      (group, count) => ({ images: Number(count), sessions: group.length }),
    ),
  'image-formats': () =>
    rowsBy(
      images,
      ({ mediaType }) => mediaType,
      (group, mediaType) => ({
        mediaType,
        images: group.length,
        bytes: group.reduce((sum, { bytes }) => sum + bytes, 0),
        megapixels: mean(group.map(({ width, height }) => (width * height) / 1e6)),
      }),
    ).sort(byCount('images')),
  'uploads-by-month': () =>
    rowsBy(
      images,
      ({ uploadedAt }) => `${uploadedAt.toISOString().slice(0, 7)}-01T00:00:00.000Z`,
      (group, month) => ({
        month: new Date(month),
        uploads: group.length,
        private: group.filter(({ visibility }) => visibility).length,
      }),
    ),
  'best-rated': () =>
    rowsBy(
      likes.filter(({ rating }) => rating),
      ({ imageId }) => imageId,
      (group, imageId) => ({
        imageId,
        title: titleOf(imageId),
        ratings: group.length,
        mean: mean(group.map(({ rating = 0 }) => rating)),
      }),
    )
      .filter(({ ratings }) => ratings >= 3)
      .sort((a, b) => b.mean - a.mean || b.ratings - a.ratings),
  'likes-and-saves': () =>
    rowsBy(
      likes,
      ({ reaction = 'like' }) => reaction,
      (group, reaction) => {
        const saved = reaction === 'like' ? group.length : 0
        return { reaction, people: group.length, saved, share: saved / group.length }
      },
    ),
  'comments-by-image': () =>
    rowsBy(
      comments.filter(({ pendingSince }) => !pendingSince),
      ({ imageId }) => imageId,
      (group, imageId) => ({
        imageId,
        title: titleOf(imageId),
        comments: group.length,
        length: mean(group.map(({ text }) => text.length)),
      }),
    ).sort(byCount('comments')),
  'views-by-tenth': () => {
    const views = rowsBy(
      ofType('view'),
      ({ imageId }) => imageId,
      group => group.length,
    ).sort((a, b) => b - a)
    const all = ofType('view').length
    return Array.from({ length: 10 }, (_, tenth) => {
      const group = views.filter((_, rank) => Math.floor((rank * 10) / views.length) === tenth)
      const sum = group.reduce((a, b) => a + b, 0)
      return { tenth: `${tenth + 1}.`, images: group.length, views: sum, share: sum / all }
    })
  },
  'views-by-format': () =>
    rowsBy(
      ofType('view'),
      ({ imageId }) => images.find(({ _id }) => _id === imageId)?.mediaType ?? '',
      (group, mediaType) => ({
        mediaType,
        images: distinct(group.map(({ imageId }) => imageId)),
        views: group.length,
      }),
    ).sort(byCount('views')),
}

const database = await ownDatabase(t)
const log = await aLog(database)
await applyRetention(database.db, log, {
  accept: 7 * DAY,
  minuteRollups: 8 * DAY,
  events: 90 * DAY,
  hourRollups: 400 * DAY,
})
await tellStory({ events, images, users: [], likes } as Story, database, log)
await database.db.collection<{ _id: string }>('comments').insertMany(comments)
const parts = reportParts(database.db, log, SECRET)

for (const file of await readdir(EXAMPLES)) {
  t.test(`the example ${file} gives what a plain recount gives`, async t => {
    const report = await loadReport(`${EXAMPLES}${file}`)
    const { rows } = await runReport(report, readParams(report, {}, now), parts, { time: REPORT_MS })
    const expected = ANSWERS[report.name]?.() ?? []
    t.ok(expected.length > 1)
    t.same(rows.map(rounded), expected.map(rounded))
  })
}

t.test('the SQL of each example, on exported files, gives the same as the report', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'glance-sql-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const { db } = database
  const [pseudonym, idCipher] = [pseudonyms(SECRET, 'exports'), new IdCipher(SECRET)]
  const tables = {
    events: eventTable(log, pseudonym, idCipher),
    feedback: feedbackTable(db, pseudonym, idCipher),
    images: imageTable(db),
  }
  for (const [name, { rows, columns }] of Object.entries(tables)) {
    const bytes = FORMATS.parquet.write(rows({ from: new Date(0), to: new Date(now.getTime() + DAY) }), columns)
    await writeFile(join(folder, `${name}.parquet`), bytes)
  }
  const query = await sqlOn(t, folder)
  const files = await readdir(SQL)
  t.equal(files.length, 10)
  for (const file of files) {
    const rows = await query(await readFile(join(SQL, file), 'utf8'))
    const expected = ANSWERS[file.replace('.sql', '')]?.() ?? []
    t.ok(expected.length > 1, file)
    t.same(rows.map(rounded), expected.map(rounded), file)
  }
})

t.test('reports read from a secondary where there is one', async t => {
  const sent: unknown[] = []
  database.client.on('commandStarted', ({ command }) => {
    if (command.aggregate) sent.push([command.$readPreference, command.allowDiskUse, command.maxTimeMS])
  })
  const report = await loadReport(`${EXAMPLES}image-formats.json`)
  await runReport(report, readParams(report, {}, now), parts, { time: REPORT_MS })
  t.same(sent, [[{ mode: 'secondaryPreferred' }, true, REPORT_MS]])
})

/** Sums of floating point numbers depend on their order. */
function rounded(row: Record<string, unknown>) {
  const round = (value: unknown) => (typeof value === 'number' ? Number(value.toFixed(9)) : value)
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, round(value)]))
}
