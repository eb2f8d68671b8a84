import type { DemoEvent } from './demo-event.ts'
import type { Exhibit } from './exhibit.ts'

const HOUR_MS = 3_600_000
const EVENTS = 1_000
const EVENTS_PER_HOUR = 20
const BEGAN_MS = 72 * HOUR_MS

/** Returns the events of a bot, which clicks on one image around the clock, for two days. */
export function bot(exhibits: Exhibit[], now: number): DemoEvent[] {
  const imageId = exhibits[0]?.id ?? ''
  return Array.from({ length: EVENTS }, (_, i) => {
    const at = new Date(now - BEGAN_MS + Math.floor(i / EVENTS_PER_HOUR) * HOUR_MS + (i % EVENTS_PER_HOUR) * 1000)
    return { id: `bot-${i}`, at: at.toISOString(), imageId, visitorId: 'crawler', type: i % 4 ? 'click' : 'view' }
  })
}
