import t from 'tap'
import { countedIn, queryOf, rangeBetween, rangeIn, rangeOf } from '../../../src/dashboard/charts/range/range.ts'

const NOW = new Date('2026-11-30T06:42:10.123Z')
const DAY_MS = 86_400_000

t.test('hours of a day and of a week begin at a full hour', t => {
  t.same(queryOf(rangeOf('24h', NOW, 'UTC')), { from: '2026-11-29T07:00:00.000Z', interval: 'hour', tz: 'UTC' })
  t.equal(rangeOf('7d', NOW, 'Europe/Zurich').from.toISOString(), '2026-11-23T07:00:00.000Z')
  t.end()
})

t.test('a range of days begins in the first of so many days of the zone, today included', t => {
  const dateIn = (zone: string, at: Date) => new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(at)
  for (const zone of ['UTC', 'Pacific/Kiritimati', 'America/New_York', 'Europe/Zurich', 'Pacific/Pago_Pago']) {
    const { from, interval } = rangeOf('90d', NOW, zone)
    const today = Date.parse(dateIn(zone, NOW))
    t.equal(dateIn(zone, from), new Date(today - 89 * DAY_MS).toISOString().slice(0, 10), zone)
    t.equal(interval, 'day')
  }
  t.end()
})

t.test('the range stays the same within an hour, so that its answer is remembered', t => {
  const later = new Date(NOW.getTime() + 10 * 60_000)
  for (const span of ['24h', '7d', '30d', '90d'] as const)
    t.same(rangeOf(span, NOW, 'Asia/Tokyo'), rangeOf(span, later, 'Asia/Tokyo'), span)
  t.end()
})

t.test('days of zones whose hours begin at half hours are those of UTC', t => {
  for (const zone of ['Asia/Kolkata', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'America/St_Johns'])
    t.equal(countedIn(zone), 'UTC', zone)
  for (const zone of ['UTC', 'Europe/Zurich', 'Asia/Tokyo']) t.equal(countedIn(zone), zone)
  t.end()
})

t.test('two times are taken from the address, unless they are wrong', t => {
  const query = { from: '2026-11-24T00:00:00.000Z', to: '2026-11-26T00:00:00.000Z' }
  t.same(queryOf(rangeIn(query, NOW, 'UTC')), { ...query, interval: 'hour', tz: 'UTC' })
  for (const wrong of [{}, { from: 'x', to: 'y' }, { from: query.to, to: query.from }, { from: query.from }])
    t.equal(rangeIn(wrong, NOW, 'UTC').span, '7d')
  t.equal(rangeIn({ range: '30d' }, NOW, 'UTC').span, '30d')
  t.equal(rangeIn({ range: 'all' }, NOW, 'UTC').span, '7d')
  t.end()
})

t.test('long ranges have longer intervals, and old ones those that are kept', t => {
  const since = (days: number, length: number) => {
    const from = new Date(NOW.getTime() - days * DAY_MS)
    const { interval, tz } = rangeBetween(from, new Date(from.getTime() + length * DAY_MS), NOW, 'Europe/Zurich')
    return `${interval} ${tz}`
  }
  t.equal(since(300, 2), 'hour Europe/Zurich')
  t.equal(since(300, 100), 'day Europe/Zurich')
  t.equal(since(500, 2), 'day UTC')
  t.equal(since(3000, 3000), 'week UTC')
  t.end()
})
