import { type Person, UTC_OFFSETS } from './people.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Number of events of the bot. */
const BOT_EVENTS = 1_000
/** Number of images without events of people. */
const UNSEEN = 4
/** Event types; a type that is listed more often is chosen more often. */
const TYPES = [
  'impression',
  'impression',
  'impression',
  'view',
  'view',
  'click',
  'share',
  'download',
  'like',
  'dislike',
  'save',
]

/** The people and images of the demo. */
export interface Cast {
  people: Person[]
  imageIds: string[]
}

/** An event as it is posted. */
type DemoEvent = { id: string; at: string } & Record<string, unknown>

/** Returns the events of the people and of the bot, oldest first, as they would have arrived. */
export function demoEvents(cast: Cast, count: number, random: () => number): DemoEvent[] {
  const events = Array.from({ length: count }, (_, i) =>
    i < BOT_EVENTS ? botEvent(cast, i) : personEvent(cast, random),
  )
  return events.sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
}

/** Returns an event of a person, by day. A few popular images and active people account for most events. */
function personEvent({ people, imageIds }: Cast, random: () => number): DemoEvent {
  const type = random() < 0.2 ? 'dwell' : (TYPES[Math.floor(random() * TYPES.length)] ?? 'view')
  const { id: userId, geography, since } = skewedChoice(people, random)
  const age = randomAge(Date.now() - since, random)
  const at = new Date(moveToDay(Date.now() - age, geography?.country)).toISOString()
  return {
    id: `demo-${random().toString(36).slice(2)}`,
    at,
    imageId: skewedChoice(imageIds.slice(UNSEEN), random),
    userId,
    geography,
    type,
    ...(type === 'dwell' ? { durationMs: Math.floor(-Math.log(1 - random()) * 4000) } : {}),
  }
}

/** Returns the age of an event in ms: people are most active just after they signed up. @param memberMs time since then, in ms */
function randomAge(memberMs: number, random: () => number): number {
  return memberMs * random() ** 0.5
}

/** Returns an event of the bot, which clicks on one image around the clock, for two days. */
function botEvent({ imageIds }: Cast, i: number): DemoEvent {
  const at = new Date(Date.now() - 3 * DAY_MS + Math.floor(i / 20) * HOUR_MS + (i % 20) * 1000).toISOString()
  return { id: `bot-${i}`, at, imageId: imageIds.at(-1), visitorId: 'crawler', type: i % 4 ? 'click' : 'view' }
}

/** Moves a time before 7:00, in the local time of a country, 8 hours later, unless that is in the future. */
function moveToDay(time: number, country = ''): number {
  const hour = new Date(time + (UTC_OFFSETS[country] ?? 0) * HOUR_MS).getUTCHours()
  const moved = hour < 7 ? time + 8 * HOUR_MS : time
  return moved > Date.now() ? time : moved
}

/** Chooses an item; items at the beginning are chosen most often. */
function skewedChoice<Item>(items: Item[], random: () => number): Item {
  return items[Math.floor(random() ** 3 * items.length)] as Item
}
