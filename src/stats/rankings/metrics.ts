import { EVENT_TYPES, type EventType } from '../../events/event.ts'
import { clickRate, likeRatio, smoothedRating } from '../block.ts'

export const METRICS = [...EVENT_TYPES, 'people', 'dwellMs', 'meanRating', 'ctr', 'likeRatio'] as const
export type Metric = (typeof METRICS)[number]

/** How a metric is computed: the fields of roll-ups that the database sums, and the value of the sums. */
export interface Recipe {
  fields: Record<string, unknown>
  value(sums: Record<string, number>): number | null
}

const STARS = [0, 1, 2, 3, 4]

/** Whether a metric is available by country: roll-ups contain only counts by country. */
export function hasCountries(metric: Metric): boolean {
  return metric !== 'people' && metric !== 'dwellMs' && metric !== 'meanRating'
}

/** Returns the recipe of a metric, for all countries or one. Numbers of people can not be summed: its value is an upper bound. */
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
