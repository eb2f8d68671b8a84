import t from 'tap'
import { randomFrom } from '../../scripts/lib/random.ts'
import type { LoggedEvent } from '../../src/events/event.ts'
import { openLog } from '../../src/events/log/open-log.ts'
import { CATALOGUE } from '../../src/reports/catalogue.ts'
import { countsIn } from '../../src/reports/count-columns.ts'
import { readParams } from '../../src/reports/params.ts'
import { geography } from '../../src/reports/pipelines/geography.ts'
import { applyRetention } from '../../src/rollups/retention-horizons.ts'
import { aLog, aLogThatRepeats, DAY, hashPerson } from '../helpers/log.ts'
import { ownDatabase } from '../helpers/mongodb.ts'
import { recount } from '../helpers/recount/reports.ts'
import { after, ask, columns, type Story, tellStory } from '../helpers/recount/story.ts'
import { ADMIN, openWorld } from '../helpers/world.ts'

const HOUR = 3_600_000
const MINUTE = 60_000
const RETENTION = { accept: 7 * DAY, minuteRollups: 8 * DAY, events: 90 * DAY, hourRollups: 400 * DAY }

/** A Wednesday evening some weeks ago. */
const monday = new Date(Math.floor((Date.now() - 4 * DAY) / (7 * DAY)) * 7 * DAY + 4 * DAY - 14 * DAY)
const now = new Date(monday.getTime() + 2 * DAY + 20 * HOUR)

/** Four people, three images and a handful of events: what comes of them is reckoned by hand. */
async function smallWorld(t: Parameters<typeof ownDatabase>[0]) {
  const database = await ownDatabase(t)
  const log = await aLog(database)
  await applyRetention(database.db, log, RETENTION)
  const at = (ms: number, person: string, type: LoggedEvent['type'], imageId: string, more = {}) =>
    after(monday, ms, person, type, imageId, more)
  const ch = { geography: { country: 'CH' } }
  await tellStory(
    {
      events: [
        at(9 * HOUR, 'ann', 'impression', 'lake', ch),
        at(9 * HOUR + 1000, 'ann', 'view', 'lake', ch),
        at(9 * HOUR + 2000, 'ann', 'click', 'lake', ch),
        at(9 * HOUR + 3000, 'ann', 'like', 'lake', ch),
        at(9 * HOUR + 4000, 'ann', 'dwell', 'lake', { durationMs: 1500 }),
        at(10 * HOUR, 'bob', 'impression', 'lake', ch),
        at(10 * HOUR, 'bob', 'view', 'lake', ch),
        at(10 * HOUR, 'bob', 'dwell', 'lake', { durationMs: 20_000 }),
        at(DAY + 9 * HOUR, 'cid', 'impression', 'hill', ch),
        at(DAY + 9 * HOUR, 'cid', 'view', 'gone', ch),
        at(DAY + 9 * HOUR, 'cid', 'click', 'hill', ch),
        at(DAY + 9 * HOUR, 'v:web:1', 'view', 'hill', { geography: { country: 'FR' } }),
      ],
      images: ['lake', 'hill', 'wood'].map(_id => {
        return { _id, title: `The ${_id}`, tags: _id === 'hill' ? ['green', 'high'] : ['green'], uploadedAt: monday }
      }),
      users: [
        { _id: 'ann', createdAt: new Date(monday.getTime() - 3 * DAY) },
        { _id: 'bob', createdAt: new Date(monday.getTime() + HOUR) },
        { _id: 'cid', createdAt: new Date(monday.getTime() + HOUR) },
        { _id: 'dee', createdAt: new Date(monday.getTime() + HOUR) },
      ],
      likes: ['a', 'b', 'c', 'd'].flatMap(person => [
        { person, imageId: 'lake' },
        ...(person === 'd' ? [] : [{ person, imageId: 'hill' }]),
      ]),
    },
    database,
    log,
  )
  return (name: string, texts = {}) => ask(name, texts, { db: database.db, log, now })
}

