import { EVENT_TYPES, type EventType } from '../../events/event.ts'
import { clickRate, likeRatio, smoothedRating } from '../block.ts'

export const METRICS = [...EVENT_TYPES, 'people', 'dwellMs', 'meanRating', 'ctr', 'likeRatio'] as const
export type Metric = (typeof METRICS)[number]

/** What a metric is made of: fields of rollups, summed by the database, and what is then made of the sums. */
export interface Recipe {
  fields: Record<string, unknown>
  value(sums: Record<string, number>): number | null
}

const STARS = [0, 1, 2, 3, 4]

/** What can be said by countries: they hold counts only. */
export function hasCountries(metric: Metric): boolean {
  return metric !== 'people' && metric !== 'dwellMs' && metric !== 'meanRating'
}

/** How a metric is made, for all countries or for one. People can not be summed: it stands for how many there can be at most. */
export function recipeOf(metric: Metric, country?: string): Recipe {
  const counts = (...types: EventType[]) => {
    const path = country === undefined ? 'counts' : `countries.${country}`
    return Object.fromEntries(types.map(type => [type, `$${path}.${type}`]))
  }
  switch (metric) {
    case 'people':
      return { fields: counts(...EVENT_TYPES), value: sums => Object.values(sums).reduce((all, n) => all + n, 0) }
    case 'dwellMs':
      return { fields: { totalMs: '$dwell.totalMs' }, value: ({ totalMs = 0 }) => totalMs }
    case 'meanRating':
      return {
        fields: Object.fromEntries(STARS.map(i => [`star${i}`, { $arrayElemAt: ['$rating', i] }])),
        value: sums => smoothedRating(STARS.map(i => sums[`star${i}`] ?? 0)),
      }
    case 'ctr':
      return { fields: counts('click', 'impression'), value: clickRate }
    case 'likeRatio':
      return { fields: counts('like', 'dislike'), value: likeRatio }
    default:
      return { fields: counts(metric), value: sums => sums[metric] ?? 0 }
  }
}
