import t from 'tap'
import { randomFrom } from '../../scripts/lib/random.ts'
import type { LoggedEvent } from '../../src/events/event.ts'
import { applyRetention } from '../../src/rollups/retention-horizons.ts'
import { ownDatabase } from '../helpers/database/mongodb.ts'
import { aLog, anEvent, DAY, SECRET } from '../helpers/log.ts'
import { clockOf, intervalOf, lastChange } from '../helpers/recount/calendar.ts'
import { byKey, faultsOf } from '../helpers/recount/events.ts'
import { tellStory } from '../helpers/recount/story.ts'
import { ADMIN, type Answer, openWorld } from '../helpers/world.ts'

type Body = Answer['body']

const HOUR = 3_600_000
const RETENTION = { EVENTS_DAYS: '500', MINUTE_ROLLUPS_DAYS: '450', HOUR_ROLLUPS_DAYS: '600' }
const ZONES = [
  'Europe/Zurich',
  'America/New_York',
  'Australia/Lord_Howe',
  'Australia/Adelaide',
  'Asia/Kathmandu',
  'Asia/Kolkata',
  'UTC',
]

const database = await ownDatabase(t)
const { db } = database
const random = randomFrom(11)
const now = new Date(Math.floor(Date.now() / HOUR) * HOUR)
/** The last change of each zone's clocks, around which its events happen. */
const changes = new Map(ZONES.map(zone => [zone, lastChange(zone, new Date(now.getTime() - 3 * DAY))]))

/** Random events: half within hours of the change of a zone's clocks, half within days. */
const events: LoggedEvent[] = [...changes.values()].flatMap(change =>
  Array.from({ length: 150 }, (_, i) => {
    const spread = i % 2 ? 3 * HOUR : 3 * DAY
    const at = new Date(change.getTime() + Math.floor((2 * random() - 1) * spread))
    const more = random() < 0.3 ? { type: 'dwell' as const, durationMs: Math.floor(random() * 9_000) } : {}
    const imageId = random() < 0.7 ? 'lake' : 'hill'
    return anEvent(imageId, { at, person: `v:web:${Math.floor(random() * 40)}`, ...more })
  }),
)

const log = await aLog(database)
const days = (name: keyof typeof RETENTION) => Number(RETENTION[name]) * DAY
await applyRetention(db, log, {
  accept: 7 * DAY,
  minuteRollups: days('MINUTE_ROLLUPS_DAYS'),
  events: days('EVENTS_DAYS'),
  hourRollups: days('HOUR_ROLLUPS_DAYS'),
})
const images = ['lake', 'hill'].map(_id => ({ _id, title: _id, tags: [], uploadedAt: new Date(0) }))
await tellStory({ events, images, users: [], likes: [] }, database, log)
const world = await openWorld(t, { DATABASE: db.databaseName, DATA_SECRET: SECRET, ...RETENTION })
const root = await world.signsIn(ADMIN)

/** Compares the points of an answer with the intervals that the clocks of a zone show. @returns the differences in words */
function faultsIn(body: Body, own: LoggedEvent[], interval: string, zone: string): string[] {
  const clock = clockOf(zone)
  const [from, to] = [new Date(body.from), new Date(body.to)]
  const inside = own.filter(({ at }) => at >= from && at < to)
  const expected = byKey(inside, ({ at }) => intervalOf(interval, clock(at)))
  const faults = faultsOf(body.totals, inside).map(fault => `totals ${fault}`)
  for (const { localStart, ...point } of body.series) {
    const start = new Date(point.start)
    const { offset } = clock(start)
    if (localStart.slice(-6) !== offset || Date.parse(localStart) !== start.getTime())
      faults.push(`${point.start} is not ${localStart}`)
    if (
      start > from &&
      intervalOf(interval, clock(new Date(start.getTime() - 1))) === intervalOf(interval, clock(start))
    )
      faults.push(`${point.start} begins within an interval`)
    const name = intervalOf(interval, clock(start))
    faults.push(...faultsOf(point, expected.get(name) ?? []).map(fault => `${name} ${fault}`))
    expected.delete(name)
  }
  return [...faults, ...[...expected.keys()].map(name => `no point ${name}`)]
}

for (const zone of ZONES) {
  const change = changes.get(zone) ?? now
  const spans = { minute: 5 * HOUR, hour: 3 * DAY, day: 4 * DAY, week: 8 * DAY, month: 20 * DAY }
  for (const [interval, span] of Object.entries(spans)) {
    t.test(`by ${interval} in ${zone}, the points equal a recount by the clocks there`, async t => {
      const at = (ms: number) => new Date(Math.min(change.getTime() + ms, now.getTime()))
      const [from, to] = [at(-span), at(span)]
      const query = `from=${from.toISOString()}&to=${to.toISOString()}&interval=${interval}&tz=${zone}`
      const { status, body } = await root.statsOf('lake', `?${query}`)
      t.equal(status, 200)
      t.equal(body.tz, zone)
      t.ok(new Date(body.from) <= from && new Date(body.to) >= to, 'the range is rounded outwards')
      t.ok(body.totals.counts.view > 20)
      const own = events.filter(({ imageId }) => imageId === 'lake')
      t.same(faultsIn(body, own, interval, zone).slice(0, 5), [])
      if (interval === 'minute') return
      const overview = await root.gets(`/v1/stats/overview?${query}`)
      t.same(faultsIn(overview.body, events, interval, zone).slice(0, 5), [], 'of the whole site')
    })
  }
}

t.test('without tz nothing is local, and weeks and months are those of UTC', async t => {
  const at = changes.get('UTC') ?? now
  for (const interval of ['week', 'month']) {
    const { body } = await root.statsOf('lake', `?from=${at.toISOString()}&interval=${interval}`)
    t.notOk('tz' in body || 'localStart' in body.series[0])
    const asked = await root.statsOf('lake', `?from=${at.toISOString()}&interval=${interval}&tz=UTC`)
    t.match(asked.body.series[0].localStart, /T00:00:00\+00:00$/)
    t.same(
      faultsIn(
        asked.body,
        events.filter(({ imageId }) => imageId === 'lake'),
        interval,
        'UTC',
      ).slice(0, 5),
      [],
    )
  }
  t.equal((await root.statsOf('lake', '?tz=Europe/Zurich')).body.tz, 'Europe/Zurich', 'all time has no days')
})
