import type { EventType } from '../events/event.ts'
import type { Column, Row } from './report.ts'

/** The event types that most reports count, by column name. */
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
  about: `number of events of type ${COUNTED[name]}`,
  ...(name === 'views' ? { drawn: true } : {}),
}))

/** The same columns beside another one that is drawn. */
export const undrawnCounts: Column[] = countColumns.map(({ drawn: _drawn, ...column }) => column)

/** Accumulators over roll-ups. */
export const sumsOfRollups = accumulators(name => countOf(COUNTED[name]))

/** Accumulators over current counts, which other roll-ups do not contain. */
export const currentSums = {
  currentLikes: { $sum: '$current.likes' },
  currentDislikes: { $sum: '$current.dislikes' },
  currentSaves: { $sum: '$current.saves' },
}

/** Accumulators over events. */
export const sumsOfEvents = accumulators(name => eventsOf(COUNTED[name]))

/** Accumulators over groups that already have these counts. */
export const sumsOfSums = accumulators(name => ({ $sum: `$${name}` }))

/** Returns an accumulator of the events of a type, over roll-ups. */
export function countOf(type: EventType) {
  return { $sum: `$counts.${type}` }
}

/** Returns an accumulator of the events of some types, over events. */
export function eventsOf(...types: EventType[]) {
  return { $sum: { $cond: [{ $in: ['$type', types] }, 1, 0] } }
}

/** Returns the counts of a row, with zeros. */
export function countsIn(row: Row | undefined): Counted {
  return Object.fromEntries(names.map(name => [name, Number(row?.[name] ?? 0)])) as Counted
}

function accumulators<Accumulator>(make: (name: Name) => Accumulator): Record<Name, Accumulator> {
  return Object.fromEntries(names.map(name => [name, make(name)])) as Record<Name, Accumulator>
}
