import type { Block } from '../../api/types.ts'
import type { EventKind } from '../event-types.ts'
import { countOf } from '../event-types.ts'

/** How long the time of a point is. */
export type Interval = 'minute' | 'hour' | 'day' | 'week' | 'month'

/** What all points of a series have in common. */
export interface TimePoint {
  /** The start of its interval, as the API sends it. */
  start: string
}

/** A line of a chart. */
export interface Line<Point> {
  name: string
  title: string
  /** A colour token, such as `--event-view`. */
  colour: string
  /** Its value at a point; null where there is none. */
  value(point: Point): number | null
  /** How far the true value may be from it: drawn as a band around the line. */
  error?(point: Point): number
}

/** A point of the stats of the API. */
type StatsPoint = TimePoint & Pick<Block, 'counts' | 'people'>

/** Returns the line of a kind of events. */
export function eventLine(kind: EventKind): Line<StatsPoint> {
  const { name, title, colour } = kind
  return { name, title, colour, value: ({ counts }) => countOf(kind, counts) }
}

/** The number of people, with its error. */
export const PEOPLE_LINE: Line<StatsPoint> = {
  name: 'people',
  title: 'People',
  colour: '--event-people',
  value: ({ people }) => people.value,
  error: ({ people }) => people.value * people.error,
}