t.test('reckoned by hand', async t => {
  const asks = await smallWorld(t)

  t.test('top images: what was viewed most and still exists', async t => {
    const { rows, from, to } = await asks('top-images')
    t.same(columns(rows, 'imageId', 'title', 'value', 'people', 'meanDwellMs'), [
      ['lake', 'The lake', 2, 2, 10_750],
      ['hill', 'The hill', 1, 2, null],
    ])
    t.equal((Number(to) - Number(from)) / DAY, 8, 'whole days')
    t.same(rows[0]?.trend, [0, 0, 0, 0, 0, 2, 0, 0])
    const byRate = await asks('top-images', { metric: 'ctr' })
    t.same(columns(byRate.rows, 'imageId', 'value'), [
      ['hill', 2 / 21],
      ['lake', 2 / 22],
    ])
    const tagged = await asks('top-images', { tag: 'high', metric: 'people', since: 'all' })
    t.same(columns(tagged.rows, 'imageId', 'value'), [['hill', 2]])
    t.equal(tagged.from, null)
  })

  t.test('trends: hours and weekdays', async t => {
    const hours = await asks('trends', { since: '7d' })
    t.same(
      hours.rows.filter(({ views }) => Number(views) > 0).map(({ when, views }) => [when, views]),
      [
        ['09:00', 3],
        ['10:00', 1],
      ],
    )
    t.equal(hours.rows.length, 24)
    const weekdays = await asks('trends', { by: 'weekday', since: '7d' })
    t.same(columns(weekdays.rows.slice(0, 2), 'when', 'views', 'clicks'), [
      ['Monday', 2, 1],
      ['Tuesday', 2, 1],
    ])
    t.same((await asks('trends', { imageId: 'hill' })).rows.at(9)?.views, 1)
  })

  t.test('funnel: pairs of a person and an image', async t => {
    const { rows } = await asks('funnel')
    t.same(columns(rows, 'step', 'events', 'pairs', 'reached', 'ofFirst', 'ofPrevious'), [
      ['impression', 3, 3, 3, 1, null],
      ['view', 4, 4, 2, 2 / 3, 2 / 3],
      ['click', 2, 2, 1, 1 / 3, 1 / 2],
      ['like or save', 1, 1, 1, 1 / 3, 1],
    ])
    t.same(columns((await asks('funnel', { imageId: 'none' })).rows, 'reached', 'ofFirst'), Array(4).fill([0, null]))
  })

  t.test('dwell: bands', async t => {
    const { rows } = await asks('dwell')
    t.same(
      rows.filter(({ dwells }) => dwells).map(({ dwell, dwells, share }) => [dwell, dwells, share]),
      [
        ['1 to 2 s', 1, 0.5],
        ['10 to 30 s', 1, 0.5],
      ],
    )
    t.equal(rows.at(-1)?.shareUpTo, 1)
  })

  t.test('an end beyond now is now: what has not happened takes no time to count', async t => {
    const far = await asks('trends', { until: '9999-12-31' })
    t.same(far, { ...(await asks('trends')), asOf: far.asOf })
    await t.rejects(asks('trends', { since: '9998-12-31', until: '9999-12-31' }), { code: 'invalid_request' })
  })

  t.test('geography: few people anywhere are all elsewhere', async t => {
    t.same(columns((await asks('geography')).rows, 'country', 'people', 'views'), [['other', 6, 4]])
  })

  t.test('geography: small places take in a larger one: whoever was in ten of them counts ten times', async t => {
    const rows = [
      { _id: { country: 'CH' }, people: 30 },
      { _id: { country: 'FR' }, people: 12 },
      { _id: { country: 'NO' }, people: 7 },
      { _id: { country: 'SE' }, people: 6 },
    ].map(row => ({ ...row, ...countsIn(undefined) }))
    const told = geography.finish?.(rows, readParams(geography, {}, now)) ?? []
    t.same(columns(told, 'country', 'people'), [
      ['CH', 30],
      ['other', 25],
    ])
  })

  t.test('tags: an image counts for each of its tags', async t => {
    const { rows } = await asks('tags')
    t.same(columns(rows, 'tag', 'images', 'views', 'viewsPerImage', 'ctr', 'likeRatio'), [
      ['green', 2, 3, 1.5, 3 / 23, 6 / 11],
      ['high', 1, 1, 1, 2 / 21, null],
    ])
  })

  t.test('unseen: also what nothing happened to', async t => {
    const { rows } = await asks('unseen')
    t.same(columns(rows, 'imageId', 'state', 'impressions', 'views'), [
      ['wood', 'unseen', 0, 0],
      ['hill', 'under-exposed', 1, 1],
      ['lake', 'under-exposed', 2, 2],
    ])
  })

  t.test('liked together: three of four like both, as chance has it', async t => {
    const { rows } = await asks('liked-together', { minPeople: '3' })
    t.same(columns(rows, 'titleA', 'titleB', 'people', 'peopleA', 'peopleB', 'lift'), [
      ['The hill', 'The lake', 3, 3, 4, 1],
    ])
    t.same((await asks('liked-together', { minPeople: '4' })).rows, [])
    t.equal((await asks('liked-together', { what: 'save', minPeople: '3' })).rows.length, 1)
  })

  t.test('people: the most active first', async t => {
    const { rows } = await asks('people', { limit: '2' })
    t.same(columns(rows, 'person', 'events', 'views', 'activeDays'), [
      ['ann', 5, 1, 1],
      ['bob', 3, 1, 1],
    ])
  })

  t.test('retention: by the week of the sign-up', async t => {
    const { rows } = await asks('retention', { since: '1w' })
    t.same(columns(rows, 'people', 'week0', 'week1', 'week2'), [
      [1, 0, 1, null],
      [3, 2 / 3, null, null],
    ])
    t.equal(Number(rows[1]?.cohort), monday.getTime())
  })

  t.test('suspicious: nobody here is', async t => {
    t.same((await asks('suspicious')).rows, [])
    const { rows } = await asks('suspicious', { perMinute: '5' })
    t.same(columns(rows, 'person', 'reasons', 'peakPerMinute'), [['ann', 'burst', 5]])
  })
})

