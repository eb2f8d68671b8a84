import { businessOf, type Person } from '../people/person.ts'
import { bot } from './bot.ts'
import type { DemoEvent } from './demo-event.ts'
import type { Exhibit } from './exhibit.ts'
import { sharedNight } from './shared-night.ts'
import { visitOf } from './visit.ts'

const HOUR_MS = 3_600_000
const WEEK_HOURS = 7 * 24
/** How much busier the place is at the end of the history. */
const GROWTH = 1.2
/** The youngest images, which nobody has seen yet. */
const UNSEEN = 4

/** People, and the public images in the order of their upload. */
export interface Cast {
  people: Person[]
  exhibits: Exhibit[]
}

/** Returns the events of a time until now, oldest first: the visits of people, the night of one image, and a bot. */
export function historyOf(cast: Cast, history: number, random: () => number): DemoEvent[] {
  const now = Date.now()
  const seen = seenExhibits(cast.exhibits)
  const events = cast.people.flatMap(person =>
    visitTimes(person, { from: now - history, to: now }, random).flatMap(time => visitOf(person, seen, time, random)),
  )
  const all = [...events, ...sharedNight(seen, now, random), ...bot(seen, now)]
  return all.filter(({ at }) => Date.parse(at) < now).sort((a, b) => (a.at < b.at ? -1 : 1))
}

/** Returns the images that people see. */
export function seenExhibits(exhibits: Exhibit[]): Exhibit[] {
  return exhibits.slice(0, -UNSEEN)
}

/** Returns when a person comes, hour by hour. */
function visitTimes(person: Person, { from, to }: { from: number; to: number }, random: () => number): number[] {
  const times: number[] = []
  for (let hour = Math.max(from, person.since); hour < Math.min(to, person.until); hour += HOUR_MS) {
    const grown = 1 + (GROWTH - 1) * ((hour - from) / (to - from))
    if (random() < (person.visitsPerWeek / WEEK_HOURS) * businessOf(person, hour) * grown)
      times.push(hour + random() * HOUR_MS)
  }
  // Who signs up looks around.
  if (person.since > from) times.push(person.since + random() * HOUR_MS * 0.1)
  return times
}
