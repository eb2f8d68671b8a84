import t from 'tap'
import { randomFrom } from '../../scripts/lib/random.ts'
import { CATALOGUE } from '../../src/reports/catalogue.ts'
import { readParams } from '../../src/reports/params.ts'
import { applyRetention } from '../../src/rollups/retention-horizons.ts'
import { ownDatabase } from '../helpers/database/mongodb.ts'
import { aLog, aLogThatRepeats, DAY } from '../helpers/log.ts'
import { recount } from '../helpers/recount/reports.ts'
import { after, ask, type Story, tellStory } from '../helpers/recount/story.ts'

const HOUR = 3_600_000
const MINUTE = 60_000
const RETENTION = { accept: 7 * DAY, minuteRollups: 8 * DAY, events: 90 * DAY, hourRollups: 400 * DAY }

/** A Wednesday evening some weeks ago. */
const monday = new Date(Math.floor((Date.now() - 4 * DAY) / (7 * DAY)) * 7 * DAY + 4 * DAY - 14 * DAY)
const now = new Date(monday.getTime() + 2 * DAY + 20 * HOUR)

/** Forty people, ten images and some thousand events of five weeks, the same at every run but for where now is. */
function randomStory(): Story {
  const random = randomFrom(7)
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() ** 2 * items.length)] as Item
  const images = Array.from({ length: 10 }, (_, i) => {
    const tags = [['calm'], ['calm', 'warm'], []][i % 3] ?? []
    const hidden = i % 4 === 1 ? { visibility: 'private' as const } : {}
    return { _id: `image${i}`, title: `Image ${i}`, tags, uploadedAt: new Date(now.getTime() - i * 5 * DAY), ...hidden }
  })
  const users = Array.from({ length: 30 }, (_, i) => {
    return { _id: `user${i}`, createdAt: new Date(now.getTime() - 35 * DAY * random()) }
  })
  const people = [...users.map(({ _id }) => _id), ...Array.from({ length: 10 }, (_, i) => `v:web:${i}`)]
  const places = [
    { country: 'CH', region: 'Bern', city: 'Thun' },
    { country: 'CH', region: 'Bern' },
    { country: 'FR' },
    { country: 'NO' },
    undefined,
  ]
  const types = ['impression', 'impression', 'view', 'dwell', 'click', 'like', 'dislike', 'save', 'rating'] as const
  const imageIds = [...images.slice(0, 2).map(({ _id }) => _id), 'gone', ...images.slice(2, 9).map(({ _id }) => _id)]
  const one = () => {
    const type = pick(types)
    const hour = pick([9, 18])
    const day = Math.floor(random() * 35)
    const at = new Date(now.getTime() - day * DAY - 21 * HOUR + (hour - 3) * HOUR + Math.floor(random() * 2) * MINUTE)
    const geography = pick(places)
    return after(at > now ? now : at, 0, pick(people), type, pick(imageIds), {
      ...(geography ? { geography } : {}),
      ...(type === 'dwell' ? { durationMs: Math.floor(random() * 90_000) } : {}),
      ...(type === 'rating' ? { value: 1 + Math.floor(random() * 5) } : {}),
    })
  }
  const start = new Date(now.getTime() - 2 * DAY)
  const events = [
    ...Array.from({ length: 1_200 }, one),
    ...Array.from({ length: 70 }, (_, i) => after(start, i * 10, 'v:web:bot', 'click', 'image1')),
    ...Array.from({ length: 24 }, (_, i) => after(new Date(monday.getTime()), i * HOUR, 'user3', 'view', 'image2')),
  ]
  const likes = people.flatMap(person => {
    const some = new Set(Array.from({ length: 5 }, () => pick(imageIds)))
    return [...some].map((imageId, i) => ({
      person,
      imageId,
      rating: i + 1,
      ...(i === 4 ? { reaction: 'dislike' as const } : {}),
    }))
  })
  // A person with too many likes is left out of the report.
  likes.push(...Array.from({ length: 201 }, (_, i) => ({ person: 'glutton', imageId: `image${i}`, rating: 3 })))
  return { events, images, users, likes }
}