t.test('the most people are found also where few events are theirs', async t => {
  const database = await ownDatabase(t)
  const log = await aLog(database)
  await applyRetention(database.db, log, RETENTION)
  const times = (count: number, imageId: string, person: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => after(monday, i, person(i), 'view', imageId))
  const events = [
    ...times(12, 'loved', () => 'ann'),
    ...times(11, 'liked', () => 'bob'),
    ...times(5, 'known', i => `v:web:${i}`),
  ]
  const images = ['loved', 'liked', 'known'].map(_id => ({ _id, title: _id, tags: [], uploadedAt: monday }))
  await tellStory({ events, images, users: [], likes: [] }, database, log)
  const { rows } = await ask('top-images', { metric: 'people', limit: '1' }, { db: database.db, log, now })
  t.same(columns(rows, 'imageId', 'value'), [['known', 5]])
})

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
    return [...some].map((imageId, i) => ({ person, imageId, ...(i === 4 ? { reaction: 'dislike' as const } : {}) }))
  })
  // Whoever likes everything says nothing.
  likes.push(...Array.from({ length: 201 }, (_, i) => ({ person: 'glutton', imageId: `image${i}` })))
  return { events, images, users, likes }
}

const QUESTIONS: [name: string, texts: Record<string, string>][] = [
  ...['view', 'dislike', 'people', 'dwellMs', 'meanRating', 'ctr', 'likeRatio'].map(
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
  ['unseen', { below: '120' }],
  ['unseen', { below: '120', until: '12d' }],
  ['liked-together', { minPeople: '8' }],
  ['people', { limit: '15', since: '20d' }],
  ['retention', { since: '4w' }],
  ['suspicious', { since: '8d' }],
  ['suspicious', { perMinute: '3', hoursADay: '3', since: '30d' }],
]

t.test('on random data', async t => {
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
    t.test(`${name} ${JSON.stringify(texts)} is what counting one by one gives`, async t => {
      const { rows, from, to } = await ask(name, texts, { db, log, now })
      answers.set(JSON.stringify([name, texts]), rows)
      const expected = recount(name, texts, story, { from: from ?? new Date(0), to: to ?? now })
      t.ok(expected.length > 0, 'it has something to say')
      t.same(
        rows.map(row => near(only(row, expected[0] ?? {}))),
        expected.map(near),
      )
      const again = await ask(name, texts, { db, log: repeating, now })
      t.same(again.rows, rows, 'also where events stand twice')
    })
  }

  t.test('no stage could be left out', async t => {
    // Bounds, what is not shown, what is put in order again afterwards; cohorts that are not shown are only dropped early.
    const spared = ['$limit', '$project', '$sort', 'retention 4']
    for (const report of CATALOGUE) {
      const asked = QUESTIONS.filter(([name]) => name === report.name)
      const stages = report.pipeline(readParams(report, asked[0]?.[1] ?? {}, now))
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
              whole.pipeline(params).filter((_, n) => n !== i),
          })
          const wrong = await ask(name, texts, { db, log, now, change }).catch(() => undefined)
          differs = JSON.stringify(wrong?.rows) !== JSON.stringify(answers.get(JSON.stringify([name, texts])))
        }
        t.ok(differs, `${report.name} without its ${kind} (${i})`)
      }
    }
  })
})

/** Fractions as near as sums in another order come. */
function near(row: Record<string, unknown>): Record<string, unknown> {
  const rounded = (value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(9)) : value)
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, rounded(value)]))
}

function only(row: Record<string, unknown>, wanted: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.keys(wanted).map(name => [name, row[name]]))
}

