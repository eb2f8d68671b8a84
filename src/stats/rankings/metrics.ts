import { EVENT_TYPES, type EventType } from '../../events/event.ts'
import { clickRate } from '../block.ts'
import { OPINION_METRICS, type OpinionMetric } from './opinions.ts'

const EVENT_METRICS = [...EVENT_TYPES, 'people', 'dwellMs', 'ctr'] as const
export type EventMetric = (typeof EVENT_METRICS)[number]
export const METRICS = [...EVENT_METRICS, ...OPINION_METRICS] as const
export type Metric = EventMetric | OpinionMetric

/** How a metric is computed: the fields of roll-ups that the database sums, and the value of the sums. */
export interface Recipe {
  fields: Record<string, unknown>
  value(sums: Record<string, number>): number | null
}

/** Whether a metric is available by country: roll-ups contain only counts by country. */
export function hasCountries(metric: Metric): boolean {
  return metric === 'ctr' || (EVENT_TYPES as readonly string[]).includes(metric)
}

/** Returns the recipe of a metric, for all countries or one. Numbers of people can not be summed: its value is an upper bound. */
export function recipeOf(metric: EventMetric, country?: string): Recipe {
  const counts = (...types: EventType[]) => {
    const path = country === undefined ? 'counts' : `countries.${country}`
    return Object.fromEntries(types.map(type => [type, `$${path}.${type}`]))
  }
  switch (metric) {
    case 'people':
      return { fields: counts(...EVENT_TYPES), value: sums => Object.values(sums).reduce((all, n) => all + n, 0) }
    case 'dwellMs':
      return { fields: { totalMs: '$dwell.totalMs' }, value: ({ totalMs = 0 }) => totalMs }
    case 'ctr':
      return { fields: counts('click', 'impression'), value: clickRate }
    default:
      return { fields: counts(metric), value: sums => sums[metric] ?? 0 }
  }
}
