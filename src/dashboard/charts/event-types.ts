import type { EventType } from '../api/types.ts'

type Counts = Partial<Record<EventType, number>>

/** A kind of events as the page shows it: one type, or the types that take something back. */
export interface EventKind {
  name: string
  title: string
  /** Its colour token. */
  colour: string
  types: EventType[]
  /** Whether charts show it unless the reader chooses otherwise. */
  isDefault: boolean
}

const DEFAULTS: EventType[] = ['view', 'click', 'like']
const UNDONE: EventType[] = ['clear', 'unrate', 'unsave', 'untag']
const TITLES: [EventType, string][] = [
  ['impression', 'Impressions'],
  ['view', 'Views'],
  ['click', 'Clicks'],
  ['dwell', 'Dwells'],
  ['scroll', 'Scrolls'],
  ['zoom', 'Zooms'],
  ['download', 'Downloads'],
  ['share', 'Shares'],
  ['like', 'Likes'],
  ['dislike', 'Dislikes'],
  ['rating', 'Ratings'],
  ['save', 'Saves'],
  ['comment', 'Comments'],
  ['tag', 'Tags'],
]

/** The kinds of events, in the order in which they are listed. */
export const EVENT_KINDS: EventKind[] = [
  ...TITLES.map(([type, title]) => ({
    name: type,
    title,
    colour: `--event-${type}`,
    types: [type],
    isDefault: DEFAULTS.includes(type),
  })),
  { name: 'undone', title: 'Taken back', colour: '--event-undone', types: UNDONE, isDefault: false },
]

/** Returns the kind of events that a type belongs to. */
export function kindOf(type: EventType): EventKind | undefined {
  return EVENT_KINDS.find(({ types }) => types.includes(type))
}

/** Returns the number of events of a kind. */
export function countOf({ types }: EventKind, counts: Counts): number {
  return types.reduce((sum, type) => sum + (counts[type] ?? 0), 0)
}