t.test('over HTTP', async t => {
  const world = await openWorld(t)
  const { database, asks } = world
  const log = await openLog(database, 'auto', 90 * DAY, () => undefined, hashPerson)
  const ann = await world.signsUp('ann')
  const root = await world.signsIn(ADMIN)
  const image = { _id: 'i', title: '=HYPERLINK("http://evil")', tags: ['a'], uploadedAt: monday }
  const at = new Date(Date.now() - 2 * HOUR)
  const events = [after(at, 0, ann.id, 'view', 'i'), after(at, 1, ann.id, 'click', 'i')]
  await tellStory({ events, images: [image], users: [], likes: [] }, database, log)

  t.test('each report of the list answers, as JSON and as CSV', async t => {
    const { body } = await root.gets('/v1/reports')
    t.equal(body.items.length, CATALOGUE.length)
    for (const { name, columns } of body.items) {
      const { status, body: report } = await root.gets(`/v1/reports/${name}`)
      t.equal(status, 200, name)
      t.same(report.columns, columns)
      const csv = await root.gets(`/v1/reports/${name}?format=csv`)
      t.match(csv.headers.get('content-type'), 'text/csv')
      const lines = csv.bytes.toString().split('\r\n')
      t.equal(lines[0], columns.map(({ name }: { name: string }) => name).join(','))
      t.equal(lines.length - 2, report.rows.length, 'a line each, and the end of the last')
    }
  })

  t.test('people have pseudonyms, always the same ones', async t => {
    const { body, bytes } = await root.gets('/v1/reports/people')
    t.match(body.rows, [{ person: /^[0-9a-f]{32}$/, events: 2 }])
    t.notMatch(bytes.toString(), ann.id)
    t.same((await root.gets('/v1/reports/people')).body.rows, body.rows)
  })

  t.test('a title that a spreadsheet would run is defused', async t => {
    const { bytes } = await root.gets('/v1/reports/top-images?format=csv')
    t.match(bytes.toString(), `"'=HYPERLINK(""http://evil"")"`)
  })

  t.test('only analysts, admins and keys for it', async t => {
    t.equal((await ann.gets('/v1/reports/people')).status, 403)
    t.equal((await asks('GET', '/v1/reports/people')).status, 401)
    await database.db.collection<{ _id: string }>('users').updateOne({ _id: ann.id }, { $set: { roles: ['analyst'] } })
    const analyst = await world.signsIn({ email: 'ann@example.com', password: "ann's own password" })
    t.equal((await analyst.gets('/v1/reports/people')).status, 200)
    const { key } = await world.hasKey({ app: 'shop', scopes: ['exports:read'] })
    t.equal((await asks('GET', '/v1/reports/people', { key })).status, 200)
    const other = await world.hasKey({ app: 'shop', scopes: ['stats:read'] })
    t.equal((await asks('GET', '/v1/reports', { key: other.key })).status, 403)
  })

  t.test('what makes no sense is refused by its field', async t => {
    const cases: [path: string, pointer: string][] = [
      ['top-images?metric=views', '/querystring/metric'],
      ['top-images?limit=0', '/querystring/limit'],
      ['top-images?limit=1e3', '/querystring/limit'],
      ['top-images?limit[$gt]=1', '/querystring/limit[$gt]'],
      ['top-images?since=2026-02-31', '/querystring/since'],
      ['top-images?since=1d&until=2d', '/querystring/since'],
      ['top-images?since=all&until=2d', '/querystring/until'],
      ['funnel?since=all', '/querystring/since'],
      ['funnel?tag=a', '/querystring/tag'],
      ['geography?minPeople=1', '/querystring/minPeople'],
      ['trends?imageId=%24where', '/querystring/imageId'],
    ]
    for (const [path, pointer] of cases) {
      const { status, body } = await root.gets(`/v1/reports/${path}`)
      t.equal(status, 400, path)
      t.same(
        body.errors?.map((fault: { pointer: string }) => fault.pointer),
        [pointer],
        path,
      )
    }
    t.equal((await root.gets('/v1/reports/none')).status, 404)
    t.equal((await root.gets('/v1/reports/people?since=100d')).body.code, 'interval_expired')
  })
})

t.test('a report that takes too long is broken off with a clear answer', async t => {
  const { db } = await ownDatabase(t)
  const log = { layout: 'plain', read: () => slow } as unknown as Parameters<typeof ask>[2]['log']
  const slow = {
    [Symbol.asyncIterator]: () => ({
      next: () => Promise.reject(Object.assign(new Error('operation exceeded time limit'), { code: 50 })),
    }),
    close: async () => undefined,
  }
  await db.collection<{ _id: string }>('leases').insertOne({ _id: 'floors', ...{ log: new Date(0), logTtl: 1e13 } })
  await t.rejects(ask('people', {}, { db, log, now }), { code: 'report_too_slow', status: 503 })
})