const QUESTIONS: [name: string, texts: Record<string, string>][] = [
  ...['view', 'dislike', 'people', 'dwellMs', 'meanRating', 'ctr', 'likeRatio', 'currentLikes', 'currentDislikes'].map(
    (metric): [string, Record<string, string>] => ['top-images', { metric, since: '20d' }],
  ),
  ['top-images', { metric: 'save', since: '36h' }],
  ['top-images', { since: '36h', tag: 'calm', limit: '2' }],
  ['top-images', { since: '20d', limit: '4' }],
  ['top-images', { since: 'all' }],
  ['trends', {}],
  ['trends', { by: 'weekday', since: '10d', imageId: 'image1' }],
  ['funnel', {}],
  ['funnel', { since: '30d', until: '2d', imageId: 'image0' }],
  ['dwell', { since: '30d' }],
  ['dwell', { imageId: 'image1', since: '40h' }],
  ['geography', { since: '30d', minPeople: '8' }],
  ['geography', { by: 'city', since: '30d', minPeople: '20' }],
  ['tags', { since: '30d' }],
  ['tags', { since: '30h' }],
  ['unseen', { below: '120' }],
  ['unseen', { below: '120', until: '12d' }],
  ['liked-together', { minPeople: '8' }],
  ['people', { limit: '15', since: '20d' }],
  ['retention', { since: '4w' }],
  ['suspicious', { since: '8d' }],
  ['suspicious', { perMinute: '3', hoursADay: '3', since: '30d' }],
]

t.test('a random story', async t => {
  const database = await ownDatabase(t)
  const { db } = database
  const log = await aLog(database)
  await applyRetention(db, log, RETENTION)
  const story = randomStory()
  await tellStory(story, database, log)
  const { log: repeating, second } = await aLogThatRepeats(db)
  await second.insertMany(story.events.filter((_, i) => i % 2 === 0))

  const answers = new Map<string, unknown>()
  for (const [name, texts] of QUESTIONS) {
    t.test(`${name} ${JSON.stringify(texts)} equals a recount of the single events`, async t => {
      const { rows, from, to } = await ask(name, texts, { db, log, now })
      answers.set(JSON.stringify([name, texts]), rows)
      const expected = recount(name, texts, story, { from: from ?? new Date(0), to: to ?? now })
      t.ok(expected.length > 0, 'the report has rows')
      t.same(
        rows.map(row => near(only(row, expected[0] ?? {}))),
        expected.map(near),
      )
      const again = await ask(name, texts, { db, log: repeating, now })
      t.same(again.rows, rows, 'also where the log holds events twice')
    })
  }

  t.test('every stage of every pipeline is necessary', async t => {
    // Exempt: limits, projections, orders that are established again later, and a filter that only drops cohorts early.
    const spared = ['$limit', '$project', '$sort', 'retention 4']
    for (const report of CATALOGUE) {
      const asked = QUESTIONS.filter(([name]) => name === report.name)
      const stages = report.pipeline(readParams(report, asked[0]?.[1] ?? {}, now), 'key')
      for (const [i, stage] of stages.entries()) {
        const [kind = ''] = Object.keys(stage)
        if (
          spared.includes(kind) ||
          spared.includes(`${report.name} ${i}`) ||
          (i === 0 && report.collection === 'events')
        )
          continue
        let differs = false
        for (const [name, texts] of asked) {
          if (differs) break
          const change = (whole: typeof report) => ({
            ...whole,
            pipeline: (params: Parameters<typeof report.pipeline>[0]) =>
              whole.pipeline(params, 'key').filter((_, n) => n !== i),
          })
          const wrong = await ask(name, texts, { db, log, now, change }).catch(() => undefined)
          differs = JSON.stringify(wrong?.rows) !== JSON.stringify(answers.get(JSON.stringify([name, texts])))
        }
        t.ok(differs, `${report.name} without its ${kind} (${i})`)
      }
    }
  })
})

/** Rounds numbers, because sums in another order differ in their last digits. */
function near(row: Record<string, unknown>): Record<string, unknown> {
  const rounded = (value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(9)) : value)
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, rounded(value)]))
}

function only(row: Record<string, unknown>, wanted: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.keys(wanted).map(name => [name, row[name]]))
}
