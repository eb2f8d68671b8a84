import t from 'tap'
import { findReport } from '../../src/reports/catalogue.ts'
import { reportPage } from '../../src/reports/page/page.ts'
import type { Column, Report, Row } from '../../src/reports/report.ts'

const now = new Date('2026-11-29T12:34:00Z')

/** The page of a report with these rows, and with other columns than its own. */
function pageOf(rows: Row[], columns?: Column[], name = 'trends'): Promise<string> {
  const report = findReport(name) as Report
  return reportPage(report, {
    name,
    from: null,
    to: null,
    tz: null,
    asOf: now,
    columns: columns ?? report.columns,
    rows,
  })
}

const column = (name: string, kind: Column['kind'], more: Partial<Column> = {}): Column => ({
  name,
  kind,
  about: `about ${name}`,
  ...more,
})
const number = column('views', 'count', { drawn: true })
/** The marks of the chart, as Plot names them. */
const marksOf = (page: string) =>
  [...page.matchAll(/<g[^>]* aria-label="(bar|cell|line|dot)"/g)].map(([, mark]) => mark)

t.test('the chart follows from the kinds of the columns', async t => {
  const days = [1, 2, 3].map(day => ({ day: new Date(day * 86_400_000), views: day }))
  t.same(marksOf(await pageOf(days, [column('day', 'time'), number])), ['line', 'dot'], 'a number by time')
  const hours = [0, 1].flatMap(hour => ['Mon', 'Tue'].map(day => ({ day, hour, views: hour })))
  const dimensions = [column('day', 'text'), column('hour', 'count')]
  t.same(marksOf(await pageOf(hours, [...dimensions, number])), ['cell'], 'a number by two dimensions')
  const shares = ['a', 'b', 'c', 'd'].map(name => column(name, 'share'))
  const cohorts = [{ week: now, a: 1, b: 0.5, c: 0.25, d: null }]
  const heatMap = await pageOf(cohorts, [column('week', 'time'), ...shares])
  t.same(marksOf(heatMap), ['cell'], 'shares by time')
  t.match(heatMap, /<text[^>]*>c<\/text>/)
  t.notMatch(heatMap, /<text[^>]*>d<\/text>/, 'a column without values is not drawn')
  const bars = await pageOf([{ device: 'phone', views: 1_234 }], [column('device', 'text'), number])
  t.same(marksOf(bars), ['bar'])
  t.match(bars, /<text[^>]*>phone<\/text>/)
  t.match(bars, /<text[^>]*>1,234<\/text>/)
  t.same(marksOf(await pageOf([{ device: 'phone' }], [column('device', 'text')])), [], 'no number')
})

t.test('the table has the values as people read them, without the ids of images that have titles', async t => {
  const page = await pageOf(
    [{ imageId: 'i', title: 'Lake', value: 1, views: 12_345, meanDwellMs: 4_200, trend: [0, 7] }],
    undefined,
    'top-images',
  )
  t.match(
    page,
    /<td>Lake<\/td><td class="number">1<\/td><td class="number">12,345<\/td><td class="number">4,200 ms<\/td><td>▁█<\/td>/,
  )
  t.match(page, />mean dwell ms<\/th>/)
  t.match(page, /<text[^>]*>1<\/text>/, 'the chart shows the metric that the images are ranked by')
  t.notMatch(page, /image id/)
  const many = await pageOf(Array.from({ length: 1_001 }, (_, i) => ({ when: `${i}`, views: i })))
  t.equal(many.match(/<tr><td>/g)?.length, 1_000)
  t.match(many, /<figcaption>The first 40 of 1,001 rows.<\/figcaption>.*<p>The first 1,000 of 1,001 rows.<\/p>/s)
  const none = await pageOf([])
  t.match(none, 'Nothing to report.')
  t.notMatch(none, /<svg|<table/)
})

t.test('the page runs nothing and loads nothing, whatever texts it contains', async t => {
  const evil = '</text></svg><script>alert(1)</script><img src=x onerror=alert(1)>'
  const page = await pageOf([{ title: evil, value: 1, views: 2 }], undefined, 'top-images')
  t.match(page, /&lt;script&gt;alert\(1\)&lt;\/script&gt;/)
  t.notMatch(page, /<script|<img|<link|<iframe|<[^>]* on[a-z]+=|<[^>]* (src|href)=/)
  t.match(page, /content="default-src 'none'; style-src 'unsafe-inline'"/)
})
