import t from 'tap'
import type { LoggedEvent } from '../../src/events/event.ts'
import { countsIn } from '../../src/reports/count-columns.ts'
import { readParams } from '../../src/reports/params.ts'
import { geography } from '../../src/reports/pipelines/geography.ts'
import { applyRetention } from '../../src/rollups/retention-horizons.ts'
import { ownDatabase } from '../helpers/database/mongodb.ts'
import { aLog, DAY } from '../helpers/log.ts'
import { after, ask, columns, tellStory } from '../helpers/recount/story.ts'

const HOUR = 3_600_000
const RETENTION = { accept: 7 * DAY, minuteRollups: 8 * DAY, events: 90 * DAY, hourRollups: 400 * DAY }

/** A Wednesday evening some weeks ago. */
const monday = new Date(Math.floor((Date.now() - 4 * DAY) / (7 * DAY)) * 7 * DAY + 4 * DAY - 14 * DAY)
const now = new Date(monday.getTime() + 2 * DAY + 20 * HOUR)

/** Stores four people, three images and twelve events, whose reports are calculated by hand. */
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

t.test('a small story', async t => {
  const asks = await smallWorld(t)

  t.test('top images: the most viewed ones that still exist', async t => {
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

  t.test('an end in the future is replaced by now', async t => {
    const far = await asks('trends', { until: '9999-12-31' })
    t.same(far, { ...(await asks('trends')), asOf: far.asOf })
    await t.rejects(asks('trends', { since: '9998-12-31', until: '9999-12-31' }), { code: 'invalid_request' })
  })

  t.test('geography: countries with few people are grouped as other', async t => {
    t.same(columns((await asks('geography')).rows, 'country', 'people', 'views'), [['other', 6, 4]])
  })

  t.test('geography: small places are grouped with the smallest large one, and their people are added up', async t => {
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
      ['green', 2, 3, 1.5, 3 / 23, 12 / 17],
      ['high', 1, 1, 1, 2 / 21, 8 / 13],
    ])
  })

  t.test('unseen: images without events are included', async t => {
    const { rows } = await asks('unseen')
    t.same(columns(rows, 'imageId', 'state', 'impressions', 'views'), [
      ['wood', 'unseen', 0, 0],
      ['hill', 'under-exposed', 1, 1],
      ['lake', 'under-exposed', 2, 2],
    ])
  })

  t.test('liked together: three of four people like both, a lift of 1', async t => {
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

  t.test('suspicious: nobody, unless the limits are low', async t => {
    t.same((await asks('suspicious')).rows, [])
    const { rows } = await asks('suspicious', { perMinute: '5' })
    t.same(columns(rows, 'person', 'reasons', 'peakPerMinute'), [['ann', 'burst', 5]])
  })
})

t.test('the image with the most people is found, although others have more events', async t => {
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
