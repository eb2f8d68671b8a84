import { randomUUID } from 'node:crypto'
import { choose } from '../choose.ts'
import type { DemoEvent } from './demo-event.ts'
import type { Exhibit } from './exhibit.ts'

const HOUR_MS = 3_600_000
const VISITORS = 950
const BEGAN_MS = 7.4 * 24 * HOUR_MS
const RISE_MS = 3 * HOUR_MS
const DECAY_MS = 13 * HOUR_MS
/** Where the image was shared; most of the people live elsewhere. */
const COUNTRIES = ['US', 'US', 'US', 'PH', 'ID', 'IN', 'MX', 'AR', 'TR', 'NG', 'PL', 'TH', 'VN', 'BR', 'EG', 'CA']
const TITLE = 'Northern lights'

/** Returns the events of one image that is shared widely in one night: visitors from other countries, more and more, then fewer. */
export function sharedNight(exhibits: Exhibit[], now: number, random: () => number): DemoEvent[] {
  const image = exhibits.find(({ title }) => title === TITLE) ?? exhibits[0]
  if (!image) return []
  return Array.from({ length: VISITORS }, () => visitFrom(image.id, now - BEGAN_MS, random)).flat()
}

/** Returns what one visitor does, who comes by a link. */
function visitFrom(imageId: string, began: number, random: () => number): DemoEvent[] {
  const visitorId = randomUUID()
  const geography = { country: choose(COUNTRIES, random) }
  let time = began + RISE_MS * random() ** 0.4 - DECAY_MS * Math.log(1 - random()) * random()
  const event = (type: DemoEvent['type'], more: Partial<DemoEvent> = {}): DemoEvent => {
    const at = new Date(time).toISOString()
    return { id: randomUUID(), at, imageId, type, visitorId, geography, sessionId: visitorId, ...more }
  }
  const events = [event('view', { context: { device: random() < 0.85 ? 'phone' : 'laptop' } })]
  const durationMs = Math.round(1_500 - 4_000 * Math.log(1 - random()))
  time += durationMs
  events.push(event('dwell', { durationMs }))
  if (random() < 0.16) events.push(event('share'))
  if (random() < 0.12) events.push(event('like'))
  if (random() < 0.04) events.push(event('download'))
  return events
}
