import t from 'tap'
import { findReport } from '../../src/reports/catalogue.ts'
import { compared, readRequest } from '../../src/reports/comparison.ts'
import type { Column, Report, Row } from '../../src/reports/report.ts'
import type { ReportResult } from '../../src/reports/run-report.ts'

const column = (name: string, kind: Column['kind']): Column => ({ name, kind, about: name })
const week = (day: number) => ({ from: new Date(Date.UTC(2026, 10, day)), to: new Date(Date.UTC(2026, 10, day + 7)) })

function result(columns: Column[], rows: Row[], period = week(8)): ReportResult {
  return { name: 'a-report', ...period, tz: 'UTC', asOf: new Date(), columns, rows }
}

t.test('rows about the same thing are side by side; what has gone follows, what is new has no number before', t => {
  const columns = [
    column('imageId', 'image'),
    column('title', 'title'),
    column('views', 'count'),
    column('rate', 'share'),
  ]
  const now = result(columns, [
    { imageId: 'lake', title: 'A lake', views: 30, rate: 0.5 },
    { imageId: 'new', title: 'New', views: 3, rate: null },
  ])
  const before = result(
    columns,
    [
      { imageId: 'gone', title: 'Gone', views: 9, rate: 0.1 },
      { imageId: 'lake', title: 'A lake', views: 20, rate: 0.75 },
      { imageId: 'low', title: 'Low', views: 1, rate: 0 },
    ],
    week(1),
  )
  const { rows, columns: names, before: period } = compared(now, before, 2)
  t.same(period, week(1))
  t.same(
    names.map(({ name, kind }) => `${name} ${kind}`),
    [
      ...['imageId image', 'title title', 'views count', 'viewsBefore count', 'viewsChange share'],
      ...['rate share', 'rateBefore share', 'rateChange share'],
    ],
  )
  t.same(rows, [
    {
      imageId: 'lake',
      title: 'A lake',
      views: 30,
      viewsBefore: 20,
      viewsChange: 0.5,
      rate: 0.5,
      rateBefore: 0.75,
      rateChange: -0.25,
    },
    {
      imageId: 'new',
      title: 'New',
      views: 3,
      viewsBefore: null,
      viewsChange: null,
      rate: null,
      rateBefore: null,
      rateChange: null,
    },
    { imageId: 'gone', title: 'Gone', viewsBefore: 9, viewsChange: null, rateBefore: 0.1, rateChange: null },
  ])
  t.end()
})

t.test('times are compared by their distance from the beginning, and reports of numbers by the first', t => {
  const changes = (columns: Column[], now: Row[], before: Row[]) =>
    compared(result(columns, now), result(columns, before, week(1)), 9).rows.map(({ nBefore }) => nBefore)
  const day = (n: number) => new Date(Date.UTC(2026, 10, n))
  const n = column('n', 'count')
  t.same(
    changes(
      [column('day', 'time'), n],
      [{ day: day(9), n: 5 }],
      [
        { day: day(1), n: 3 },
        { day: day(2), n: 4 },
      ],
    ),
    [4, 3],
  )
  const [when, start] = [column('when', 'text'), column('start', 'time')]
  const named = (at: Date, number: number) => ({ when: at.toISOString(), start: at, n: number })
  t.same(changes([when, n, start], [named(day(9), 5)], [named(day(2), 4)]), [4], 'a name of a day says the time')
  t.same(
    changes([when, n, start], [{ when: 'Monday', n: 5, start: null }], [{ when: 'Monday', n: 4, start: null }]),
    [4],
  )
  t.same(changes([column('position', 'count'), n], [{ position: 2, n: 5 }], [{ position: 2, n: 4 }]), [4])
  t.same(changes([n], [{ n: 5 }], [{ n: 4 }]), [4])
  t.end()
})

t.test('the period before is of equal length, or the one that is named; all rows of it are compared', t => {
  const report = findReport('top-images') as Report
  const now = new Date('2026-11-29T12:00:00Z')
  const before = (compare: string, texts: Record<string, string> = { since: '2026-11-15', until: '2026-11-22' }) =>
    readRequest(report, texts, compare, now).before
  const day = (text: string) => new Date(`${text}T00:00:00Z`)
  t.match(before('previous'), { from: day('2026-11-08'), to: day('2026-11-15'), limit: 100 })
  t.match(before('2026-10-01..2026-10-08'), { from: day('2026-10-01'), to: day('2026-10-08'), limit: 100 })
  const faultOf = (detail: RegExp) => ({
    code: 'invalid_request',
    errors: [{ pointer: '/querystring/compare', detail }],
  })
  for (const wrong of ['yesterday', '2026-10-01..', '..', 'a..b..c'])
    t.throws(() => before(wrong), faultOf(/must be previous/))
  for (const wrong of ['a..b', '2026-10-08..2026-10-01', '2026-02-31..2026-03-05'])
    t.throws(() => before(wrong), faultOf(/names a period that is not valid/))
  t.throws(() => before('previous', { since: 'all' }), faultOf(/is for reports with a period/))
  t.end()
})
