import fc from 'fast-check'
import t from 'tap'
import { Sum } from '../../src/rollups/aggregation/sum.ts'
import { PeopleBitmap } from '../../src/rollups/sketches/people-bitmap.ts'
import { countriesOf } from '../../src/stats/countries.ts'
import { hashPerson } from '../helpers/log.ts'
import { noise } from '../helpers/pictures.ts'
import { until } from '../helpers/until.ts'
import { ADMIN, openWorld } from '../helpers/world.ts'

const COUNTRIES = ['CH', 'DE', 'FR', 'IT', 'NO', 'LI']

/** A sum with one view of each person. @param people their number by country */
function sumOf(people: Record<string, number>, name = 'p'): Sum {
  const sum = new Sum()
  for (const [country, size] of Object.entries(people)) {
    const hashes = Array.from({ length: size }, (_, i) => hashPerson(`${name} ${country} ${i}`))
    if (size > 0) sum.addEvents({ type: 'view', country, count: size, people: hashes, values: [] })
  }
  return sum
}

const viewsOf = (sum: Sum, minPeople: number) =>
  countriesOf(sum, minPeople).map(({ country, counts }) => [country, counts.view])

t.test('countries with few people are combined, together with the smallest of the others', async t => {
  const people = { CH: 60, DE: 40, FR: 20, NO: 3, LI: 1 }
  t.same(viewsOf(sumOf(people), 5), [
    ['CH', 60],
    ['DE', 40],
    ['other', 24],
  ])
  t.same(viewsOf(sumOf(people), 1).length, 5)
  t.same(viewsOf(sumOf({ CH: 60, FR: 20 }), 5), [
    ['CH', 60],
    ['FR', 20],
  ])
  t.same(viewsOf(sumOf({ CH: 60, LI: 1 }), 5), [['other', 61]], 'nothing can be subtracted from the totals')
  t.same(viewsOf(sumOf({ LI: 1 }), 5), [['other', 1]])
  t.same(viewsOf(new Sum(), 5), [])
})

t.test('whatever the people, no country with too few of them is named, and no event is missing', async t => {
  const sizes = fc.record(Object.fromEntries(COUNTRIES.map(country => [country, fc.nat(12)])))
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 50 }), (people, minPeople) => {
      const found = countriesOf(sumOf(people), minPeople)
      const all = Object.values(people).reduce((sum, size) => sum + size, 0)
      t.equal(
        found.reduce((sum, { counts }) => sum + counts.view, 0),
        all,
      )
      for (const { country } of found)
        if (country !== 'other' && (people[country] ?? 0) < minPeople) t.fail(`${country} is named`)
      const named = found.map(({ country }) => country)
      const hidden = COUNTRIES.filter(country => people[country] && !named.includes(country))
      if (hidden.length === 1 && named.length > 1) t.fail('other is one country')
    }),
    { numRuns: 300 },
  )
})

t.test('one person with many events is one person, also over several roll-ups', async t => {
  const sum = new Sum()
  for (let i = 0; i < 30; i++) {
    const hour = new Sum()
    hour.addEvents({ type: 'view', country: 'LI', count: 4, people: [hashPerson('ann')], values: [] })
    hour.add(sumOf({ CH: 10 }, `hour ${i}`).parts())
    sum.add(hour.parts())
  }
  t.same(viewsOf(sum, 5), [['other', 420]])
  sum.subtract(sumOf({ CH: 10 }, 'hour 1').parts())
  t.same(viewsOf(sum, 5), [['other', 410]])
})

t.test('sums of earlier versions do not say how many people there are, so their countries are not named', async t => {
  const { countryPeople: _, ...parts } = sumOf({ CH: 90, DE: 30 }).parts()
  t.same(viewsOf(new Sum(parts), 5), [['other', 120]])
  const grown = new Sum(parts)
  grown.add(sumOf({ CH: 30, DE: 20, FR: 20 }, 'new').parts())
  t.same(viewsOf(grown, 5), [
    ['CH', 120],
    ['DE', 50],
    ['FR', 20],
  ])
})

t.test('a bitmap never tells more people than there are, and five as five in nine of ten cases', async t => {
  let exact = 0
  for (let run = 0; run < 400; run++) {
    const bitmap = new PeopleBitmap()
    const size = run % 2 ? 5 : 1 + (run % 100)
    for (let i = 0; i < size; i++) bitmap.add(hashPerson(`${run} ${i}`))
    t.ok(bitmap.atLeast() <= size && bitmap.atLeast() >= size / 2)
    if (run % 2 && bitmap.atLeast() === 5) exact++
  }
  t.ok(exact > 170, `${exact} of 200`)
})

t.test('the service', async t => {
  const world = await openWorld(t)
  const root = await world.signsIn(ADMIN)
  const ann = await world.signsUp('ann')
  const { body: image } = await ann.uploads(await noise(24, 20))
  const { key } = await world.hasKey({ app: 'shop', scopes: ['events:write', 'stats:read'] })
  const people = { CH: 30, DE: 20, NO: 2 }
  const events = Object.entries(people).flatMap(([country, size]) =>
    Array.from({ length: size }, (_, i) => {
      return { imageId: image.id, type: 'view', appUserId: `${country}${i}`, geography: { country } }
    }),
  )
  await world.asks('POST', '/v1/events', { key, json: events })
  const path = `/v1/images/${image.id}/stats`
  const views = async (query: string, ask: { token?: string; key?: string }) => {
    const { body } = await world.asks('GET', query, ask)
    return body.countries.map(({ country, counts }: { country: string; counts: { view: number } }) => [
      country,
      counts.view,
    ])
  }
  await until('the events are counted', async () => (await root.statsOf(image.id)).body.totals.counts.view === 52)
  await until('the site is counted', async () => (await root.gets('/v1/stats/overview?minPeople=2')).body.countries[0])
  const combined = [
    ['CH', 30],
    ['other', 22],
  ]
  const from = new Date(Date.now() - 86_400_000).toISOString()

  t.test('countries with fewer than five people are combined in all stats', async t => {
    for (const place of [path, '/v1/stats/overview'])
      for (const query of ['', `?from=${from}`, `?from=${from}&interval=hour&tz=Asia/Tokyo`, '?minPeople=12'])
        t.same(await views(place + query, { key }), combined, place + query)
    t.same(await views(`${path}?minPeople=50`, { key }), [['other', 52]])
  })

  t.test('only admins may ask for fewer', async t => {
    t.same(await views(`${path}?minPeople=1`, { token: root.token }), [...combined.slice(0, 1), ['DE', 20], ['NO', 2]])
    t.equal((await ann.gets(`${path}?minPeople=1`)).status, 400)
    for (const place of [path, '/v1/stats/overview']) {
      const { status, body } = await world.asks('GET', `${place}?minPeople=4`, { key })
      t.equal(status, 400)
      t.match(body, { code: 'invalid_request', errors: [{ pointer: '/querystring/minPeople' }] })
      for (const minPeople of ['0', '-1', '51', '1e1', '5.0', '', 'x', '05', '5&minPeople=6']) {
        const { status, body } = await root.gets(`${place}?minPeople=${minPeople}`)
        t.equal(status, 400, minPeople)
        t.match(body.errors, [{ pointer: '/querystring/minPeople' }], minPeople)
      }
    }
  })

  t.test('a ranking by country lists only images with five people of it', async t => {
    for (const [country, count] of [
      ['CH', 1],
      ['NO', 0],
    ] as const) {
      const { body } = await ann.gets(`/v1/stats/top?metric=view&country=${country}`)
      t.equal(body.items.length, count, country)
    }
  })
})
