import t from 'tap'
import { randomFrom } from '../../scripts/lib/random.ts'
import { applyRetention } from '../../src/rollups/retention-horizons.ts'
import { ownDatabase } from '../helpers/database/mongodb.ts'
import { aLog, anEvent, DAY } from '../helpers/log.ts'
import { clockOf, intervalOf, lastChange } from '../helpers/recount/calendar.ts'
import { ask, columns, tellStory } from '../helpers/recount/story.ts'

const HOUR = 3_600_000
const ZONES = ['Europe/Zurich', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Asia/Kolkata', 'UTC']
const RETENTION = { accept: 7 * DAY, minuteRollups: 450 * DAY, events: 500 * DAY, hourRollups: 600 * DAY }
const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']

const database = await ownDatabase(t)
const log = await aLog(database)
await applyRetention(database.db, log, RETENTION)
const random = randomFrom(5)
/** The last change of each zone's clocks, around which its events happen. */
const changes = new Map(ZONES.map(zone => [zone, lastChange(zone, new Date(Date.now() - 4 * DAY))]))
/** People who sign up, and view an image, minutes before and after the week of the last change begins in each zone. */
const nightOwls = [...changes].flatMap(([zone, change]) => {
  const weekAt = (time: number) => intervalOf('week', clockOf(zone)(new Date(time)))
  let monday = Math.floor(Number(change) / HOUR) * HOUR
  while (weekAt(monday - 1) === weekAt(Number(change))) monday -= HOUR / 4
  return [-20, 20].map((minutes, i) => ({ _id: `owl${i}-${zone}`, createdAt: new Date(monday + minutes * 60_000) }))
})
const someUsers = Array.from({ length: 12 }, (_, i) => {
  const change = [...changes.values()][i % ZONES.length] ?? new Date()
  return { _id: `user${i}`, createdAt: new Date(change.getTime() + Math.floor((random() - 0.5) * 8 * DAY)) }
})
const users = [...someUsers, ...nightOwls]
const someEvents = [...changes.values()].flatMap(change =>
  Array.from({ length: 250 }, (_, i) => {
    const at = new Date(change.getTime() + Math.floor((2 * random() - 1) * (i % 2 ? 4 * HOUR : 3 * DAY)))
    const more = i % 3 ? {} : { type: 'dwell' as const, durationMs: Math.floor(random() * 9_000) }
    return anEvent(random() < 0.7 ? 'lake' : 'hill', { at, person: `user${Math.floor(random() * 12)}`, ...more })
  }),
)
const events = [
  ...someEvents,
  ...nightOwls.map(({ _id, createdAt }) => anEvent('lake', { at: createdAt, person: _id })),
]
const images = ['lake', 'hill'].map(_id => ({ _id, title: _id, tags: ['water'], uploadedAt: new Date(0) }))
await tellStory({ events, images, users, likes: [] }, database, log)

for (const tz of ZONES) {
  const change = changes.get(tz) ?? new Date()
  const clock = clockOf(tz)
  const now = new Date(change.getTime() + 3 * DAY)
  const asks = (name: string, texts: Record<string, string>) =>
    ask(name, { tz, ...texts }, { db: database.db, log, now })
  /** The events of a report's period. */
  const within = ({ from, to }: { from: Date | null; to: Date | null }, image?: string) =>
    events.filter(({ at, imageId }) => at >= (from ?? at) && at < (to ?? now) && (image ?? imageId) === imageId)
  const daysOf = (some: typeof events) => new Set(some.map(({ at }) => clock(at).date))

  t.test(`trends in ${tz} equal a recount by the clocks there`, async t => {
    for (const by of ['hour', 'weekday', 'day', 'week', 'month']) {
      for (const imageId of ['lake', 'all']) {
        const result = await asks('trends', { by, imageId, since: '4d' })
        const names = (at: Date) => {
          const local = clock(at)
          if (by === 'hour') return `${String(local.hour).padStart(2, '0')}:00`
          return by === 'weekday' ? (WEEKDAYS[local.weekday] ?? '') : intervalOf(by, local)
        }
        const views = within(result, imageId === 'all' ? undefined : imageId).filter(({ type }) => type === 'view')
        let sum = 0
        for (const row of result.rows) {
          const start = row.start as Date | null
          if (by === 'week') t.match(row.when, /^20\d\d-W\d\d$/)
          const name = by === 'week' ? intervalOf('week', clock(start ?? now)) : row.when
          if (start) t.equal(names(start), name, 'the row begins in its interval')
          const own = views.filter(({ at }) => names(at) === name).length
          let hours = 0
          for (let at = Number(result.from); at < Number(result.to); at += HOUR / 4)
            if (names(new Date(at)) === name) hours += 0.25
          t.match(row, { views: own, viewsPerHour: hours === 0 ? null : own / hours }, `${by} ${row.when}`)
          sum += own
        }
        t.ok(views.length > 50)
        t.equal(sum, views.length, `every view is in a row by ${by}`)
      }
    }
  })

  t.test(`days of people and of suspicions in ${tz}`, async t => {
    const people = await asks('people', { since: '4d' })
    for (const { person, activeDays } of people.rows)
      t.equal(activeDays, daysOf(within(people).filter(event => event.person === person)).size)
    const suspicious = await asks('suspicious', { since: '4d', hoursADay: '2', perMinute: '2' })
    t.ok(suspicious.rows.length > 5)
    for (const { person, days, hoursADay } of suspicious.rows) {
      const own = within(suspicious).filter(event => event.person === person)
      t.equal(days, daysOf(own).size)
      const hours = [...daysOf(own)].map(day => {
        const ofDay = own.map(({ at }) => clock(at)).filter(({ date }) => date === day)
        return new Set(ofDay.map(({ hour }) => hour)).size
      })
      t.equal(hoursADay, Math.max(...hours))
    }
  })

  t.test(`weeks of retention in ${tz} begin on Monday there`, async t => {
    const { rows, from, to } = await asks('retention', { since: '2w' })
    const weekOf = (at: Date) => intervalOf('week', clock(at))
    t.ok(rows.length >= 3)
    for (const [i, { cohort, people, week0 }] of rows.entries()) {
      const week = weekOf(cohort as Date)
      t.equal(weekOf(new Date(Number(cohort) - 1)) === week, false)
      t.equal(Number(cohort) >= Number(from) && Number(cohort) < Number(to), true)
      const members = users.filter(({ createdAt }) => weekOf(createdAt) === week).map(({ _id }) => _id)
      const active = new Set(events.filter(({ at }) => weekOf(at) === week).map(({ person }) => person))
      const share = members.length === 0 ? null : members.filter(id => active.has(id)).length / members.length
      t.match({ people, week0 }, { people: members.length, week0: share }, `week ${i}`)
    }
  })

  t.test(`sums of days in ${tz}`, async t => {
    const day = clock(new Date(change.getTime() - 3 * DAY)).date
    for (const since of [day, '30h']) {
      const top = await asks('top-images', { since })
      if (since === day) t.equal(clock(top.from ?? now).date, day, 'a day begins at midnight in the zone')
      for (const { imageId, views, trend } of top.rows) {
        const own = within(top, String(imageId)).filter(({ type }) => type === 'view')
        t.equal(views, own.length)
        const unit = since === day ? 'day' : 'hour'
        const starts = new Map<string, number>()
        for (let at = Number(top.from); at < Number(top.to); at += HOUR / 4)
          starts.set(intervalOf(unit, clock(new Date(at))), 0)
        for (const { at } of own) {
          const name = intervalOf(unit, clock(at))
          starts.set(name, (starts.get(name) ?? 0) + 1)
        }
        t.same(trend, [...starts.values()], `${unit}s`)
      }
      const dwell = await asks('dwell', { since })
      const dwells = within(dwell).filter(({ type }) => type === 'dwell').length
      t.equal(
        dwell.rows.reduce((sum, row) => sum + Number(row.dwells), 0),
        dwells,
      )
      const tags = await asks('tags', { since })
      t.same(columns(tags.rows, 'views'), [[within(tags).filter(({ type }) => type === 'view').length]])
    }
  })
}
