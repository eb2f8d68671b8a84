import { Type } from '@fastify/type-provider-typebox'
import { fieldProblem } from '../errors.ts'
import type { EventType } from '../events/event.ts'
import type { Identity } from '../http/plugins/identity.ts'
import { type Counts, eventsIn, type Sum } from '../rollups/aggregation/sum.ts'
import { MAX_BOUND } from '../rollups/sketches/people-bitmap.ts'
import { allCounts } from './block.ts'
import { divideSmall } from './small-groups.ts'

export const DEFAULT_MIN_PEOPLE = 5

/** Schema of the query parameter `minPeople`. Query values are text, so the number is matched as digits. */
export const MinPeople = Type.String({
  pattern: '^([1-9]|[1-4][0-9]|50)$',
  description:
    `countries with fewer people are combined into "other", together with the smallest of the remaining countries; ` +
    `${DEFAULT_MIN_PEOPLE} by default, at most ${MAX_BOUND}, and less than ${DEFAULT_MIN_PEOPLE} for admins only`,
})

/** The numbers of a country; `other` for those that are combined. */
export interface CountryCounts {
  country: string
  counts: Record<EventType, number>
}

/** Returns `minPeople` of a validated query. @throws Problem `invalid_request` when it is too low for the caller */
export function minPeopleOf(query: { minPeople?: string }, identity: Identity | null): number {
  const minPeople = Number(query.minPeople ?? DEFAULT_MIN_PEOPLE)
  const isAdmin = identity?.kind === 'user' && identity.roles.includes('admin')
  if (minPeople < DEFAULT_MIN_PEOPLE && !isAdmin)
    throw fieldProblem('/querystring/minPeople', `must be at least ${DEFAULT_MIN_PEOPLE}, except for admins`)
  return minPeople
}

/**
 * Returns the counts of a sum by country, the most events first. Countries of which less than `minPeople` people are certain are combined
 * into `other`, which comes last.
 */
export function countriesOf(sum: Sum, minPeople: number): CountryCounts[] {
  const countries = [...sum.countries].map(([country, counts]) => {
    return { country, counts, events: eventsIn({ counts }), people: sum.countryPeople.get(country)?.atLeast() ?? 0 }
  })
  countries.sort((a, b) => b.people - a.people || b.events - a.events || (a.country < b.country ? -1 : 1))
  const { shown, combined } = divideSmall(countries, minPeople)
  shown.sort((a, b) => b.events - a.events || (a.country < b.country ? -1 : 1))
  const named = shown.map(({ country, counts }) => ({ country, counts: allCounts(counts) }))
  return combined.length === 0 ? named : [...named, { country: 'other', counts: allCounts(added(combined)) }]
}

function added(countries: { counts: Counts }[]): Counts {
  const sum: Counts = {}
  for (const { counts } of countries)
    for (const [type, count] of Object.entries(counts) as [EventType, number][]) sum[type] = (sum[type] ?? 0) + count
  return sum
}
