import t from 'tap'
import { countOf, EVENT_KINDS, kindOf } from '../../../src/dashboard/charts/event-types.ts'
import type { Line } from '../../../src/dashboard/charts/time-chart/line.ts'
import { endOf, firstUnsettled } from '../../../src/dashboard/charts/time-chart/point-times.ts'
import { summaryOf } from '../../../src/dashboard/charts/time-chart/summary.ts'
import { trendOf } from '../../../src/dashboard/charts/time-chart/trend.ts'
import { risingOf } from '../../../src/dashboard/rooms/mine/gains.ts'
import { EVENT_TYPES } from '../../../src/events/event.ts'

interface Point {
  start: string
  views: number
}

const hours: Point[] = ['04', '05', '06'].map(hour => ({ start: `2026-11-30T${hour}:00:00.000Z`, views: Number(hour) }))
const line: Line<Point> = { name: 'view', title: 'Views', colour: '--event-view', value: ({ views }) => views }

t.test('every type of events belongs to one kind', t => {
  t.same(EVENT_KINDS.flatMap(({ types }) => types).sort(), [...EVENT_TYPES].sort())
  const undone = kindOf('untag')
  t.equal(undone, kindOf('clear'))
  t.equal(undone && countOf(undone, { clear: 1, untag: 2, view: 9 }), 3)
  t.end()
})

t.test('points are still counted from the first whose end has not settled', t => {
  t.equal(firstUnsettled(hours, 'hour', '2026-11-30T06:00:00.000Z'), 2)
  t.equal(firstUnsettled(hours, 'hour', '2026-11-30T05:59:59.999Z'), 1)
  t.equal(firstUnsettled(hours, 'hour', '2026-11-30T07:00:00.000Z'), 3, 'all are settled')
  t.equal(firstUnsettled(hours, 'hour', undefined), 3)
  t.equal(firstUnsettled([], 'hour', '2026-11-30T06:00:00.000Z'), 0)
  t.end()
})

t.test('a point ends where the next one starts, whatever its length', t => {
  const days = [{ start: '2026-10-24T22:00:00.000Z' }, { start: '2026-10-25T23:00:00.000Z' }]
  t.equal(endOf(days, 0, 'day').toISOString(), '2026-10-25T23:00:00.000Z')
  t.equal(endOf(days, 1, 'day').toISOString(), '2026-10-26T23:00:00.000Z')
  t.end()
})

t.test('a chart is put in words', t => {
  const shown = { label: 'Events', lines: [line], interval: 'hour' as const, format: String }
  const text = summaryOf({ ...shown, points: hours })
  t.match(text, /^Events by hour, .+ to .+\. Views: 4 to 6, the most on .+\.$/)
  t.equal(summaryOf({ ...shown, points: [] }), 'Events: no data.')
  const unknown = { ...line, value: () => null }
  t.match(summaryOf({ ...shown, lines: [unknown], points: hours }), /Views: no data\.$/)
  t.end()
})

t.test('a small line has the means of neighbours', t => {
  t.same(trendOf([1, 2, 3]), [1, 2, 3])
  t.same(trendOf([]), [])
  const many = trendOf(Array.from({ length: 168 }, (_, hour) => hour))
  t.equal(many.length, 28)
  t.equal(many[0], 2.5)
  t.same(trendOf([null, 4, undefined]), [4])
  t.end()
})

t.test('images rise by the views that they have more than in the time before', t => {
  const image = (imageId: string, view: number, before?: number) => ({
    imageId,
    counts: { view },
    ...(before === undefined ? {} : { before: { counts: { view: before } } }),
  })
  const images = [image('a', 9, 5), image('b', 9, 1), image('c', 3, 7), image('d', 3), image('e', 2, 2)]
  t.same(risingOf(images, 5), [
    { imageId: 'b', views: 9, before: 1 },
    { imageId: 'a', views: 9, before: 5 },
  ])
  t.equal(risingOf(images, 1).length, 1)
  t.end()
})
