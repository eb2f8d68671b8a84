import { Type } from '@fastify/type-provider-typebox'
import { oneOf } from '../../http/schemas.ts'
import { divideSmall } from '../../stats/small-groups.ts'
import { type Counted, countColumns, countsIn, sumsOfEvents, sumsOfSums } from '../count-columns.ts'
import { defineReport, limitParam, type Row } from '../report.ts'

const LEVELS = ['country', 'region', 'city'] as const
type Level = (typeof LEVELS)[number]
type Place = Partial<Record<Level, string | null>>

interface Found extends Counted {
  _id: Place
  people: number
}

/** Counts each person once in each place. Places with few people are combined, so that nobody can be identified. */
export const geography = defineReport({
  name: 'geography',
  question: 'Where are the people who look at the images?',
  cost: 'Reads all events of the period.',
  collection: 'events',
  time: { by: 'log', since: '7d' },
  params: {
    by: Type.Unsafe<Level>({ ...oneOf(LEVELS), default: 'country', description: 'level of detail' }),
    minPeople: Type.Integer({
      minimum: 5,
      maximum: 1_000_000,
      default: 10,
      description:
        'places with fewer people are combined into "other", together with the smallest of the remaining places',
    }),
    limit: limitParam(50),
  },
  columns: [
    {
      name: 'country',
      kind: 'text',
      about: 'ISO 3166-1 alpha-2; unknown when the events have no country, other for the combined places',
    },
    { name: 'region', kind: 'text', about: 'region, as recorded in the events' },
    { name: 'city', kind: 'text', about: 'city, as recorded in the events' },
    {
      name: 'people',
      kind: 'count',
      about: 'number of distinct people; in "other", a person counts once for each of the combined places',
    },
    ...countColumns,
    { name: 'viewsPerPerson', kind: 'number', about: 'views divided by people' },
  ],
  pipeline: ({ by, from, to }) => [
    { $match: { at: { $gte: from, $lt: to } } },
    { $group: { _id: { person: '$person', place: placeOf(by) }, ...sumsOfEvents } },
    { $group: { _id: '$_id.place', people: { $sum: 1 }, ...sumsOfSums } },
    { $sort: { people: -1, views: -1, _id: 1 } },
  ],
  finish: (rows: Found[], { minPeople }) => combineSmall(rows, minPeople).map(rowOf),
})

function placeOf(by: Level): Record<string, unknown> {
  const levels = LEVELS.slice(0, LEVELS.indexOf(by) + 1)
  return Object.fromEntries(levels.map(level => [level, { $ifNull: [`$geography.${level}`, null] }]))
}

/** Combines the small places into one row. A person in ten small places counts ten times there. */
function combineSmall(rows: Found[], minPeople: number): Found[] {
  const { shown, combined } = divideSmall(rows, minPeople)
  if (combined.length === 0) return shown
  const other: Found = { _id: { country: 'other' }, people: 0, ...countsIn(undefined) }
  for (const { _id: _, people, ...sums } of combined) {
    other.people += people
    for (const [name, count] of Object.entries(countsIn(sums))) other[name as keyof Counted] += count
  }
  return [...shown, other]
}

function rowOf({ _id, people, ...sums }: Found): Row {
  const { country, region = null, city = null } = _id
  const counts = countsIn(sums)
  return { country: country ?? 'unknown', region, city, people, ...counts, viewsPerPerson: counts.views / people }
}
