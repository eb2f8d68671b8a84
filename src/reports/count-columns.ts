import type { EventType } from '../events/event.ts'
import type { Column, Row } from './report.ts'

/** What most reports count, by the names of their columns. */
const COUNTED = {
  impressions: 'impression',
  views: 'view',
  clicks: 'click',
  likes: 'like',
  saves: 'save',
} as const satisfies Record<string, EventType>

type Name = keyof typeof COUNTED
export type Counted = Record<Name, number>

const names = Object.keys(COUNTED) as Name[]

export const countColumns: Column[] = names.map(name => ({
  name,
  kind: 'count',
  about: `how many events of type ${COUNTED[name]}`,
  ...(name === 'views' ? { drawn: true } : {}),
}))

/** Accumulators over rollups. */
export const sumsOfRollups = accumulators(name => countOf(COUNTED[name]))

/** Accumulators over events. */
export const sumsOfEvents = accumulators(name => eventsOf(COUNTED[name]))

/** Accumulators over groups that have these counts already. */
export const sumsOfSums = accumulators(name => ({ $sum: `$${name}` }))

/** How many events of a type rollups hold. */
export function countOf(type: EventType) {
  return { $sum: `$counts.${type}` }
}

/** How many events are of one of the types. */
export function eventsOf(...types: EventType[]) {
  return { $sum: { $cond: [{ $in: ['$type', types] }, 1, 0] } }
}

/** The counts of a row, zeros where it has none. */
export function countsIn(row: Row | undefined): Counted {
  return Object.fromEntries(names.map(name => [name, Number(row?.[name] ?? 0)])) as Counted
}

function accumulators<Accumulator>(make: (name: Name) => Accumulator): Record<Name, Accumulator> {
  return Object.fromEntries(names.map(name => [name, make(name)])) as Record<Name, Accumulator>
}
