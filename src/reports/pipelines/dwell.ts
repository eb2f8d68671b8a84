import { Type } from '@fastify/type-provider-typebox'
import { SITE } from '../../events/marks/buckets.ts'
import { Id } from '../../http/schemas.ts'
import { Sum, type SumParts } from '../../rollups/aggregation/sum.ts'
import { rollupsOf } from '../../stats/covered-ranges.ts'
import { defineReport } from '../report.ts'
import { rangesIn, type TimeRule } from '../report-period.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS

/** The bands and their upper bounds in ms. */
const BANDS: [name: string, upTo: number][] = [
  ['up to 1 s', SECOND_MS],
  ['1 to 2 s', 2 * SECOND_MS],
  ['2 to 5 s', 5 * SECOND_MS],
  ['5 to 10 s', 10 * SECOND_MS],
  ['10 to 30 s', 30 * SECOND_MS],
  ['30 s to 1 min', MINUTE_MS],
  ['1 to 5 min', 5 * MINUTE_MS],
  ['over 5 min', Number.POSITIVE_INFINITY],
]

const TIME: TimeRule = { by: 'sums', since: '7d' }

type Found = Required<Pick<SumParts, 'dwell'>>

/** Merges the distributions in roll-ups, which are accurate within 1 %. */
export const dwell = defineReport({
  name: 'dwell',
  question: 'How long do people look at images?',
  cost: 'Reads one roll-up for each hour, day or month of the period.',
  collection: 'rollups',
  time: TIME,
  params: { imageId: Type.String({ ...Id, default: SITE, description: 'id of an image, or all for the whole site' }) },
  columns: [
    {
      name: 'dwell',
      kind: 'text',
      about: 'band of dwell times; a value within 1 % of a bound may be counted in the neighbouring band',
    },
    { name: 'upToMs', kind: 'ms', about: 'upper bound of the band; null for the last band' },
    { name: 'dwells', kind: 'count', about: 'number of dwell events', drawn: true },
    { name: 'share', kind: 'share', about: 'share of all dwell events' },
    { name: 'shareUpTo', kind: 'share', about: 'share of all dwell events, in this band or a shorter one' },
  ],
  pipeline: ({ imageId, ...period }) => [
    { $match: { ...rollupsOf(imageId, rangesIn(TIME, period)), 'counts.dwell': { $gt: 0 } } },
    { $project: { _id: 0, dwell: 1 } },
  ],
  finish: (rows: Found[]) => {
    const sum = new Sum()
    for (const { dwell } of rows) sum.add({ counts: {}, dwell })
    const all = sum.dwell.size
    return BANDS.map(([name, upTo], i) => {
      const shorter = i === 0 ? 0 : sum.dwell.countUpTo(BANDS[i - 1]?.[1] ?? 0)
      const count = sum.dwell.countUpTo(upTo)
      const share = (n: number) => (all > 0 ? n / all : null)
      return {
        dwell: name,
        upToMs: Number.isFinite(upTo) ? upTo : null,
        dwells: count - shorter,
        share: share(count - shorter),
        shareUpTo: share(count),
      }
    })
  },
})
