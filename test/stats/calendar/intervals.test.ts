import t from 'tap'
import { boundariesOf, type Interval, indexAt, nextOf, startOf } from '../../../src/stats/calendar/intervals.ts'
import { localText } from '../../../src/stats/calendar/local-text.ts'
import { timeZone } from '../../../src/stats/calendar/time-zone.ts'

/** The starts of the interval that contains `from` and of those after it, in UTC to the minute. */
function startsFrom(name: string, interval: Interval, from: string, count: number): string[] {
  const zone = timeZone(name)
  const starts = [startOf(interval, new Date(from), zone)]
  while (starts.length < count) starts.push(nextOf(interval, starts.at(-1) ?? new Date(0), zone))
  return starts.map(start => start.toISOString().slice(0, 16))
}

/** Known changes of clocks: a zone, an interval, a time in the first one, and the starts. */
const KNOWN: [what: string, zone: string, interval: Interval, from: string, starts: string[]][] = [
  [
    'a day of 23 hours',
    'Europe/Zurich',
    'day',
    '2026-03-28T22:59Z',
    ['2026-03-27T23:00', '2026-03-28T23:00', '2026-03-29T22:00'],
  ],
  ['a day of 25 hours', 'Europe/Zurich', 'day', '2026-10-24T22:00Z', ['2026-10-24T22:00', '2026-10-25T23:00']],
  [
    'an hour that happens twice',
    'Europe/Zurich',
    'hour',
    '2026-10-25T00:59Z',
    ['2026-10-25T00:00', '2026-10-25T01:00', '2026-10-25T02:00'],
  ],
  [
    'clocks turned back by half an hour',
    'Australia/Lord_Howe',
    'hour',
    '2026-04-04T14:30Z',
    ['2026-04-04T14:00', '2026-04-04T15:00', '2026-04-04T15:30', '2026-04-04T16:30'],
  ],
  [
    'clocks turned forward by half an hour',
    'Australia/Lord_Howe',
    'hour',
    '2026-10-03T15:00Z',
    ['2026-10-03T14:30', '2026-10-03T15:30', '2026-10-03T16:00', '2026-10-03T17:00'],
  ],
  [
    'an offset of quarter hours',
    'Asia/Kathmandu',
    'day',
    '2026-03-01T18:15Z',
    ['2026-03-01T18:15', '2026-03-02T18:15'],
  ],
  [
    'a day that does not exist',
    'Pacific/Apia',
    'day',
    '2011-12-29T12:00Z',
    ['2011-12-29T10:00', '2011-12-30T10:00', '2011-12-31T10:00'],
  ],
  [
    'a midnight that does not exist',
    'America/Sao_Paulo',
    'day',
    '2018-11-04T02:59Z',
    ['2018-11-03T03:00', '2018-11-04T03:00', '2018-11-05T02:00'],
  ],
  [
    'a midnight that happens twice',
    'America/Sao_Paulo',
    'day',
    '2018-02-18T02:30Z',
    ['2018-02-17T02:00', '2018-02-18T03:00'],
  ],
  ['weeks from Monday', 'Europe/Zurich', 'week', '2026-03-29T20:00Z', ['2026-03-22T23:00', '2026-03-29T22:00']],
  ['weeks of UTC', 'UTC', 'week', '2027-01-03T23:59Z', ['2026-12-28T00:00', '2027-01-04T00:00']],
  [
    'months with a change of clocks',
    'Europe/Zurich',
    'month',
    '2026-03-31T21:59Z',
    ['2026-02-28T23:00', '2026-03-31T22:00', '2026-04-30T22:00'],
  ],
  [
    'months of different lengths',
    'America/New_York',
    'month',
    '2026-01-31T12:00Z',
    ['2026-01-01T05:00', '2026-02-01T05:00', '2026-03-01T05:00', '2026-04-01T04:00'],
  ],
  ['offsets with seconds', 'Africa/Monrovia', 'hour', '1970-01-01T00:00Z', ['1969-12-31T23:44', '1970-01-01T00:44']],
]

for (const [what, zone, interval, from, starts] of KNOWN) {
  t.test(`${what}: ${zone}`, async t => {
    t.same(startsFrom(zone, interval, from, starts.length), starts)
  })
}

t.test('local times have the offset that tells two equal hours apart', async t => {
  const zone = timeZone('Europe/Zurich')
  t.equal(localText(new Date('2026-10-25T00:00Z'), zone), '2026-10-25T02:00:00+02:00')
  t.equal(localText(new Date('2026-10-25T01:00Z'), zone), '2026-10-25T02:00:00+01:00')
  t.equal(localText(new Date('2018-11-04T03:00Z'), timeZone('America/Sao_Paulo')), '2018-11-04T01:00:00-02:00')
  t.equal(localText(new Date(0), timeZone('UTC')), '1970-01-01T00:00:00+00:00')
})

t.test('intervals follow one another without gaps, begin on the clock and contain their times', async t => {
  const zones = [
    'Europe/Zurich',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'America/St_Johns',
    'Africa/Casablanca',
    'UTC',
  ]
  for (const zone of zones.map(timeZone)) {
    for (const interval of ['hour', 'day', 'week', 'month'] as const) {
      const from = startOf(interval, new Date('2024-01-05T10:20Z'), zone)
      const most = interval === 'hour' ? 9_000 : 1_500
      const boundaries = boundariesOf(interval, from, new Date('2024-12-20T01:02Z'), zone, most) ?? []
      t.ok(boundaries.length > 10, `${zone.name} ${interval}`)
      for (const [i, start] of boundaries.slice(0, -1).entries()) {
        const last = new Date(Number(boundaries[i + 1]) - 1)
        const isRight =
          last > start &&
          Number(startOf(interval, start, zone)) === Number(start) &&
          Number(startOf(interval, last, zone)) === Number(start) &&
          indexAt(boundaries, start) === i &&
          indexAt(boundaries, last) === i
        if (!isRight) t.fail(`${zone.name} ${interval} ${start.toISOString()}`)
      }
    }
  }
})

t.test('a list of more intervals than allowed is not made', async t => {
  const [from, to] = [new Date('0001-01-01'), new Date('2026-01-01')]
  t.equal(boundariesOf('hour', from, to, timeZone('Europe/Zurich'), 1500), undefined)
  t.equal(boundariesOf('day', new Date(0), new Date(86_400_000), timeZone('UTC'), 1)?.length, 2)
})

t.test('aliases of a zone have one name, and names that are none are refused', async t => {
  t.equal(timeZone('Asia/Kolkata').name, timeZone('Asia/Calcutta').name)
  t.equal(timeZone('Etc/UTC'), timeZone('Etc/UTC'))
  for (const name of ['UTC', 'utc', 'CET', 'EST5EDT', 'GB', 'Etc/GMT+5', 'America/Argentina/Buenos_Aires'])
    t.ok(timeZone(name), name)
  for (const name of ['Mars/Olympus', '+01:00', 'Local', '', 'BST', 'ist', 'CST', 'SystemV/EST5'])
    t.throws(() => timeZone(name), { code: 'invalid_request', errors: [{ pointer: '/querystring/tz' }] }, name)
})
